"""A fresh application on a database of its own for every test."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from app.config import Settings
from app.main import create_app
from asgi_lifespan import LifespanManager


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(database_url=f"sqlite+aiosqlite:///{tmp_path}/users.db", password_cost=16)
    async with LifespanManager(create_app(settings)) as manager:
        transport = httpx.ASGITransport(manager.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield client
