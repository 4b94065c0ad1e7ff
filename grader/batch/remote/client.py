"""A batch that workers grade: jobs go out, reports come in, and what got lost on the way is sent again."""

import time
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event
from typing import Final, Protocol

from grader.batch.folder import JobFolder
from grader.batch.job import Job
from grader.batch.outcome import Outcome
from grader.batch.packing import packed
from grader.batch.remote.awaited import Awaited, Need
from grader.batch.remote.matching import matching
from grader.batch.remote.queue import WorkerFacts
from grader.batch.remote.record import RemoteRecord
from grader.batch.remote.refusal import failed, lost_report
from grader.batch.remote.shelf import CANCEL, DRAIN, BatchShelf
from grader.batch.remote.store import Store
from grader.batch.remote.ticket import WIRE, Ticket
from grader.batch.runner import Onlooker
from grader.errors import ArchiveRejected, BrokerUnavailable, InfrastructureError, StoreUnavailable
from grader.report.model import Report, Status
from grader.settings import Settings

_SLICE: Final = 0.1
"""Seconds until a wish to stop is noticed."""
_LOOK: Final = 2.0
"""Seconds between two looks into the store, at most."""
_ASK: Final = 20.0
"""Seconds between two questions whether there are workers, while none is at anything."""
_ANSWER: Final = 2.0
"""Seconds that workers have to answer."""


class Tickets(Protocol):
    """See `grader.batch.remote.queue.Queue`."""

    def send(self, ticket: Ticket) -> None:
        """Put a ticket into it."""
        ...

    def waiting(self) -> int:
        """How many no worker has taken yet."""
        ...

    def workers(self, seconds: float) -> list[WorkerFacts]:
        """What the workers answer."""
        ...


class Audience(Onlooker, Protocol):
    """Somebody who looks on, and who can be told something."""

    def say(self, text: str) -> None:
        """A line for the user."""
        ...


