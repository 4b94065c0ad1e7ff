"""What comes in, and what goes out."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from inbox.tables import EventType, Status

EventId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class Payment(BaseModel):
    payment_id: str = Field(min_length=1, max_length=64)
    amount: PositiveInt
    currency: str = Field(pattern=r"^[A-Z]{3}$")


class Webhook(BaseModel):
    event_id: EventId
    type: EventType
    created: int
    data: Payment


class Receipt(BaseModel):
    event_id: str
    status: Literal["accepted", "duplicate"]


class EventOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    event_id: str
    type: EventType
    status: Status
    attempts: int
    received_at: datetime
    processed_at: datetime | None


class EventList(BaseModel):
    items: list[EventOut]
    next_cursor: str | None


class EventQuery(BaseModel):
    status: Status | None = None
    type: EventType | None = None
    limit: int = Field(default=50, ge=1, le=100)
    cursor: str | None = None
