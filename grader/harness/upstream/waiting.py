"""Waits for a rendezvous: as long as the candidate needs and no longer, and never for ever."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from grader.harness.mismatch import Mismatch, Missed
from grader.harness.reply import Reply
from grader.harness.upstream.call import Call
from grader.harness.upstream.control import Control, Looking, controlled
from grader.harness.upstream.ledger import Ledger

Sending = asyncio.Task[Reply]
"""A request to the candidate that is under way."""

QUIET_SHARE: Final = 0.6
"""Of the candidate's patience: after so long without any news a rendezvous is missed."""
LONGEST_QUIET: Final = 3.0
"""Seconds; nobody gains by a longer wait."""
TOTAL_SHARE: Final = 0.9
"""Of the candidate's patience: no call is held for longer, since the candidate may soon give up by right."""
IMPATIENT_SHARE: Final = 0.5
"""Of the candidate's patience: who gives up a call that was held for less does so without need, on any machine."""
SLICE: Final = 0.1
"""Seconds between two questions to the control, once there is no news."""


@dataclass(frozen=True, slots=True)
class Rendezvous:
    """What is waited for.

    Attributes:
        ready: whether it is reached.
        expected: what is true if it is, for people.
        seen: what there is instead.
        calls: that have come to the gate so far.
        could_come: how many of them are due; what comes beyond that brings nothing nearer.
        of: the request that must lead to it: once it is answered, nothing more will come.
        other: something else that may make it ready.
    """

    ready: Callable[[], bool]
    expected: str
    seen: Callable[[], str]
    calls: Callable[[], list[Call]]
    could_come: int
    of: Sending | None = None
    other: asyncio.Future[Reply] | None = None

    def progress(self) -> int:
        """How many calls have brought it nearer."""
        return min(len(self.calls()), self.could_come)

    def held_since(self, since: float) -> float:
        """When the oldest call came that was held at some time since then; `since` where there was none."""
        held = (call.at for call in self.calls() if call.held or (call.given_up and (call.ended_at or 0.0) >= since))
        return min(held, default=since)

    def given_up_after(self, seconds: float) -> bool:
        """Whether the candidate gave up a call that had been held for so long."""
        return any(call.given_up and call.held_seconds(call.at) >= seconds for call in self.calls())


@dataclass(frozen=True, slots=True)
class _Wait:
    """A wait for a rendezvous, since a time of the monotonic clock; see `reach`."""

    rendezvous: Rendezvous
    ledger: Ledger
    patience: float
    control: Control
    since: float

    async def run(self) -> None:
        while not self.rendezvous.ready():
            if self.rendezvous.of and self.rendezvous.of.done():
                await self._require_ready(self.rendezvous.of)
            elif not await self._heard() and not self.rendezvous.ready():
                raise self._missed(self.rendezvous.seen())

    async def _require_ready(self, of: Sending) -> None:
        """The request is answered: what it has caused is known now, and nothing more will come."""
        await self.ledger.command("sync")
        if self.rendezvous.ready():
            return
        reply = of.result()
        got = f"it was answered with {reply.status} before that: {self.rendezvous.seen()}"
        if self.rendezvous.given_up_after(self.patience * IMPATIENT_SHARE):
            # So the candidate's time limit had passed, and it is the clock that has ended the wait.
            raise self._missed(got, reply)
        raise Mismatch(self.rendezvous.expected, got, exchange=reply.exchange)

    def _missed(self, got: str, reply: Reply | None = None) -> Missed:
        served, until, exchange = self.control.counts(), time.monotonic(), reply.exchange if reply else None
        return Missed(self.rendezvous.expected, got, since=self.since, until=until, served=served, exchange=exchange)

    async def _heard(self) -> bool:
        """Whether there is any news before the wait is over.

        It is over when it has been quiet and that counts, and in any case when the oldest call has waited long enough.
        """
        quiet = time.monotonic() + min(self.patience * QUIET_SHARE, LONGEST_QUIET)
        last = self.rendezvous.held_since(self.since) + self.patience * TOTAL_SHARE
        while (now := time.monotonic()) < last and not (now >= quiet and self.control.counts()):
            if await self._news(min(quiet if now < quiet else now + SLICE, last) - now):
                return True
        return False

    async def _news(self, seconds: float) -> bool:
        """Whether anything has happened within some seconds."""
        change = asyncio.get_running_loop().create_task(self.ledger.change(self.ledger.news))
        tasks: set[asyncio.Future[Any]] = {change}
        tasks |= {task for task in (self.rendezvous.of, self.rendezvous.other) if task}
        try:
            done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            change.cancel()
        if change in done:
            change.result()
        return bool(done)


async def reach(rendezvous: Rendezvous, ledger: Ledger, patience: float, look: Looking) -> None:
    """Wait for a rendezvous.

    Args:
        rendezvous: what is waited for.
        ledger: what the upstreams tell.
        patience: seconds for which the candidate is bound to wait for an upstream.
        look: asks what the candidate is doing.

    Raises:
        Mismatch: the request was answered before it was reached; no clock is needed to say so.
        Missed: it was not reached, and nothing happened any more; or the candidate's own time limit passed before.
    """
    since = time.monotonic()
    if rendezvous.ready():
        return
    async with controlled(ledger, look, rendezvous.progress) as control:
        await _Wait(rendezvous, ledger, patience, control, since).run()


@asynccontextmanager
async def sending(*requests: Coroutine[Any, Any, Reply]) -> AsyncIterator[list[Sending]]:
    """Requests to the candidate, under way while the block lasts; what is not answered then is given up.

    Args:
        requests: such as `api.get("/products/a")`; not awaited.
    """
    tasks = [asyncio.get_running_loop().create_task(request) for request in requests]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
