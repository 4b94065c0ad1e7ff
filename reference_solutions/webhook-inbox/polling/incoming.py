"""A webhook, from bytes to a model."""

import hmac
import time
from typing import Annotated, Literal

from config import SECRET
from fastapi import Depends, HTTPException, Request
from pydantic import BaseModel, Field, PositiveInt, ValidationError

LARGEST = 65_536

Type = Literal["payment.succeeded", "payment.failed", "refund.created"]


class Data(BaseModel):
    payment_id: str = Field(min_length=1, max_length=64)
    amount: PositiveInt
    currency: str = Field(pattern="^[A-Z]{3}$")


class Event(BaseModel):
    event_id: str = Field(pattern="^[A-Za-z0-9_-]{1,64}$")
    type: Type
    created: int
    data: Data


def is_signed(header: str, raw: bytes) -> bool:
    """Whether a header signs these bytes, and is not too old or too new."""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    moment, given = parts.get("t", ""), parts.get("v1", "")
    if not (moment.isascii() and moment.isdigit() and len(moment) < 16):
        return False
    due = hmac.digest(SECRET, moment.encode() + b"." + raw, "sha256").hex()
    return hmac.compare_digest(due.encode(), given.encode()) and abs(time.time() - int(moment)) <= 300


async def read(request: Request) -> bytes:
    if int(request.headers.get("Content-Length", 0)) > LARGEST:
        raise HTTPException(413, "too large")
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > LARGEST:
            raise HTTPException(413, "too large")
    return raw


async def signed(request: Request, raw: Annotated[bytes, Depends(read)]) -> bytes:
    if not is_signed(request.headers.get("X-Signature", ""), raw):
        raise HTTPException(401, "bad signature")
    return raw


async def valid(raw: Annotated[bytes, Depends(signed)]) -> Event:
    try:
        return Event.model_validate_json(raw)
    except ValidationError as error:
        raise HTTPException(422, error.errors(include_url=False, include_input=False, include_context=False)) from error


Raw = Annotated[bytes, Depends(signed)]
Valid = Annotated[Event, Depends(valid)]
