"""The application: `uvicorn app.main:app`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app import errors, routes
from app.config import Settings
from app.database import Database


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    database = Database(app.state.settings.database_url)
    try:
        await database.create_tables()
        app.state.database = database
        yield
    finally:
        await database.close()


def create_app(settings: Settings | None = None) -> FastAPI:
    app = FastAPI(title="User directory", version="1.0.0", lifespan=_lifespan)
    app.state.settings = settings or Settings()
    app.include_router(routes.router)
    errors.install(app)

    @app.get("/health", tags=["service"])
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    return app


app = create_app()
