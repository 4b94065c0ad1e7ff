"""Engine and sessions. One `Database` lives as long as the application."""

from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from app.models import Base


def _tune(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")  # readers do not wait for a writer
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()


class Database:
    def __init__(self, url: str) -> None:
        # `timeout`: a writer waits this many seconds for another one before "database is locked".
        self._engine = create_async_engine(url, connect_args={"timeout": 30})
        event.listen(self._engine.sync_engine, "connect", _tune)
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)

    async def create_tables(self) -> None:
        async with self._engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)

    def session(self) -> AsyncSession:
        return self._sessions()

    async def close(self) -> None:
        await self._engine.dispose()
