"""The application on a database of its own, and a ledger that answers as a test says."""

import asyncio
import importlib
import json
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

os.environ |= {
    "WEBHOOK_SECRET": "a secret",
    "LEDGER_URL": "http://ledger",
    "ADMIN_API_KEY": "a key",
    "DATABASE_URL": "sqlite+aiosqlite://",  # each test has its own
}

import httpx
import pytest
import respx
from asgi_lifespan import LifespanManager
from inbox.signing import signature

main = importlib.import_module("inbox.main")

Inbox = Callable[[], AbstractAsyncContextManager[httpx.AsyncClient]]


class Ledger:
    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.now = 0
        self.open = asyncio.Event()
        self.open.set()
        self.says: Callable[[str], httpx.Response] = lambda _key: httpx.Response(201)

    @property
    def keys(self) -> list[str]:
        return [key for key, _ in self.calls]

    async def called(self, request: httpx.Request) -> httpx.Response:
        key = request.headers["Idempotency-Key"]
        self.calls.append((key, json.loads(request.content)))
        self.now += 1
        try:
            await self.open.wait()
        finally:
            self.now -= 1
        return self.says(key)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    played = Ledger()
    with respx.mock(assert_all_called=False) as routes:
        routes.post("http://ledger/entries").mock(side_effect=played.called)
        yield played


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Inbox:
    """Starts the service, as often as a test wants, on what was there before."""
    monkeypatch.setattr(main.settings, "database_url", f"sqlite+aiosqlite:///{tmp_path}/inbox.db")

    @asynccontextmanager
    async def start() -> AsyncIterator[httpx.AsyncClient]:
        async with LifespanManager(main.app) as running:
            transport = httpx.ASGITransport(running.app)
            headers = {"X-API-Key": "a key"}
            async with httpx.AsyncClient(transport=transport, base_url="http://inbox", headers=headers) as client:
                yield client

    return start


@pytest.fixture
async def client(inbox: Inbox) -> AsyncIterator[httpx.AsyncClient]:
    async with inbox() as client:
        yield client


def body(event_id: str, payment_id: str = "pay-1") -> dict[str, Any]:
    data = {"payment_id": payment_id, "amount": 990, "currency": "CHF"}
    return {"event_id": event_id, "type": "refund.created", "created": 1_700_000_000, "data": data}


async def send(client: httpx.AsyncClient, content: bytes, late: int = 0) -> httpx.Response:
    sent = str(int(time.time()) - late)
    headers = {"X-Signature": f"t={sent},v1={signature('a secret', sent, content)}"}
    return await client.post("/webhooks/payments", content=content, headers=headers)


async def deliver(client: httpx.AsyncClient, event_id: str, payment_id: str = "pay-1") -> int:
    return (await send(client, json.dumps(body(event_id, payment_id)).encode())).status_code


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(15):
        while not condition():  # noqa: ASYNC110  (there is nothing to wait for but the condition)
            await asyncio.sleep(0.01)


async def settled(client: httpx.AsyncClient, event_id: str) -> dict[str, Any]:
    async with asyncio.timeout(15):
        while True:
            event: dict[str, Any] = (await client.get(f"/events/{event_id}")).json()
            if event["status"] != "pending":
                return event
            await asyncio.sleep(0.01)
