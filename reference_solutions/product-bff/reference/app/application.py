"""How the parts are put together."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from app import errors, routes, sockets
from app.config import Settings
from app.hub import Hub
from app.products import Products
from app.request_id import RequestIdMiddleware
from app.upstream import Upstream


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    async with AsyncExitStack() as stack:
        upstreams = [
            await stack.enter_async_context(Upstream.open(url, settings.upstream_timeout))
            for url in (settings.catalog_url, settings.pricing_url, settings.reviews_url)
        ]
        app.state.products = Products(*upstreams)
        app.state.hub = Hub()
        yield


def create_app(settings: Settings) -> FastAPI:
    app = FastAPI(title="Product BFF", version="1.0.0", lifespan=_lifespan)
    app.state.settings = settings
    app.include_router(routes.router)
    app.include_router(sockets.router)
    app.add_middleware(RequestIdMiddleware)
    errors.install(app)
    return app
