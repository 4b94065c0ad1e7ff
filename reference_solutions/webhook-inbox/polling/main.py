import hmac
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import config
import storage
import worker
from aiosqlite import Row
from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request, Response
from incoming import Raw, Type, Valid

REMEMBERED = 10_000  # cursors


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with storage.opened(config.DATABASE) as app.state.storage, worker.at_work(app.state.storage, config.LEDGER):
        yield


app = FastAPI(title="Polling inbox", lifespan=lifespan)
cursors: dict[str, int] = {}  # those that were given out, and the number that stands behind each


def issue(below: int) -> str:
    if len(cursors) >= REMEMBERED:
        del cursors[next(iter(cursors))]  # the oldest
    cursor = secrets.token_urlsafe(12)
    cursors[cursor] = below
    return cursor


async def the_storage(request: Request) -> storage.Storage:
    opened: storage.Storage = request.app.state.storage
    return opened


async def administrator(x_api_key: Annotated[str, Header()] = "") -> None:
    if not hmac.compare_digest(x_api_key.encode(), config.ADMIN_KEY.encode()):
        raise HTTPException(401, "not for you")


Events = Annotated[storage.Storage, Depends(the_storage)]
ADMIN = [Depends(administrator)]


def moment(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


def shown(row: Row) -> dict[str, Any]:
    plain = {name: row[name] for name in ("event_id", "type", "status", "attempts")}
    return plain | {name: moment(row[name]) for name in ("received_at", "processed_at")}


@app.post("/webhooks/payments")
async def receive(raw: Raw, event: Valid, events: Events, response: Response) -> dict[str, str]:
    is_new = await events.add(event.event_id, event.type, event.data.payment_id, raw)
    response.status_code = 202 if is_new else 200
    return {"event_id": event.event_id, "status": "accepted" if is_new else "duplicate"}


@app.get("/events", dependencies=ADMIN)
async def list_events(
    events: Events,
    status: Literal["pending", "processed", "failed"] | None = None,
    kind: Annotated[Type | None, Query(alias="type")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: str | None = None,
) -> dict[str, Any]:
    if cursor is not None and cursor not in cursors:
        raise HTTPException(422, "an unknown cursor")
    below = None if cursor is None else cursors[cursor]
    rows = await events.page(status=status, type=kind, below=below, limit=limit + 1)
    following = issue(rows[limit - 1]["seq"]) if len(rows) > limit else None
    return {"items": [shown(row) for row in rows[:limit]], "next_cursor": following}


@app.get("/events/{event_id}", dependencies=ADMIN)
async def read_event(event_id: str, events: Events) -> dict[str, Any]:
    row = await events.one(event_id)
    if row is None:
        raise HTTPException(404, "no such event")
    return shown(row)


@app.post("/events/{event_id}/replay", dependencies=ADMIN, status_code=202)
async def replay_event(event_id: str, events: Events) -> str:
    if not await events.replay(event_id):
        await read_event(event_id, events)
        raise HTTPException(409, "pending already")
    return "on its way"


@app.get("/health")
async def health() -> str:
    return "fine"
