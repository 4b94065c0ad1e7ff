"""Requests for one version of a model that wait together go to the runtime together, one call at a time."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

Inputs = Sequence[float]
Infer = Callable[[list[Inputs]], Awaitable[list[float]]]


@dataclass(frozen=True, slots=True)
class _Waiting:
    inputs: Inputs
    output: "asyncio.Future[float]"


class Batcher:
    """Gathers what comes within the window, or while a call is outstanding.

    Args:
        infer: calls the runtime, and gives one output for each inputs.
        window: seconds that a request waits for company when no call is outstanding.
        max_batch: the most that go in one call.
    """

    def __init__(self, infer: Infer, window: float, max_batch: int) -> None:
        self._infer = infer
        self._window = window
        self._max_batch = max_batch
        self._waiting: deque[_Waiting] = deque()
        self._full = asyncio.Event()
        self._sender: asyncio.Task[None] | None = None

    async def predict(self, inputs: Inputs) -> float:
        """Return the output for these inputs; raises what the call for their batch raised."""
        waiting = _Waiting(inputs, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if len(self._waiting) >= self._max_batch:
            self._full.set()
        # The sender belongs to nobody's request, so a caller that goes away takes no batch with it.
        if self._sender is None:
            self._sender = asyncio.create_task(self._send_all())
        return await waiting.output

    async def _send_all(self) -> None:
        """Send until nobody waits. That there is one sender is why there is one call."""
        await self._gather()
        while self._waiting:
            await self._send_batch()
        self._sender = None

    async def _gather(self) -> None:
        self._full.clear()
        if len(self._waiting) < self._max_batch:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._window):
                    await self._full.wait()

    async def _send_batch(self) -> None:
        size = min(len(self._waiting), self._max_batch)
        batch = [self._waiting.popleft() for _ in range(size)]
        try:
            outputs = await self._infer([each.inputs for each in batch])
        except Exception as error:  # noqa: BLE001  (whatever it is, those who wait must hear of it)
            for each in batch:
                if not each.output.done():
                    each.output.set_exception(error)
        else:
            for each, output in zip(batch, outputs, strict=True):
                if not each.output.done():
                    each.output.set_result(output)
