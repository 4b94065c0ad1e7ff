"""How the parts are put together."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from app import errors, events, webhooks
from app.config import Settings
from app.cursors import Cursors
from app.database import Database
from app.ledger import Ledger
from app.processing import Dispatcher
from app.store import EventStore


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    async with AsyncExitStack() as stack:
        database = Database(settings.database_url)
        stack.push_async_callback(database.close)
        ledger = await stack.enter_async_context(Ledger.open(settings.ledger_url))
        app.state.store = EventStore(database)
        app.state.dispatcher = Dispatcher(app.state.store, ledger)
        # First to end: lanes need the ledger and the database until they have stopped.
        stack.push_async_callback(app.state.dispatcher.stop)
        await app.state.dispatcher.recover()
        yield


def create_app(settings: Settings) -> FastAPI:
    app = FastAPI(title="Webhook inbox", version="1.0.0", lifespan=_lifespan)
    app.state.settings = settings
    app.state.cursors = Cursors(settings.webhook_secret.get_secret_value().encode())
    app.include_router(webhooks.router)
    app.include_router(events.router)
    errors.install(app)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    return app
