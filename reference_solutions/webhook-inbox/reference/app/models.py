"""The table. It is inbox and outbox in one: a pending row is work to be done."""

from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import DateTime, Dialect, Enum, Index, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator


class EventType(StrEnum):
    SUCCEEDED = "payment.succeeded"
    FAILED = "payment.failed"
    REFUNDED = "refund.created"


class Status(StrEnum):
    PENDING = "pending"
    PROCESSED = "processed"
    FAILED = "failed"


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime. SQLite keeps no offset, so it goes in as UTC and comes out as UTC."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  (SQLAlchemy's signature)
        return value and value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  (SQLAlchemy's signature)
        return value and value.replace(tzinfo=UTC)


def now() -> datetime:
    return datetime.now(UTC)


def _values(kind: type[StrEnum]) -> list[str]:
    return [member.value for member in kind]


def _words(kind: type[StrEnum]) -> Enum:
    return Enum(kind, native_enum=False, length=32, values_callable=_values)


class Base(DeclarativeBase):
    # Constraints have names of their own making, so that a later migration can find and drop them.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Event(Base):
    __tablename__ = "events"
    __table_args__ = (
        Index(None, "status", "payment_id", "sequence"),  # what a lane asks for
        {"sqlite_autoincrement": True},  # no number is ever given twice: the order of acceptance, and of pages
    )

    sequence: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(String(64), unique=True)
    type: Mapped[EventType] = mapped_column(_words(EventType))
    payment_id: Mapped[str] = mapped_column(String(64))
    body: Mapped[str] = mapped_column(Text)
    status: Mapped[Status] = mapped_column(_words(Status), default=Status.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    processed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
