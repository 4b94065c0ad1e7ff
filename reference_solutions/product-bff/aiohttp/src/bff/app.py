import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from secrets import token_hex
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query, Request, Response, WebSocket
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from bff import products
from bff.auth import SCOPE, granted, insider, reader
from bff.feed import Log, Reader
from bff.gateway import Round, open_session
from bff.settings import Settings

IDS = 20


class Change(BaseModel):
    id: str
    amount: str = Field(pattern=r"^-?[0-9]+\.[0-9]{2}$")
    currency: str


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with open_session(app.state.settings.seconds) as session:
        app.state.session = session
        yield


def create_app() -> FastAPI:
    app = FastAPI(title="BFF", lifespan=lifespan)
    app.state.settings = Settings.from_environment()
    app.state.log = Log()
    app.middleware("http")(correlate)
    app.exception_handler(RequestValidationError)(explain)
    app.get("/health")(health)
    app.get("/products", dependencies=[Depends(reader)])(read_many)
    app.get("/products/{product_id}", dependencies=[Depends(reader)])(read_one)
    app.post("/internal/price-changed", status_code=202, dependencies=[Depends(insider)])(price_changed)
    app.websocket("/ws/prices")(prices)
    return app


async def correlate(request: Request, handle: Callable[[Request], Awaitable[Response]]) -> Response:
    sent = request.headers.get("X-Request-ID", "")
    request.state.id = sent if re.fullmatch(r"[\w.-]{1,128}", sent, re.ASCII) else token_hex(16)
    response = await handle(request)
    response.headers["X-Request-ID"] = request.state.id
    return response


async def explain(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    problems = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
    return JSONResponse({"detail": problems}, 422)


def calls(request: Request) -> Round:
    return Round(request.app.state.session, request.state.id)


Calls = Annotated[Round, Depends(calls)]


async def health() -> bool:
    return True


async def read_one(product_id: str, request: Request, calls: Calls) -> Any:
    return await products.one(product_id, request.app.state.settings, calls)


async def read_many(ids: Annotated[str, Query()], request: Request, calls: Calls) -> Any:
    wanted = ids.split(",")
    if len(wanted) > IDS:
        return JSONResponse({"detail": f"{len(wanted)} ids are too many"}, 422)
    return {"items": await products.many(wanted, request.app.state.settings, calls)}


async def price_changed(change: Change, request: Request) -> None:
    request.app.state.log.append(change.model_dump())


async def prices(socket: WebSocket, token: str | None = None) -> None:
    await socket.accept()
    if SCOPE not in (granted(token or "", socket.app.state.settings.secret) or ()):
        await socket.close(1008)
        return
    await Reader(socket, socket.app.state.log).run()
