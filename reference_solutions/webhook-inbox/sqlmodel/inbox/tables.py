"""What is kept: events, and an outbox of those that are still to be sent."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import JSON, DateTime, Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, Index, SQLModel


class EventType(StrEnum):
    PAYMENT_SUCCEEDED = "payment.succeeded"
    PAYMENT_FAILED = "payment.failed"
    REFUND_CREATED = "refund.created"


class Status(StrEnum):
    PENDING = "pending"
    PROCESSED = "processed"
    FAILED = "failed"


class Moment(TypeDecorator[datetime]):
    """SQLite forgets the offset. What goes in here is UTC, so what comes out is as well."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


def now() -> datetime:
    return datetime.now(UTC)


class Event(SQLModel, table=True):
    __tablename__: ClassVar[str] = "events"

    number: int | None = Field(default=None, primary_key=True)
    event_id: str = Field(max_length=64, unique=True)
    type: str
    body: dict[str, Any] = Field(sa_type=JSON)
    status: str = Field(default=Status.PENDING.value)
    attempts: int = 0
    received_at: datetime = Field(default_factory=now, sa_type=Moment)
    processed_at: datetime | None = Field(default=None, sa_type=Moment)


class OutboxEntry(SQLModel, table=True):
    __tablename__: ClassVar[str] = "outbox"
    # Rows go, and their numbers must not come back: they are the order of sending.
    __table_args__ = (Index("outbox_line", "payment_id", "number"), {"sqlite_autoincrement": True})

    number: int | None = Field(default=None, primary_key=True)
    event_number: int | None = Field(foreign_key="events.number", unique=True, nullable=False)
    payment_id: str = Field(max_length=64)
