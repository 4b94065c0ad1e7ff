"""Events, for those who run the service."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from app.cursors import Cursors
from app.models import EventType, Status
from app.processing import Dispatcher
from app.schemas import EventPage, EventView
from app.security import require_admin
from app.store import EventStore

router = APIRouter(prefix="/events", dependencies=[Depends(require_admin)])


async def _store(request: Request) -> EventStore:
    store: EventStore = request.app.state.store
    return store


async def _cursors(request: Request) -> Cursors:
    cursors: Cursors = request.app.state.cursors
    return cursors


async def _dispatcher(request: Request) -> Dispatcher:
    dispatcher: Dispatcher = request.app.state.dispatcher
    return dispatcher


TheStore = Annotated[EventStore, Depends(_store)]


@router.get("")
async def list_events(
    store: TheStore,
    cursors: Annotated[Cursors, Depends(_cursors)],
    status: Status | None = None,
    kind: Annotated[EventType | None, Query(alias="type")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: str | None = None,
) -> EventPage:
    before = None if cursor is None else cursors.read(cursor)
    events, following = await store.page(status, kind, before, limit)
    return EventPage(
        items=[EventView.model_validate(event) for event in events],
        next_cursor=None if following is None else cursors.issue(following),
    )


@router.get("/{event_id}")
async def read_event(event_id: str, store: TheStore) -> EventView:
    return EventView.model_validate(await store.get(event_id))


@router.post("/{event_id}/replay", status_code=202)
async def replay_event(
    event_id: str, store: TheStore, dispatcher: Annotated[Dispatcher, Depends(_dispatcher)]
) -> EventView:
    event = await store.replay(event_id)
    dispatcher.wake(event.payment_id)
    return EventView.model_validate(event)
