"""Prices for browsers. Changes come from threads, sockets live on the event loop."""

import asyncio
import json
import threading
from collections import defaultdict
from typing import Any

from fastapi import WebSocket, WebSocketDisconnect

PATIENCE = 5.0  # seconds that a browser may take to fetch one message


class Browser:
    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._loop = asyncio.get_running_loop()
        self._letters: asyncio.Queue[str] = asyncio.Queue()
        self.ids: set[str] = set()

    def post(self, message: dict[str, Any]) -> None:
        """From any thread. Messages are sent in the order in which this was called."""
        self._loop.call_soon_threadsafe(self._letters.put_nowait, json.dumps(message))

    async def deliver(self) -> None:
        try:
            while True:
                letter = await self._letters.get()
                await asyncio.wait_for(self._socket.send_text(letter), PATIENCE)
        except (TimeoutError, WebSocketDisconnect, RuntimeError):
            return

    async def receive(self) -> str | None:
        """The next message's text; None if the browser is gone."""
        message = await self._socket.receive()
        return None if message["type"] == "websocket.disconnect" else message.get("text") or ""


class Board:
    """Who wants to know what. One lock, so that everybody hears changes in one order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted: defaultdict[str, set[Browser]] = defaultdict(set)

    def announce(self, change: dict[str, str]) -> None:
        with self._lock:
            for browser in self._wanted.get(change["id"], ()):
                browser.post({"type": "price", **change})

    def subscribe(self, browser: Browser, ids: list[str]) -> None:
        with self._lock:
            browser.ids.update(ids)
            for one in ids:
                self._wanted[one].add(browser)
            self._confirm(browser)

    def unsubscribe(self, browser: Browser, ids: list[str]) -> None:
        with self._lock:
            self._drop(browser, browser.ids.intersection(ids))
            self._confirm(browser)

    def leave(self, browser: Browser) -> None:
        with self._lock:
            self._drop(browser, set(browser.ids))

    def _confirm(self, browser: Browser) -> None:
        browser.post({"type": "subscribed", "ids": sorted(browser.ids)})

    def _drop(self, browser: Browser, ids: set[str]) -> None:
        browser.ids -= ids
        for one in ids:
            self._wanted[one].discard(browser)
            if not self._wanted[one]:
                del self._wanted[one]


board = Board()


async def serve(socket: WebSocket) -> None:
    browser = Browser(socket)
    ends = [asyncio.create_task(browser.deliver()), asyncio.create_task(_listen(browser))]
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        board.leave(browser)
        for end in ends:
            end.cancel()


async def _listen(browser: Browser) -> None:
    while (text := await browser.receive()) is not None:
        verb, ids = _parse(text)
        if verb == "subscribe":
            board.subscribe(browser, ids)
        elif verb == "unsubscribe":
            board.unsubscribe(browser, ids)
        else:
            browser.post({"type": "error", "detail": "subscribe or unsubscribe, with a list of ids"})


def _parse(text: str) -> tuple[str, list[str]]:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return "", []
    for verb in ("subscribe", "unsubscribe"):
        ids = message.get(verb) if isinstance(message, dict) else None
        if isinstance(ids, list) and all(isinstance(one, str) for one in ids):
            return verb, ids
    return "", []
