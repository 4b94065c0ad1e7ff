"""What only the host can do for a check: it has the engine, the harness has not."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from grader.verdicts import Answer, Ask, Event

ANSWER_SECONDS = 5.0
"""After this long a check goes on without; what it asked for makes it sharper, and nothing depends on it."""


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
        self._waiting: dict[int, tuple[asyncio.AbstractEventLoop, asyncio.Event]] = {}

    @asynccontextmanager
    async def stilled(self) -> AsyncIterator[None]:
        """Pause the candidate's process; what is sent to it meanwhile has arrived when it goes on."""
        number = next(self._numbers)
        answered = asyncio.Event()
        self._waiting[number] = (asyncio.get_running_loop(), answered)
        try:
            self._send(Ask(number=number, what="pause"))
            with suppress(TimeoutError):
                await asyncio.wait_for(answered.wait(), self._seconds)
            yield
        finally:
            del self._waiting[number]
            # Its answer is not waited for: the replies tell.
            self._send(Ask(number=next(self._numbers), what="resume"))

    def answered(self, answer: Answer) -> None:
        """An answer has come; one that nobody waits for any more is of no use."""
        loop, event = self._waiting.get(answer.number, (None, None))
        if loop and event:
            with suppress(RuntimeError):  # its loop has just been closed
                loop.call_soon_threadsafe(event.set)
