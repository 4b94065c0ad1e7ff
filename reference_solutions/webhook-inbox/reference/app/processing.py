"""Lanes: one task for each payment that has pending events, which settles them one after another."""

import asyncio
import logging

from app.ledger import Ledger, Outcome
from app.models import Event, Status
from app.store import EventStore

PAUSES = (0.5, 1.0, 2.0)  # seconds; one fewer than attempts
# What is pending after a long outage is not sent all at once: a busy machine would hear of the answers too late, and
# give up events that the ledger accepted without delay.
CALLS_AT_ONCE = 50
TROUBLE_PAUSE = 1.0
GRACE = 4.0  # an attempt takes two seconds at most

logger = logging.getLogger(__name__)


def _verdict(outcome: Outcome, attempts: int) -> Status:
    """Return what becomes of an event after its so-many-th attempt."""
    if outcome is Outcome.ACCEPTED:
        return Status.PROCESSED
    if outcome is Outcome.REFUSED or attempts > len(PAUSES):
        return Status.FAILED
    return Status.PENDING


class Dispatcher:
    def __init__(self, store: EventStore, ledger: Ledger) -> None:
        self._store = store
        self._ledger = ledger
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self._woken: set[str] = set()
        self._calls = asyncio.Semaphore(CALLS_AT_ONCE)
        self._stopping = asyncio.Event()

    async def recover(self) -> None:
        """Take up what an earlier process left."""
        for payment_id in await self._store.waiting_payments():
            self.wake(payment_id)

    def wake(self, payment_id: str) -> None:
        """Tell that this payment has a pending event."""
        self._woken.add(payment_id)
        if payment_id not in self._lanes:
            self._lanes[payment_id] = asyncio.create_task(self._lane(payment_id), name=f"lane of {payment_id}")

    async def stop(self) -> None:
        """Begin nothing new, and let attempts that are under way end. What is pending stays so in the database."""
        self._stopping.set()
        lanes = list(self._lanes.values())
        if lanes:
            _, late = await asyncio.wait(lanes, timeout=GRACE)
            for lane in late:
                lane.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _lane(self, payment_id: str) -> None:
        try:
            # An event that comes after the last look has woken the lane again; no await stands between this test and
            # the lane's end, so none is overlooked.
            while payment_id in self._woken and not self._stopping.is_set():
                self._woken.discard(payment_id)
                await self._settle_all(payment_id)
        finally:
            self._woken.discard(payment_id)
            del self._lanes[payment_id]

    async def _settle_all(self, payment_id: str) -> None:
        try:
            while not self._stopping.is_set() and (event := await self._store.first_pending(payment_id)):
                await self._settle(event)
        except Exception:
            # A full disk, say. The event is safe where it is; the lane has to go on, or it waits for the next start.
            logger.exception("Payment %r is in trouble and will be looked at again", payment_id)
            self._woken.add(payment_id)
            await self._pause(TROUBLE_PAUSE)

    async def _settle(self, event: Event) -> None:
        while event.status is Status.PENDING and not self._stopping.is_set():
            async with self._calls:
                if self._stopping.is_set():
                    return
                outcome = await self._ledger.post(event.event_id, event.body)
            await self._store.record(event, _verdict(outcome, event.attempts + 1))
            if event.status is Status.PENDING:
                await self._pause(PAUSES[event.attempts - 1])

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return
