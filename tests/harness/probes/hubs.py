"""Applications that tell their subscribers over WebSockets, each in a way of its own: sound ones and flawed ones."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from pydantic import BaseModel


class Change(BaseModel):
    id: str
    amount: str


class Hub:
    """An application: each WebSocket subscribes to ids, and each change of an id is told to its subscribers.

    Args:
        tell: tells the subscribers, in the handler of the change.
        leaky: whether it never forgets a subscriber.
        bound: how many messages wait for one subscriber at most; 0 for any number.
    """

    def __init__(self, tell: "Tell", *, leaky: bool = False, bound: int = 0) -> None:
        self.app = FastAPI()
        self.subscribers: dict[str, dict[WebSocket, None]] = {}
        self.queues: dict[WebSocket, asyncio.Queue[Any]] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        self._tell = tell
        self._leaky = leaky
        self._bound = bound
        self.app.post("/changes", status_code=202)(self.change)
        self.app.websocket("/ws")(self.talk)

    async def change(self, change: Change) -> None:
        await self._tell(self, list(self.subscribers.get(change.id, {})), change.model_dump())

    async def talk(self, ws: WebSocket) -> None:
        await ws.accept()
        self.queues[ws] = asyncio.Queue(self._bound)
        writer = self.spawn(self.write(ws))
        ids: set[str] = set()
        try:
            while True:
                for name in (await ws.receive_json())["subscribe"]:
                    ids.add(name)
                    self.subscribers.setdefault(name, {})[ws] = None
                # Whoever tells by queues also answers by them, else the order of both would be by chance.
                await (self.queues[ws].put if self._tell is by_queues else ws.send_json)({"ids": sorted(ids)})
        except WebSocketDisconnect:
            writer.cancel()
            if not self._leaky:
                self.forget(ws)

    async def write(self, ws: WebSocket) -> None:
        with suppress(WebSocketDisconnect, RuntimeError):
            while True:
                await ws.send_json(await self.queues[ws].get())

    def forget(self, ws: WebSocket) -> None:
        for subscribers in self.subscribers.values():
            subscribers.pop(ws, None)

    def spawn(self, work: Any) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task


Tell = Callable[[Hub, list[WebSocket], Any], Awaitable[None]]


async def by_queues(hub: Hub, subscribers: list[WebSocket], message: Any) -> None:
    for ws in subscribers:
        hub.queues[ws].put_nowait(message)


async def by_queues_or_not(hub: Hub, subscribers: list[WebSocket], message: Any) -> None:
    for ws in subscribers:
        try:
            hub.queues[ws].put_nowait(message)
        except asyncio.QueueFull:
            hub.forget(ws)


async def by_queues_that_fill(hub: Hub, subscribers: list[WebSocket], message: Any) -> None:
    for ws in subscribers:
        await hub.queues[ws].put(message)


async def by_tasks(hub: Hub, subscribers: list[WebSocket], message: Any) -> None:
    for ws in subscribers:
        hub.spawn(one_by_one(hub, [ws], message))


async def one_by_one(hub: Hub, subscribers: list[WebSocket], message: Any) -> None:
    for ws in subscribers:
        try:
            await ws.send_json(message)
        except Exception:  # noqa: BLE001 - as many applications do
            hub.forget(ws)


async def all_at_once(hub: Hub, subscribers: list[WebSocket], message: Any) -> None:
    await asyncio.gather(*(one_by_one(hub, [ws], message) for ws in subscribers))


async def one_by_one_in_a_task(hub: Hub, subscribers: list[WebSocket], message: Any) -> None:
    hub.spawn(one_by_one(hub, subscribers, message))


async def carelessly(_: Hub, subscribers: list[WebSocket], message: Any) -> None:
    for ws in subscribers:
        await ws.send_json(message)


async def backwards(hub: Hub, subscribers: list[WebSocket], message: Any) -> None:
    """Each pair of changes is told in the wrong order, and to the first subscriber in the right one."""
    held = hub.__dict__.setdefault("held", [])
    held.append(message)
    if len(held) == 2:
        for index, ws in enumerate(subscribers):
            for each in held if index == 0 else reversed(held):
                await ws.send_json(each)
        held.clear()
