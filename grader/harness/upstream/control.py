"""The control of a wait: whether it was in vain through the candidate's fault, or because the machine was busy."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from grader.harness.upstream.ledger import Ledger
from grader.verdicts import Look

Looking = Callable[[], Awaitable[Look | None]]
"""Asks the host what the candidate's processes are doing; None where it cannot say."""

PACE: Final = 0.005
"""Seconds between two round trips."""
GRACE: Final = 0.05
"""Seconds before the first: a wait that is soon over is spared them."""
FEWEST: Final = 50
"""Round trips; an idle machine makes several times as many in the shortest wait that is missed."""
STALE: Final = 1.0
"""Seconds since the last round trip: nobody knows what has happened since."""
LOOK_EVERY: Final = 20
"""Round trips between two looks. A look at a candidate that is awake may take an engine a second."""
STILL: Final = 3
"""Looks in a row that find the candidate asleep."""
SHARE: Final = 1.0
"""Seconds of CPU time: whoever had as much has had its share, however busy the machine is."""


class Control:
    """Round trips to the upstreams' process, in which the candidate has no part, and looks at what the candidate does.

    Both are needed. That the round trips are served says that harness and upstreams were not in the way. But a
    candidate that has much to compute may still be waiting for a CPU. So a wait counts as in vain only if the candidate
    was asleep at the end of it, and so would have slept on; or if it has had a whole second of CPU time meanwhile.

    Each call that it gets nearer by begins the count anew. Whatever else it asks of upstreams does not, or it could put
    off the end by idle talk.

    Args:
        ledger: the line to the process.
        look: asks the host.
        progress: how many calls have brought it nearer.
    """

    def __init__(self, ledger: Ledger, look: Looking, progress: Callable[[], int]) -> None:
        self._ledger = ledger
        self._look = look
        self._progress = progress
        self._known = progress()
        self._served = 0
        self._served_at = float("-inf")
        self._asleep = 0
        self._used: list[float] = []
        self._sees: bool | None = None  # not known before the first look is answered

    def counts(self) -> bool:
        """Whether a wait that was in vain up to now is the candidate's fault."""
        self._notice()
        if self._ledger.abused:
            return True
        served = self._served >= FEWEST and time.monotonic() - self._served_at <= STALE
        return served and (self._sees is False or self._asleep >= STILL or self._had_its_share())

    async def run(self) -> None:
        """Go on until cancelled."""
        await asyncio.sleep(GRACE)
        looking: asyncio.Task[None] | None = None
        try:
            for trips in itertools.count(1):
                await self._ledger.command("sync")
                self._notice()
                self._served, self._served_at = self._served + 1, time.monotonic()
                if trips % LOOK_EVERY == 0 and (looking is None or looking.done()):
                    looking = asyncio.get_running_loop().create_task(self._take_a_look())
                await asyncio.sleep(PACE)
        finally:
            if looking:
                looking.cancel()
                await asyncio.wait([looking])

    async def _take_a_look(self) -> None:
        look = await self._look()
        self._notice()
        if look is None:
            self._sees = self._sees or False
            return
        self._sees = True
        self._asleep = self._asleep + 1 if look.asleep else 0
        self._used += [] if look.cpu_seconds is None else [look.cpu_seconds]

    def _notice(self) -> None:
        if self._progress() != self._known:
            self._known = self._progress()
            self._served = self._asleep = 0

    def _had_its_share(self) -> bool:
        return bool(self._used) and self._used[-1] - self._used[0] >= SHARE


@asynccontextmanager
async def controlled(ledger: Ledger, look: Looking, progress: Callable[[], int]) -> AsyncIterator[Control]:
    """A control that runs while the block lasts; arguments as for `Control`."""
    control = Control(ledger, look, progress)
    task = asyncio.get_running_loop().create_task(control.run())
    try:
        yield control
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()


async def nobody_looks() -> None:
    """For tests and for hosts that cannot say."""
