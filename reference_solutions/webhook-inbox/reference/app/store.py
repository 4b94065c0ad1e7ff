"""Events in the database."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.database import Database
from app.errors import StillPendingError, UnknownEventError
from app.models import Event, EventType, Status, now
from app.schemas import Webhook


class EventStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, webhook: Webhook) -> bool:
        """Store an event; whether it is the first of its id. When this returns, it is on disk."""
        event = Event(
            event_id=webhook.event_id,
            type=webhook.type,
            payment_id=webhook.data.payment_id,
            body=webhook.model_dump_json(),
        )
        # The unique constraint decides: between a question and an insert another delivery could come first.
        try:
            async with self._database.write() as session:
                session.add(event)
        except IntegrityError:
            return False
        return True

    async def get(self, event_id: str) -> Event:
        async with self._database.read() as session:
            event = await session.scalar(select(Event).where(Event.event_id == event_id))
        if event is None:
            raise UnknownEventError
        return event

    async def page(
        self, status: Status | None, kind: EventType | None, before: int | None, limit: int
    ) -> tuple[Sequence[Event], int | None]:
        """Return the newest events below `before`, and where the next page begins.

        New events get higher numbers, so they never move a page that is still to be read.
        """
        found = select(Event).order_by(Event.sequence.desc()).limit(limit + 1)
        if status is not None:
            found = found.where(Event.status == status)
        if kind is not None:
            found = found.where(Event.type == kind)
        if before is not None:
            found = found.where(Event.sequence < before)
        async with self._database.read() as session:
            events = (await session.scalars(found)).all()
        return events[:limit], events[limit - 1].sequence if len(events) > limit else None

    async def replay(self, event_id: str) -> Event:
        """Make a settled event pending again.

        The condition stands in the statement, so of several callers at once one succeeds.
        """
        renewed = (
            update(Event)
            .where(Event.event_id == event_id, Event.status != Status.PENDING)
            .values(status=Status.PENDING, attempts=0, processed_at=None)
            .returning(Event)
        )
        async with self._database.write() as session:
            event = await session.scalar(renewed)
        if event is None:
            await self.get(event_id)
            raise StillPendingError
        return event

    async def waiting_payments(self) -> Sequence[str]:
        """Payments that have pending events."""
        waiting = select(Event.payment_id).where(Event.status == Status.PENDING).distinct()
        async with self._database.read() as session:
            return (await session.scalars(waiting)).all()

    async def first_pending(self, payment_id: str) -> Event | None:
        pending = select(Event).where(Event.status == Status.PENDING, Event.payment_id == payment_id)
        async with self._database.read() as session:
            return (await session.scalars(pending.order_by(Event.sequence).limit(1))).one_or_none()

    async def record(self, event: Event, status: Status) -> None:
        """Write down that an attempt has ended, and what became of the event."""
        event.attempts += 1
        event.status = status
        event.processed_at = now() if status is Status.PROCESSED else None
        changes = {"attempts": event.attempts, "status": status, "processed_at": event.processed_at}
        async with self._database.write() as session:
            await session.execute(update(Event).where(Event.sequence == event.sequence).values(changes))
