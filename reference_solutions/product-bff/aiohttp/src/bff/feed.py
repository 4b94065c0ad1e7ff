"""Price changes, in a log that every socket reads at its own pace."""

import asyncio
import json
from collections import deque
from collections.abc import Iterator
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

KEPT = 5000


class Log:
    """The latest changes. Whoever is slower than that has missed something, and finds out."""

    def __init__(self) -> None:
        self._kept: deque[dict[str, str]] = deque(maxlen=KEPT)
        self._news = asyncio.Event()
        self.end = 0

    def append(self, change: dict[str, str]) -> None:
        self._kept.append(change)
        self.end += 1
        self._news.set()
        self._news = asyncio.Event()

    def at(self, place: int) -> dict[str, str] | None:
        """The change at a place; None if it is gone."""
        first = self.end - len(self._kept)
        return self._kept[place - first] if place >= first else None

    async def beyond(self, place: int) -> None:
        while self.end <= place:
            await self._news.wait()


class Reader:
    """One socket. A single task reads its commands and writes to it, so that nothing overtakes anything."""

    def __init__(self, socket: WebSocket, log: Log) -> None:
        self._socket = socket
        self._log = log
        self._place = log.end
        self._ids: set[str] = set()

    async def run(self) -> None:
        command = asyncio.create_task(self._socket.receive())
        try:
            while await self._flush():
                news = asyncio.create_task(self._log.beyond(self._place))
                await asyncio.wait({command, news}, return_when=asyncio.FIRST_COMPLETED)
                news.cancel()
                # News first: what came before the command belongs before its answer.
                if self._log.end > self._place or not command.done():
                    continue
                message = command.result()
                if message["type"] == "websocket.disconnect":
                    return
                await self._send(self._obey(message.get("text")))
                command = asyncio.create_task(self._socket.receive())
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            command.cancel()

    async def _flush(self) -> bool:
        """Writes what is new. False if something is lost."""
        while self._place < self._log.end:
            change = self._log.at(self._place)
            if change is None:
                await self._socket.close(1013)
                return False
            self._place += 1
            if change["id"] in self._ids:
                await self._send({"type": "price", **change})
        return True

    async def _send(self, message: dict[str, Any]) -> None:
        await self._socket.send_text(json.dumps(message))

    def _obey(self, text: str | None) -> dict[str, Any]:
        try:
            for verb, ids in _read(text):
                if verb == "subscribe":
                    self._ids |= ids
                else:
                    self._ids -= ids
        except ValueError as error:
            return {"type": "error", "detail": str(error)}
        return {"type": "subscribed", "ids": sorted(self._ids)}


def _read(text: str | None) -> Iterator[tuple[str, set[str]]]:
    """The one verb of a command, with its ids; raises ValueError if it is none."""
    try:
        command = json.loads(text or "")
    except RecursionError as error:
        raise ValueError("too deep") from error
    match command:
        case {"subscribe": [*ids]} if all(isinstance(one, str) for one in ids):
            yield "subscribe", set(ids)
        case {"unsubscribe": [*ids]} if all(isinstance(one, str) for one in ids):
            yield "unsubscribe", set(ids)
        case _:
            raise ValueError("that is no command")
