"""The application's factory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import event
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from receipts.api import router
from receipts.tables import Base, tune

URL = "sqlite+aiosqlite:///receipts.sqlite3"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    engine = create_async_engine(URL, connect_args={"timeout": 60})
    event.listen(engine.sync_engine, "connect", tune)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    app.state.sessions = async_sessionmaker(engine, expire_on_commit=False)
    yield
    await engine.dispose()


def create_app() -> FastAPI:
    app = FastAPI(title="Receipts", lifespan=lifespan)
    app.include_router(router)
    return app
