"""A job that a client waits for: what is seen of its claims, and whether it has to be sent again."""

import time
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, ExitStack
from enum import Enum
from typing import Final

from grader.batch.job import Job
from grader.batch.remote.claim import MISSED, MOST_LOST, Claim, lost_over, newest
from grader.batch.remote.shelf import REPORT, JobShelf
from grader.batch.remote.store import Store
from grader.batch.remote.ticket import Sign, Ticket
from grader.request import Watch

_AT_LEAST: Final = 3.0
"""Seconds. So long a ticket may be between the broker and a worker, however often workers give a sign."""


class Need(Enum):
    """What a job needs of the client."""

    NOTHING = "it waits for its turn, or somebody is at it"
    SENDING = "its worker is lost"
    SENDING_IF_GONE = "nobody has begun it for long; its ticket, or the one that was sent again, may be lost"
    GIVING_UP = "it has cost too many workers"


class Awaited:
    """One job.

    Args:
        store: where its claims and report come.
        ticket: as it is sent.
        heartbeat: seconds between two signs of life of a worker.
        watching: opens the view of a job under way.
    """

    def __init__(
        self,
        store: Store,
        ticket: Ticket,
        heartbeat: float,
        watching: Callable[[Job], AbstractContextManager[Watch]],
    ) -> None:
        self.job = ticket.job
        self.shelf = JobShelf(store, ticket)
        self._ticket = ticket
        self._patience = max(MISSED * heartbeat, _AT_LEAST)
        self._watching = watching
        self._views = ExitStack()
        self._view: Watch | None = None
        self._number = 0
        self._claim: Claim | None = None
        self._sign: Sign | None = None
        self._sent: Sign | None = None
        self._since = time.monotonic()

    def ticket(self) -> Ticket:
        """The ticket to send (again) now."""
        self._since = time.monotonic()
        self._sent = self._sign
        return self._ticket.model_copy(update={"lost": self._sign})

    def is_done(self, files: Collection[str]) -> bool:
        """Whether its report is among these files of the store."""
        return f"{self.shelf.path}/{REPORT}" in files

    @property
    def is_begun(self) -> bool:
        """Whether a worker is at it, as far as is known."""
        return self._claim is not None and not self._claim.given_back

    def look(self, files: Collection[str]) -> Need:
        """Look at its claims.

        Args:
            files: of the store; only what is there is read.
        """
        if self._number or f"{self.shelf.path}/claim-1.json" in files:
            self._number, self._claim = newest(self.shelf, self._number)
        sign = Sign(number=self._number, beat=self._claim.beat) if self._claim and self.is_begun else None
        if sign != self._sign:
            self._sign, self._since = sign, time.monotonic()
        self._show()
        if time.monotonic() - self._since <= self._patience:
            return Need.NOTHING
        if self._claim is not None and sign is not None and lost_over(self._claim) >= MOST_LOST:
            return Need.GIVING_UP
        return Need.SENDING_IF_GONE if sign == self._sent else Need.SENDING

    def close(self) -> None:
        """Nobody waits for it any more."""
        self._views.close()
        self._view = None

    def _show(self) -> None:
        claim = self._claim
        if claim is None or not self.is_begun:
            self.close()
            return
        if self._view is None:
            self._view = self._views.enter_context(self._watching(self.job))
        progress = f"{claim.ended}/{claim.checks} " if claim.checks else ""
        self._view.step(f"{progress}{claim.doing} on {claim.worker.rpartition('@')[2]}")
