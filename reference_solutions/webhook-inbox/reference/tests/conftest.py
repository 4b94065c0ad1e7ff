"""A fresh application for every test, on a database that Alembic made, with a ledger that respx plays."""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
from alembic import command
from alembic.config import Config
from app.application import create_app
from app.config import Settings
from app.signatures import sign
from asgi_lifespan import LifespanManager
from pydantic import SecretStr

ROOT = Path(__file__).parent.parent
SECRET, ADMIN = b"a-secret", "an-admin-key"

Service = Callable[[], AbstractAsyncContextManager[httpx.AsyncClient]]


class Ledger:
    """Enters everything, once `hold` is set, unless a test says otherwise. `held` narrows down what waits for it."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.bodies: list[dict[str, Any]] = []
        self.times: list[float] = []
        self.calls_at_once = self._running = 0
        self.hold = asyncio.Event()
        self.hold.set()
        self.held: set[str] | None = None
        self.answer: Callable[[str], httpx.Response] = lambda _key: httpx.Response(201)

    async def enter(self, request: httpx.Request) -> httpx.Response:
        key = request.headers["Idempotency-Key"]
        self.keys.append(key)
        self.bodies.append(json.loads(request.content))
        self.times.append(time.monotonic())
        self._running += 1
        self.calls_at_once = max(self.calls_at_once, self._running)
        try:
            if self.held is None or key in self.held:
                await self.hold.wait()
        finally:
            self._running -= 1
        return self.answer(key)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    played = Ledger()
    with respx.mock(assert_all_called=False) as router:
        router.post("http://ledger/entries").mock(side_effect=played.enter)
        yield played


@pytest.fixture
def database_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A new SQLite file, unless `TEST_DATABASE_URL` names another database, which is emptied before each test."""
    url = os.environ.get("TEST_DATABASE_URL") or f"sqlite+aiosqlite:///{tmp_path}/inbox.db"
    monkeypatch.setenv("DATABASE_URL", url)
    return url


@pytest.fixture
def migrations(database_url: str) -> Config:  # noqa: ARG001  (read from the environment)
    config = Config(ROOT / "alembic.ini")
    command.downgrade(config, "base")
    return config


@pytest.fixture
def service(migrations: Config, database_url: str) -> Service:
    """Starts the service; again and again, on one database."""
    command.upgrade(migrations, "head")
    settings = Settings(
        database_url=database_url,
        webhook_secret=SecretStr(SECRET.decode()),
        ledger_url="http://ledger",
        admin_api_key=SecretStr(ADMIN),
    )

    @asynccontextmanager
    async def start() -> AsyncIterator[httpx.AsyncClient]:
        async with LifespanManager(create_app(settings)) as manager:
            transport, headers = httpx.ASGITransport(manager.app), {"X-API-Key": ADMIN}
            async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client:
                yield client

    return start


@pytest.fixture
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with service() as client:
        yield client


def webhook(event_id: str, payment_id: str = "pay-1", **members: Any) -> dict[str, Any]:
    data = {"payment_id": payment_id, "amount": 1250, "currency": "EUR"}
    return {"event_id": event_id, "type": "payment.succeeded", "created": 1_700_000_000, "data": data} | members


async def post(client: httpx.AsyncClient, body: bytes, age: int = 0) -> httpx.Response:
    """Deliver a body, signed so many seconds ago."""
    timestamp = str(int(time.time()) - age)
    signature = f"t={timestamp},v1={sign(SECRET, timestamp, body)}"
    return await client.post("/webhooks/payments", content=body, headers={"X-Signature": signature})


async def deliver(client: httpx.AsyncClient, event_id: str, payment_id: str = "pay-1") -> httpx.Response:
    return await post(client, json.dumps(webhook(event_id, payment_id)).encode())


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(8):
        while not condition():  # noqa: ASYNC110  (what is waited for has no event)
            await asyncio.sleep(0.01)


async def settled(client: httpx.AsyncClient, event_id: str) -> dict[str, Any]:
    """Wait until an event is no longer pending, and return it."""
    async with asyncio.timeout(8):
        while True:
            event: dict[str, Any] = (await client.get(f"/events/{event_id}")).json()
            if event["status"] != "pending":
                return event
            await asyncio.sleep(0.01)
