"""The operations."""

import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from inbox.schemas import EventList, EventOut, EventQuery, Receipt, Webhook
from inbox.settings import get_settings
from inbox.signing import SignedBodies, issue_cursor, read_cursor
from inbox.store import Store
from inbox.tables import Event
from inbox.workers import Workers, ledger_client

settings = get_settings()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with Store.opened(settings.database_url) as store, ledger_client(settings.ledger_url) as client:
        app.state.store, app.state.workers = store, Workers(store, client)
        async with app.state.workers.at_work():
            yield


async def get_store(request: Request) -> Store:
    store: Store = request.app.state.store
    return store


async def get_workers(request: Request) -> Workers:
    workers: Workers = request.app.state.workers
    return workers


async def raw_body(request: Request) -> bytes:
    return await request.body()


def parsed(raw: Annotated[bytes, Depends(raw_body)]) -> Webhook:
    """In a thread: up to 64 KiB of JSON need not stop the loop."""
    try:
        return Webhook.model_validate_json(raw)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in problems]) from error


def administrator(x_api_key: Annotated[str, Header()] = "") -> None:
    if not hmac.compare_digest(x_api_key.encode(), settings.admin_api_key.encode()):
        raise HTTPException(401, "bad key")


TheStore = Annotated[Store, Depends(get_store)]
TheWorkers = Annotated[Workers, Depends(get_workers)]


async def existing(event_id: str, store: TheStore) -> Event:
    event = await store.find(event_id)
    if event is None:
        raise HTTPException(404, "no such event")
    return event


TheEvent = Annotated[Event, Depends(existing)]

app = FastAPI(title="Inbox with an outbox", lifespan=lifespan)
app.add_middleware(SignedBodies, path="/webhooks/payments", secret=settings.webhook_secret)
events = APIRouter(prefix="/events", dependencies=[Depends(administrator)])


@app.get("/health")
def health() -> dict[str, bool]:
    return {"ok": True}


@app.post("/webhooks/payments", status_code=202)
async def receive(
    webhook: Annotated[Webhook, Depends(parsed)], store: TheStore, workers: TheWorkers, response: Response
) -> Receipt:
    if not await store.accept(webhook):
        response.status_code = 200
        return Receipt(event_id=webhook.event_id, status="duplicate")
    workers.wake(webhook.data.payment_id)
    return Receipt(event_id=webhook.event_id, status="accepted")


@events.get("")
async def list_events(query: Annotated[EventQuery, Query()], store: TheStore) -> EventList:
    try:
        below = None if query.cursor is None else read_cursor(settings.webhook_secret, query.cursor)
    except ValueError as error:
        raise HTTPException(422, "not a cursor of this service") from error
    found = await store.newest(query, below)
    page, is_last = found[: query.limit], len(found) <= query.limit
    return EventList(
        items=[EventOut.model_validate(event) for event in page],
        next_cursor=None if is_last else issue_cursor(settings.webhook_secret, page[-1].number or 0),
    )


@events.get("/{event_id}")  # noqa: FAST003  (`existing` has it)
async def read_event(event: TheEvent) -> EventOut:
    return EventOut.model_validate(event)


@events.post("/{event_id}/replay", status_code=202)  # noqa: FAST003
async def replay_event(event: TheEvent, store: TheStore, workers: TheWorkers) -> None:
    if not await store.renew(event):
        raise HTTPException(409, "pending already")
    workers.wake(event.body["data"]["payment_id"])


app.include_router(events)
