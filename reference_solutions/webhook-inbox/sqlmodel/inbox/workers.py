"""A fixed number of workers, a queue of payments, and what an attempt at the ledger comes to."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import httpx

from inbox.store import Store
from inbox.tables import Event, Status

WORKERS = 40
ATTEMPT_LIMIT = 2.0
PAUSES = (0.5, 1.2, 3.0)
SPREAD = 0.15  # so that what failed together does not come back together
AFTER_TROUBLE = 1.0
GRACE = 4.0

log = logging.getLogger(__name__)


class Workers:
    def __init__(self, store: Store, client: httpx.AsyncClient) -> None:
        self._store = store
        self._client = client
        self._ready: asyncio.Queue[str | None] = asyncio.Queue()
        self._taken: set[str] = set()  # payments that wait in the queue, in a pause or at a worker
        self._news: set[str] = set()  # taken payments that have got a further event
        self._stopping = False

    def wake(self, payment_id: str) -> None:
        """Tell that the outbox has something for this payment."""
        if payment_id in self._taken:
            self._news.add(payment_id)
        else:
            self._taken.add(payment_id)
            self._ready.put_nowait(payment_id)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        for payment_id in await self._store.waiting():
            self.wake(payment_id)
        tasks = [asyncio.create_task(self._work()) for _ in range(WORKERS)]
        try:
            yield
        finally:
            self._stopping = True
            for _ in tasks:
                self._ready.put_nowait(None)
            _, late = await asyncio.wait(tasks, timeout=GRACE)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _work(self) -> None:
        while (payment_id := await self._ready.get()) is not None and not self._stopping:
            self._news.discard(payment_id)
            try:
                pause = await self._turn(payment_id)
            except Exception:
                log.exception("payment %r is looked at again", payment_id)
                pause = AFTER_TROUBLE
            self._give_back(payment_id, pause)

    def _give_back(self, payment_id: str, pause: float | None) -> None:
        if pause is None and payment_id not in self._news:
            self._taken.discard(payment_id)
        elif pause:
            asyncio.get_running_loop().call_later(pause, self._ready.put_nowait, payment_id)
        else:
            self._ready.put_nowait(payment_id)

    async def _turn(self, payment_id: str) -> float | None:
        """Try the first event of a payment once. Return how long the payment rests, or None if it has no event."""
        event = await self._store.first_of(payment_id)
        if event is None:
            return None
        status = await self._attempt(event)
        await self._store.note(event, status)
        return pause_after(event.attempts + 1) if status is Status.PENDING else 0

    async def _attempt(self, event: Event) -> Status:
        is_last = event.attempts >= len(PAUSES)
        try:
            with anyio.fail_after(ATTEMPT_LIMIT):
                code = await self._post(event)
        except (TimeoutError, httpx.HTTPError):
            code = 503  # no answer is as good as this one
        if 200 <= code < 300:
            return Status.PROCESSED
        return Status.PENDING if (code >= 500 or code == 429) and not is_last else Status.FAILED

    async def _post(self, event: Event) -> int:
        headers = {"Idempotency-Key": event.event_id}
        async with self._client.stream("POST", "/entries", json=event.body, headers=headers) as response:
            # Read to the end, so that the connection can be used again, and as it comes: what is in it does not matter.
            async for _ in response.aiter_raw():
                pass
            return response.status_code


def pause_after(attempts: int) -> float:
    return PAUSES[attempts - 1] * random.uniform(1 - SPREAD, 1 + SPREAD)  # noqa: S311


@asynccontextmanager
async def ledger_client(url: str) -> AsyncIterator[httpx.AsyncClient]:
    # The workers bound the connections, and an attempt has its own limit of time.
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=WORKERS)
    async with httpx.AsyncClient(base_url=url, timeout=None, limits=limits, trust_env=False) as client:  # noqa: S113
        yield client
