"""A fresh application for every test, with a runtime that respx plays."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest
import respx
from app.application import create_app
from app.config import Client, Settings
from asgi_lifespan import LifespanManager
from fastapi import FastAPI
from pydantic import SecretStr

KEY, FREE, ADMIN = "a-pro-key", "a-free-key", "an-admin-key"


class Runtime:
    """Answers with the sum of each inputs, once `hold` is set, unless a test says otherwise."""

    def __init__(self) -> None:
        self.batches: list[dict[str, Any]] = []
        self.in_flight = 0
        self.hold = asyncio.Event()
        self.hold.set()
        self.healthy = True
        self.answer: Callable[[dict[str, Any]], httpx.Response] = summed
        self._changed = asyncio.Condition()

    async def called(self, number: int) -> None:
        """Wait until so many calls have come."""
        async with asyncio.timeout(5), self._changed:
            await self._changed.wait_for(lambda: len(self.batches) >= number)

    async def infer(self, request: httpx.Request) -> httpx.Response:
        call = json.loads(request.content)
        self.batches.append(call)
        self.in_flight += 1
        async with self._changed:
            self._changed.notify_all()
        try:
            await self.hold.wait()
            return self.answer(call)
        finally:
            self.in_flight -= 1

    def health(self, _request: httpx.Request) -> httpx.Response:
        return httpx.Response(200 if self.healthy else 503)


def summed(call: dict[str, Any]) -> httpx.Response:
    return httpx.Response(200, json={"outputs": [sum(inputs) for inputs in call["batch"]]})


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    played = Runtime()
    with respx.mock(assert_all_called=False) as router:
        router.post("http://runtime/v1/infer").mock(side_effect=played.infer)
        router.get("http://runtime/v1/health").mock(side_effect=played.health)
        yield played


@pytest.fixture
def app() -> FastAPI:
    settings = Settings(
        runtime_url="http://runtime",
        api_keys={KEY: Client(tier="pro"), FREE: Client(tier="free")},
        admin_key=SecretStr(ADMIN),
        models={"ranker": {"v1": 100, "v2": 0}, "scorer": {"a": 50, "b": 50}},
        batch_window_ms=5,
        max_batch=4,
        max_queue=12,
        runtime_timeout=0.3,
    )
    return create_app(settings)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with LifespanManager(app) as manager:
        transport = httpx.ASGITransport(manager.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers={"X-API-Key": KEY}) as client:
            yield client
