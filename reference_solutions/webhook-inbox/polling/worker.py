"""Looks every few milliseconds for what is due, claims it, and tries it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import aiohttp
from aiosqlite import Row
from storage import Storage

EVERY = 0.05
AT_ONCE = 50  # more, and a busy machine hears of the answers too late
PAUSES = [0.4, 1.2, 3.0]
TIMEOUT = aiohttp.ClientTimeout(total=2)

log = logging.getLogger("worker")


async def attempt(session: aiohttp.ClientSession, url: str, event: Row) -> int:
    """Return the status that the ledger answered with, or 503 where there was none."""
    headers = {"Idempotency-Key": event["event_id"], "Content-Type": "application/json"}
    try:
        async with session.post(url, data=event["raw"], headers=headers, allow_redirects=False) as reply:
            await reply.read()
            return reply.status
    except (aiohttp.ClientError, OSError, ValueError):  # no answer in time is an OSError, nonsense may be a ValueError
        return 503


def judged(status: int, attempts: int) -> tuple[str, float]:
    """Return the event's status after its so-many-th attempt, and for how long it rests."""
    if 200 <= status < 300:
        return "processed", 0
    if (status == 429 or status >= 500) and attempts <= len(PAUSES):
        return "pending", PAUSES[attempts - 1]
    return "failed", 0


class Worker:
    def __init__(self, storage: Storage, session: aiohttp.ClientSession, ledger: str) -> None:
        self._storage = storage
        self._session = session
        self._url = f"{ledger}/entries"
        self._busy: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        while True:
            try:
                await self._look()
            except Exception:
                log.exception("could not look for events")
            await asyncio.sleep(EVERY)

    async def _look(self) -> None:
        free = AT_ONCE - len(self._busy)
        for event in await self._storage.claim(free) if free else ():
            task = asyncio.create_task(self._try(event))
            self._busy.add(task)
            task.add_done_callback(self._busy.discard)

    async def _try(self, event: Row) -> None:
        status, pause = judged(await attempt(self._session, self._url, event), event["attempts"] + 1)
        while True:
            try:
                return await self._storage.settle(event["seq"], status, pause)
            except Exception:
                log.exception("could not write down what became of %s", event["event_id"])
                await asyncio.sleep(1)

    async def abandon(self) -> None:
        """Cut off what is under way. It is pending still, and the key makes a second attempt harmless."""
        for task in self._busy:
            task.cancel()
        await asyncio.gather(*self._busy, return_exceptions=True)


@asynccontextmanager
async def at_work(storage: Storage, ledger: str) -> AsyncIterator[None]:
    connector = aiohttp.TCPConnector(limit=0)  # `AT_ONCE` is the limit
    # Bodies as they come: one that cannot be decoded takes nothing from its status.
    async with aiohttp.ClientSession(timeout=TIMEOUT, connector=connector, auto_decompress=False) as session:
        worker = Worker(storage, session, ledger)
        looking = asyncio.create_task(worker.run())
        try:
            yield
        finally:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking
            await worker.abandon()
