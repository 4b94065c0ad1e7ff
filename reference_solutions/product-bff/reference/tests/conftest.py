"""A fresh application for every test, with upstreams that respx plays."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import httpx
import jwt
import pytest
import respx
from app.application import create_app
from app.config import Settings
from asgi_lifespan import LifespanManager
from fastapi import FastAPI
from pydantic import SecretStr

SECRET = "a-secret-for-tests-of-32-bytes-or-more"
KEY = "an-internal-key"


class Upstreams:
    """All three answer well, for any id, unless a test says otherwise."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.requests: list[httpx.Request] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self.hold = asyncio.Event()
        self.hold.set()
        self._changed = asyncio.Condition()
        self._plans: dict[tuple[str, str], list[httpx.Response | Exception | None]] = {}

    def plan(self, name: str, product_id: str, *answers: httpx.Response | Exception | None) -> None:
        """What the first, second, … call is answered with. None: nothing, for ever."""
        self._plans[name, product_id] = list(answers)

    async def are_in_flight(self, number: int) -> None:
        async with asyncio.timeout(5), self._changed:
            await self._changed.wait_for(lambda: self.in_flight >= number)

    async def answer(self, request: httpx.Request) -> httpx.Response:
        name, product_id = request.url.host, request.url.path.rsplit("/")[-1]
        self.calls.append((name, product_id))
        self.requests.append(request)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        async with self._changed:
            self._changed.notify_all()
        try:
            await self.hold.wait()
            return await self._next(name, product_id)
        finally:
            self.in_flight -= 1

    async def _next(self, name: str, product_id: str) -> httpx.Response:
        plan = self._plans.get((name, product_id))
        answer = plan.pop(0) if plan else self._good(name, product_id)
        if answer is None:
            await asyncio.Event().wait()
        if isinstance(answer, Exception):
            raise answer
        assert answer
        return answer

    def _good(self, name: str, product_id: str) -> httpx.Response:
        bodies: dict[str, dict[str, object]] = {
            "catalog": {"id": product_id, "title": f"The {product_id}"},
            "pricing": {"amount": "12.50", "currency": "EUR"},
            "reviews": {"rating": 4.5, "count": 12},
        }
        return httpx.Response(200, json=bodies[name])


def token(secret: str = SECRET, **claims: object) -> str:
    valid = {"exp": int(time.time()) + 600, "scope": "products:read"}
    return jwt.encode({**valid, **claims}, secret, algorithm="HS256")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def upstreams() -> Iterator[Upstreams]:
    played = Upstreams()
    with respx.mock(assert_all_called=False) as router:
        router.route(host__in=["catalog", "pricing", "reviews"]).mock(side_effect=played.answer)
        yield played


@pytest.fixture
def app() -> FastAPI:
    settings = Settings(
        catalog_url="http://catalog",
        pricing_url="http://pricing",
        reviews_url="http://reviews",
        upstream_timeout=0.2,
        auth_secret=SecretStr(SECRET),
        internal_key=SecretStr(KEY),
    )
    return create_app(settings)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with LifespanManager(app) as manager:
        transport = httpx.ASGITransport(manager.app)
        headers = {"Authorization": f"Bearer {token()}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client:
            yield client