class RemoteRunner:
    """Implements `grader.batch.runner.Runner`.

    Args:
        store: where submissions and reports pass.
        queue: where tickets go in.
        record: the batch's id, and this call's.
        folder: the batch's, on this machine.
        settings: heartbeat, caps of intake, and the patience with a broker or store that is gone.
        onlooker: looks on, and is told what a user should know.
    """

    def __init__(
        self,
        store: Store,
        queue: Tickets,
        record: RemoteRecord,
        folder: Path,
        settings: Settings,
        onlooker: Audience,
    ) -> None:
        self._store = store
        self._queue = queue
        self._record = record
        self._batch = BatchShelf(store, record.batch)
        self._folder = folder
        self._settings = settings
        self._onlooker = onlooker
        self._say = onlooker.say
        self._look_every = min(_LOOK, settings.heartbeat)
        self._draining = Event()
        self._cancelling = Event()
        self._drained_at: float | None = None
        self._trouble_since: float | None = None
        self._asked_at = time.monotonic() - _ASK / 2
        self._told = ""
        self._unsent: deque[Awaited] = deque()
        self._awaited: list[Awaited] = []

    def run(self, jobs: Sequence[Job]) -> Iterator[Outcome]:
        """See `grader.batch.runner.Runner.run`.

        What an earlier call has sent is not sent again while a worker is at it, nor where its report is there.

        Raises:
            BrokerUnavailable, StoreUnavailable: it went away and did not come back.
            InfrastructureError: reports cannot be written.
        """
        sound = True
        try:
            self._prepare(jobs)
            while self._unsent or self._awaited:
                if self._cancelling.is_set():
                    break
                for outcome in self._round():
                    sound = sound and outcome.status is not Status.INFRASTRUCTURE_ERROR
                    yield outcome
        finally:
            self._close()
        if self._cancelling.is_set():
            self._stop(CANCEL)
        elif sound and not self._draining.is_set():
            self._batch.clear()

    def drain(self) -> None:
        """See `grader.batch.runner.Runner.drain`."""
        self._draining.set()

    def cancel(self) -> None:
        """See `grader.batch.runner.Runner.cancel`."""
        self._draining.set()
        self._cancelling.set()

    def _prepare(self, jobs: Sequence[Job]) -> None:
        """Sort out what an earlier call has left in the store."""
        self._batch.reopen()
        files = self._store.files(f"{self._batch.path}/jobs")
        for job in jobs:
            ticket = Ticket(batch=self._record.batch, run=self._record.runs[-1], job=job)
            one = Awaited(self._store, ticket, self._settings.heartbeat, self._onlooker.watching)
            if one.is_done(files) and not _is_sound(one):
                one.shelf.forget()
                files = {file for file in files if not file.startswith(f"{one.shelf.path}/")}
            one.look(files)
            (self._awaited if one.is_done(files) or one.is_begun else self._unsent).append(one)

    def _round(self) -> Iterator[Outcome]:
        """Send some, fetch what is done, see to what got lost."""
        try:
            if self._draining.is_set():
                self._unsent.clear()
                self._stop_once()
            yield from self._send_for(self._look_every)
            files = self._store.files(f"{self._batch.path}/jobs")
            yield from self._fetch(files)
            yield from self._guard(files)
            self._see_to_workers()
            self._trouble_since = None
        except (BrokerUnavailable, StoreUnavailable) as error:
            self._bear(error)
        if not self._unsent and self._awaited:
            self._pause(self._look_every)

    def _send_for(self, seconds: float) -> Iterator[Outcome]:
        """Hand in and send, in their order; those that cannot be read are rejected here as they would be there."""
        until = time.monotonic() + seconds
        while self._unsent and time.monotonic() < until and not self._draining.is_set():
            one = self._unsent[0]
            try:
                self._hand_in(one.job)
            except ArchiveRejected as error:
                self._unsent.popleft()
                yield self._finished(one, failed(one.job, error))
                continue
            self._queue.send(one.ticket())
            self._awaited.append(self._unsent.popleft())

    def _hand_in(self, job: Job) -> None:
        path = self._batch.handed_in(job.digest)
        if not self._store.exists(path):
            self._store.upload(path, packed(Path(job.source), self._settings))

    def _fetch(self, files: set[str]) -> Iterator[Outcome]:
        for one in [one for one in self._awaited if one.is_done(files)]:
            try:
                report = one.shelf.report()
            except StoreUnavailable:
                raise
            except InfrastructureError as error:
                report = failed(one.job, error)
            if report is not None:
                self._awaited.remove(one)
                yield self._finished(one, matching(one.job, report))

    def _guard(self, files: set[str]) -> Iterator[Outcome]:
        waiting: int | None = None
        for one in list(self._awaited):
            need = one.look(files)
            if self._drained_at is not None:
                self._let_go(one, need)
            elif need is Need.GIVING_UP:
                self._awaited.remove(one)
                report = lost_report(one.job)
                one.shelf.keep(report)
                yield self._finished(one, report)
            elif need is Need.SENDING:
                self._say(f"{one.job.name}: its worker is lost; sent again")
                self._queue.send(one.ticket())
            elif need is Need.SENDING_IF_GONE:
                waiting = self._queue.waiting() if waiting is None else waiting
                if not waiting:
                    self._hand_in(one.job)
                    self._queue.send(one.ticket())

    def _let_go(self, one: Awaited, need: Need) -> None:
        """While it drains: of what nobody is at, nothing will come. A claim may be on its way when it begins."""
        settled = time.monotonic() - (self._drained_at or 0.0) > 2 * self._settings.heartbeat + self._look_every
        if need is not Need.NOTHING or (settled and not one.is_begun):
            self._awaited.remove(one)
            one.close()

    def _finished(self, one: Awaited, report: Report) -> Outcome:
        one.close()
        home = JobFolder(self._folder, one.job)
        home.begin()
        home.finish(report)
        return Outcome.of(one.job, report)

    def _bear(self, error: BrokerUnavailable | StoreUnavailable) -> None:
        """Wait for what is gone; what workers are at goes on meanwhile."""
        now = time.monotonic()
        if self._trouble_since is None:
            self._trouble_since = now
            self._say(f"{error.message}; waiting for it")
        if now - self._trouble_since > self._settings.engine_patience:
            raise error
        self._pause(self._look_every)

    def _see_to_workers(self) -> None:
        """Say so, where jobs wait and nobody will take them."""
        begun = any(one.is_begun for one in self._awaited)
        if begun or self._draining.is_set() or not self._awaited or time.monotonic() - self._asked_at < _ASK:
            return
        self._asked_at = time.monotonic()
        workers = self._queue.workers(_ANSWER)
        text = "" if any(each.wire == WIRE for each in workers) else "no worker answers; start one: grader worker"
        if workers and text:
            versions = ", ".join(sorted({each.version for each in workers}))
            text = f"the workers are of another version ({versions}) and take none of these jobs"
        if text and text != self._told:
            self._say(text)
        self._told = text

    def _stop_once(self) -> None:
        if self._drained_at is None:
            self._stop(DRAIN)
            self._drained_at = time.monotonic()

    def _stop(self, how: str) -> None:
        for run in self._record.runs:
            self._batch.stop(run, how)

    def _close(self) -> None:
        for one in (*self._awaited, *self._unsent):
            one.close()

    def _pause(self, seconds: float) -> None:
        # In slices, and no waiting for an event: a signal's handler that sets it would wait for this very wait.
        until = time.monotonic() + seconds
        drained = self._draining.is_set()
        while time.monotonic() < until and not self._cancelling.is_set() and self._draining.is_set() == drained:
            time.sleep(_SLICE)


def _is_sound(one: Awaited) -> bool:
    """Whether the report in the store says something of the submission."""
    try:
        report = one.shelf.report()
    except StoreUnavailable:
        raise
    except InfrastructureError:
        return False
    return report is not None and matching(one.job, report).status is not Status.INFRASTRUCTURE_ERROR
