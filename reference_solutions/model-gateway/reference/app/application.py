"""How the parts are put together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app import errors, routes
from app.config import Settings
from app.fingerprints import Fingerprints
from app.gateway import Gateway
from app.metrics import Metrics, MetricsMiddleware
from app.readiness import Readiness
from app.runtime import Runtime


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    async with Runtime.open(settings.runtime_url, settings.runtime_timeout) as runtime:
        app.state.gateway = Gateway(settings, runtime)
        app.state.readiness = Readiness(runtime.healthy)
        with Fingerprints.open() as app.state.fingerprints:
            watching = asyncio.create_task(app.state.readiness.watch())
            yield
            # uvicorn ends the lifespan after the last answer: predictions that were under way are complete by now.
            watching.cancel()


def create_app(settings: Settings) -> FastAPI:
    app = FastAPI(title="Model gateway", version="1.0.0", lifespan=_lifespan)
    app.state.settings = settings
    app.state.metrics = Metrics()
    app.include_router(routes.router)
    app.add_middleware(MetricsMiddleware, metrics=app.state.metrics)
    errors.install(app)
    return app
