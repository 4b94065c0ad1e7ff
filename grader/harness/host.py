"""What only the host can do for a check: it has the engine, the harness has not."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from grader.harness.fault import HarnessFault
from grader.verdicts import Answer, Ask, AskedFor, Event, LoadOrder, LoadSeen, Look

ANSWER_SECONDS = 5.0
"""After this long a check goes on without; what it asked for makes it sharper, and nothing depends on it."""
DONE_SECONDS = 60.0
"""What a check depends on is waited for: an engine on a busy machine takes its time to make a container."""
LOAD_SECONDS = 3600.0
"""Many other gradings on this machine may want to measure first: it is one at a time."""


class Host:
    """Asks the host, and waits for its answers. Asked in an event loop, answered from the thread that reads orders.

    Args:
        send: takes the events.
        seconds: how long an answer is waited for.
    """

    def __init__(self, send: Callable[[Event], None], seconds: float = ANSWER_SECONDS) -> None:
        self._send = send
        self._seconds = seconds
        self._numbers = itertools.count(1)
        self._waiting: dict[int, tuple[asyncio.AbstractEventLoop, asyncio.Future[Answer]]] = {}

    @asynccontextmanager
    async def stilled(self) -> AsyncIterator[None]:
        """Pause the candidate's process; what is sent to it meanwhile has arrived when it goes on."""
        try:
            await self._ask("pause")
            yield
        finally:
            # Its answer is not waited for: the replies tell.
            self._send(Ask(number=next(self._numbers), what="resume"))

    async def look(self) -> Look | None:
        """What the candidate's processes are doing; None where the host cannot say.

        A host that does not answer in time is busy, and so may the candidate be: it is not known to be asleep.
        """
        answer = await self._ask("look")
        return answer.look if answer else Look(asleep=False)

    async def do(self, what: AskedFor) -> bool:
        """Have something done that the check depends on; false where it cannot be.

        Raises:
            HarnessFault: the host does not answer.
        """
        answer = await self._ask(what, DONE_SECONDS)
        if answer is None:
            raise HarnessFault(f"the host did not {what} the application within {DONE_SECONDS:g} s")
        return answer.done

    async def next_load(self, check: str, seen: LoadSeen | None) -> LoadOrder:
        """Tell what was seen of the last block of load, and wait for what comes next.

        Args:
            check: whose load it is.
            seen: None before the first block.

        Raises:
            HarnessFault: the host does not answer, or cannot compare.
        """
        answer = await self._ask("load", LOAD_SECONDS, check=check, load=seen)
        if answer is None or answer.load is None:
            raise HarnessFault("the host does not say how the load goes on")
        return answer.load

    def answered(self, answer: Answer) -> None:
        """An answer has come; one that nobody waits for any more is of no use."""
        loop, future = self._waiting.get(answer.number, (None, None))
        if loop and future:
            with suppress(RuntimeError):  # its loop has just been closed
                loop.call_soon_threadsafe(_settle, future, answer)

    async def _ask(self, what: AskedFor, seconds: float | None = None, **details: Any) -> Answer | None:
        number, loop = next(self._numbers), asyncio.get_running_loop()
        self._waiting[number] = (loop, loop.create_future())
        try:
            self._send(Ask(number=number, what=what, **details))
            return await asyncio.wait_for(self._waiting[number][1], seconds or self._seconds)
        except TimeoutError:
            return None
        finally:
            del self._waiting[number]


def _settle(future: asyncio.Future[Answer], answer: Answer) -> None:
    if not future.done():
        future.set_result(answer)
