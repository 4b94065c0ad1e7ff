"""Whether the runtime answers, asked again and again: start-up does not wait for it."""

import asyncio
from collections.abc import Awaitable, Callable

INTERVAL = 0.25
"""Seconds between two questions; the contract gives two seconds to notice."""


class Readiness:
    def __init__(self, healthy: Callable[[], Awaitable[bool]]) -> None:
        self._healthy = healthy
        self.ready = False

    async def watch(self) -> None:
        """Ask for ever."""
        while True:
            self.ready = await self._healthy()
            await asyncio.sleep(INTERVAL)
