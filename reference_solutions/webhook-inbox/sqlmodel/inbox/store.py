"""All that is asked of the database."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import delete, event, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from inbox.schemas import EventQuery, Webhook
from inbox.tables import Event, OutboxEntry, Status, now


def _prepare(connection: Any, _record: object) -> None:
    for pragma in ("busy_timeout = 30000", "journal_mode = WAL", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}").close()


class Store:
    def __init__(self, url: str) -> None:
        self._engine = create_async_engine(url)
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine.sync_engine, "connect", _prepare)
        # One writer at a time: SQLite can have no more, and so numbers grow in the order in which events are accepted.
        self._writing = asyncio.Lock()

    @classmethod
    @asynccontextmanager
    async def opened(cls, url: str) -> AsyncIterator["Store"]:
        store = cls(url)
        try:
            async with store._engine.begin() as connection:
                await connection.run_sync(SQLModel.metadata.create_all)
            yield store
        finally:
            await store._engine.dispose()

    def _reading(self) -> AsyncSession:
        return AsyncSession(self._engine, expire_on_commit=False)

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncSession]:
        async with self._writing, self._reading() as session, session.begin():
            yield session

    async def accept(self, webhook: Webhook) -> bool:
        """Keep an event and the work that it makes. Return whether it is the first with its id."""
        kept = Event(event_id=webhook.event_id, type=webhook.type.value, body=webhook.model_dump(mode="json"))
        try:
            async with self._transaction() as session:
                session.add(kept)
                await session.flush()
                session.add(OutboxEntry(event_number=kept.number, payment_id=webhook.data.payment_id))
        except IntegrityError:
            return False
        return True

    async def find(self, event_id: str) -> Event | None:
        async with self._reading() as session:
            return (await session.exec(select(Event).where(Event.event_id == event_id))).one_or_none()

    async def newest(self, query: EventQuery, below: int | None) -> Sequence[Event]:
        """Return one event more than the page has, if there is one."""
        wanted = select(Event).order_by(col(Event.number).desc()).limit(query.limit + 1)
        if query.status is not None:
            wanted = wanted.where(Event.status == query.status.value)
        if query.type is not None:
            wanted = wanted.where(Event.type == query.type.value)
        if below is not None:
            wanted = wanted.where(col(Event.number) < below)
        async with self._reading() as session:
            return (await session.exec(wanted)).all()

    async def renew(self, kept: Event) -> bool:
        """Make a settled event pending. Return whether it was settled: of several callers at once one sees True."""
        settled = (col(Event.number) == kept.number, col(Event.status) != Status.PENDING.value)
        fresh = {"status": Status.PENDING.value, "attempts": 0, "processed_at": None}
        async with self._transaction() as session:
            changed = await session.exec(update(Event).where(*settled).values(fresh))
            if changed.rowcount:
                session.add(OutboxEntry(event_number=kept.number, payment_id=kept.body["data"]["payment_id"]))
            return bool(changed.rowcount)

    async def waiting(self) -> Sequence[str]:
        async with self._reading() as session:
            return (await session.exec(select(OutboxEntry.payment_id).distinct())).all()

    async def first_of(self, payment_id: str) -> Event | None:
        line = select(Event).join(OutboxEntry).where(OutboxEntry.payment_id == payment_id)
        async with self._reading() as session:
            return (await session.exec(line.order_by(col(OutboxEntry.number)).limit(1))).one_or_none()

    async def note(self, kept: Event, status: Status) -> None:
        """Note that an attempt has ended. An event that is settled by it leaves the outbox."""
        processed_at = now() if status is Status.PROCESSED else None
        news = {"attempts": kept.attempts + 1, "status": status.value, "processed_at": processed_at}
        async with self._transaction() as session:
            await session.exec(update(Event).where(col(Event.number) == kept.number).values(news))
            if status is not Status.PENDING:
                await session.exec(delete(OutboxEntry).where(col(OutboxEntry.event_number) == kept.number))
