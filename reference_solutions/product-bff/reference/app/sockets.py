"""Prices, pushed over WebSockets."""

import asyncio

from fastapi import APIRouter, WebSocket, WebSocketDisconnect, status
from pydantic import BaseModel, TypeAdapter, ValidationError

from app.errors import BadTokenError, MissingScopeError
from app.hub import Hub, Subscriber
from app.security import check_token

router = APIRouter()


class Subscribe(BaseModel):
    subscribe: list[str]


class Unsubscribe(BaseModel):
    unsubscribe: list[str]


_command: TypeAdapter[Subscribe | Unsubscribe] = TypeAdapter(Subscribe | Unsubscribe)


@router.websocket("/ws/prices")
async def prices(websocket: WebSocket, token: str = "") -> None:
    try:
        check_token(token, websocket.app.state.settings)
    except (BadTokenError, MissingScopeError):
        # Not accepted yet, so this refuses the handshake with 403.
        await websocket.close(status.WS_1008_POLICY_VIOLATION)
        return
    await websocket.accept()
    await _serve(websocket, websocket.app.state.hub)


async def _serve(websocket: WebSocket, hub: Hub) -> None:
    """Return when the client has gone, or has left too much unread.

    The server then closes the connection. No farewell is tried: a client that does not read would not get it.
    """
    subscriber = Subscriber()
    parts = (_listen(websocket, hub, subscriber), _write(websocket, subscriber), subscriber.overflowed.wait())
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        hub.forget(subscriber)
        for task in tasks:
            task.cancel()


async def _listen(websocket: WebSocket, hub: Hub, subscriber: Subscriber) -> None:
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            return
        # Answers take the same way as prices, so that each stands where it belongs among them.
        subscriber.post(_obey(message.get("text") or "", hub, subscriber))


def _obey(text: str, hub: Hub, subscriber: Subscriber) -> dict[str, object]:
    try:
        command = _command.validate_json(text)
    except ValidationError:
        return {"type": "error", "detail": 'Send {"subscribe": [ids]} or {"unsubscribe": [ids]}.'}
    if isinstance(command, Subscribe):
        hub.subscribe(subscriber, command.subscribe)
    else:
        hub.unsubscribe(subscriber, command.unsubscribe)
    return {"type": "subscribed", "ids": sorted(subscriber.ids)}


async def _write(websocket: WebSocket, subscriber: Subscriber) -> None:
    """The only one that writes to this socket, so that a slow client slows nothing but its own outbox."""
    while True:
        text = await subscriber.outbox.get()
        try:
            await websocket.send_text(text)
        except (WebSocketDisconnect, RuntimeError):
            return
