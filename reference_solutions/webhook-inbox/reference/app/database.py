"""Engine and sessions, on SQLite or PostgreSQL. One `Database` lives as long as the application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

BUSY_TIMEOUT = 30  # seconds


def _tune_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")  # readers do not wait for a writer
    cursor.execute("PRAGMA synchronous=FULL")  # a 202 is a promise: it holds when the power fails, too
    cursor.close()


def _engine(url: str) -> AsyncEngine:
    if make_url(url).get_backend_name() != "sqlite":
        # A server may have been restarted since a connection was last used. Its commits are durable by default.
        return create_async_engine(url, pool_timeout=BUSY_TIMEOUT, pool_pre_ping=True)
    engine = create_async_engine(url, connect_args={"timeout": BUSY_TIMEOUT}, pool_timeout=BUSY_TIMEOUT)
    event.listen(engine.sync_engine, "connect", _tune_sqlite)
    return engine


class Database:
    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)
        self._writer = asyncio.Lock()

    def read(self) -> AsyncSession:
        return self._sessions()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """Commit at the end of the block, or roll back.

        SQLite has one writer at a time. Those who wait for it sleep for up to 100 ms between two looks, in no order; a
        lock here hands the turn over at once. PostgreSQL has many, and gives out numbers before it commits: there the
        lock makes the order of numbers the order of acceptance.
        """
        async with self._writer, self._sessions.begin() as session:
            yield session

    async def close(self) -> None:
        await self._engine.dispose()
