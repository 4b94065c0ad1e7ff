"""Gates: calls wait at an upstream until something else has happened, which proves an order without a clock.

Reaching a rendezvous proves the property. Missing it proves nothing unless a control, which does not depend on the
candidate, was served meanwhile: then it counts against the candidate, else the check is repeated, and in the end
inconclusive. A wait that is not missed takes as long as the candidate needs, and no longer.

The idea is that of Gradle's `BlockingHttpServer`, which expects calls to be concurrent and holds them until they are:
https://github.com/gradle/gradle (org.gradle.test.fixtures.server.http.BlockingHttpServer)
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Final, Self

from grader.harness.mismatch import Mismatch
from grader.harness.reply import Reply
from grader.harness.upstream.call import Call
from grader.harness.upstream.control import PACE, Looking
from grader.harness.upstream.ledger import Ledger
from grader.harness.upstream.waiting import IMPATIENT_SHARE, Rendezvous, Sending, reach

SHOWN: Final = 12
SETTLED_AFTER: Final = 60
"""Round trips to the upstreams' process in a row, in which no call came."""
CONTROLLED: Final = "a request that needs no upstream is answered while calls are held"


class Gate:
    """Calls that it catches wait until it is opened. An async context manager: on leaving it is open.

    Args:
        name: unique in the check.
        ledger: what was told so far.
        patience: seconds for which the candidate is bound to wait for an upstream.
        look: asks what the candidate is doing.
    """

    def __init__(self, name: str, ledger: Ledger, patience: float, look: Looking) -> None:
        self.name = name
        self._ledger = ledger
        self._patience = patience
        self._look = look
        self._could_come = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.release()

    @property
    def calls(self) -> list[Call]:
        """What came here so far, in the order of arrival, whatever became of it."""
        return [call for call in self._ledger.calls if call.gate == self.name]

    @property
    def held(self) -> list[Call]:
        """What waits here still."""
        return [call for call in self.calls if call.held]

    async def release(self, count: int | None = None) -> None:
        """Let all through, now and later; or the `count` that have waited longest."""
        await self._ledger.command("open", name=self.name, count=count)

    async def arrived(
        self,
        count: int = 1,
        *,
        of: Sending | None = None,
        expected: str = "",
        kind: Callable[[Call], Hashable] | None = None,
    ) -> list[Call]:
        """Wait until so many calls have come here, without those that were given up: so all are in flight at once.

        Args:
            count: how many.
            of: the request that must cause them; once it is answered, nothing more is waited for.
            expected: what is true if they come, for people.
            kind: calls for which this is the same count once; each counts if it is None.

        Returns:
            The calls, those that were given up as well.

        Raises:
            Mismatch: the request was answered before.
            Missed: they did not come.
        """
        wanted = expected or f"{count} calls to upstreams at once"
        self._could_come = max(self._could_come, count)
        await self._reach(lambda: self._standing(kind) >= count, wanted, self._came, of=of)
        return self.calls

    async def settle(self, count: int) -> None:
        """Wait until so many calls have come here, or no more seem to come.

        No verdict rests on it: an application may let only a part of its requests through at once. Nor does it last
        longer than the first may be held without harm.

        Args:
            count: how many could come.
        """
        self._could_come = max(self._could_come, count)
        known, rounds = -1, 0
        ends_at = min((call.at for call in self.held), default=time.monotonic()) + self._patience * IMPATIENT_SHARE
        while len(self.calls) < count and rounds < SETTLED_AFTER and time.monotonic() < ends_at:
            rounds = rounds + 1 if len(self.calls) == known else 0
            known = len(self.calls)
            await self._ledger.command("sync")
            await asyncio.sleep(PACE)

    async def given_up(self, *, expected: str = "") -> None:
        """Wait until the candidate has closed the connection of every call that is held here.

        Args:
            expected: what is true if it does, for people.

        Raises:
            Missed: one is still held.
        """
        await self._reach(lambda: not self.held, expected or "the call to the upstream is given up", self._waits)

    async def meanwhile(self, something: Awaitable[Reply], expected: str) -> Reply:
        """Something that must be answered while calls are held here.

        Args:
            something: such as `api.get("/health")`; not awaited.
            expected: what is true if it is, for people.

        Returns:
            Its reply.

        Raises:
            Missed: it was not answered.
            Mismatch: as the request itself raises it.
        """
        other = asyncio.ensure_future(something)
        try:
            await self._reach(other.done, expected, self._unanswered, other=other)
            return other.result()
        finally:
            other.cancel()
            await asyncio.gather(other, return_exceptions=True)

    async def never_arrives(
        self, more_than: int, *, control: Callable[[], Awaitable[Reply]], times: int = 8, expected: str = ""
    ) -> None:
        """See that no more calls come here, while a control is answered so many times in a row.

        The control goes through the application's own loop: with each answer it had an occasion to send what must not
        be sent. So an application that keeps to its bound always passes, and one that does not is found.

        Args:
            more_than: how many there may be.
            control: a request to the candidate that needs no upstream, such as `lambda: api.get("/health")`.
            times: how often it is sent.
            expected: what is true if no more come, for people.

        Raises:
            Mismatch: one more has come.
            Missed: the control was not answered, because of what is held here.
        """
        for _ in range(times):
            await self.meanwhile(control(), CONTROLLED)
            await self._ledger.command("sync")
            if len(self.calls) > more_than:
                raise Mismatch(expected or f"at most {more_than} calls to upstreams", self._came())

    async def _reach(
        self,
        ready: Callable[[], bool],
        expected: str,
        seen: Callable[[], str],
        *,
        of: Sending | None = None,
        other: asyncio.Future[Reply] | None = None,
    ) -> None:
        # What nobody has asked for brings nothing nearer: else whoever calls again and again puts off the end.
        could_come = max(1, self._could_come)
        rendezvous = Rendezvous(ready, expected, seen, lambda: self.calls, could_come, of, other)
        await reach(rendezvous, self._ledger, self._patience, self._look)

    def _standing(self, kind: Callable[[Call], Hashable] | None) -> int:
        standing = [call for call in self.calls if not call.given_up]
        return len(standing) if kind is None else len({kind(call) for call in standing})

    def _came(self) -> str:
        return listed(self.calls, "came")

    def _waits(self) -> str:
        return listed(self.held, "held")

    def _unanswered(self) -> str:
        return f"no answer while this is held: {self._waits()}" if self.held else "no answer before the gate is opened"


def listed(calls: list[Call], verb: str) -> str:
    """Calls for people, such as `1 came: catalog GET /items/a (held)`."""
    shown = ", ".join(str(call) for call in calls[:SHOWN])
    return f"{len(calls)} {verb}{': ' if shown else ''}{shown}{' …' if len(calls) > SHOWN else ''}"
