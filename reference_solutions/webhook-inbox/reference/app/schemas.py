"""What goes over the wire."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.models import EventType, Status


class Incoming(BaseModel):
    model_config = ConfigDict(strict=True)  # an amount of "100" or true is a mistake of the sender


class Payment(Incoming):
    payment_id: str = Field(min_length=1, max_length=64)
    amount: int = Field(gt=0, description="In minor units.")
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class Webhook(Incoming):
    event_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    type: EventType
    created: int = Field(description="Unix seconds.")
    data: Payment


class Receipt(BaseModel):
    event_id: str
    status: Literal["accepted", "duplicate"]


class EventView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    event_id: str
    type: EventType
    status: Status
    attempts: int
    received_at: datetime
    processed_at: datetime | None


class EventPage(BaseModel):
    items: list[EventView]
    next_cursor: str | None
