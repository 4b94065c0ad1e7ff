import asyncio
import hmac
import json
import math
import multiprocessing
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from itertools import count
from typing import Annotated, Any

from fastapi import Body, Depends, FastAPI, Header, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, Field, StrictInt, field_validator

from gateway.hashing import digest
from gateway.limits import Limiter
from gateway.metrics import Metrics
from gateway.runtime import Runtime, Trouble
from gateway.settings import Settings
from gateway.versions import choose


class Asked(BaseModel):
    user_id: Annotated[str, Field(min_length=1, max_length=64)]
    inputs: Annotated[list[float], Field(min_length=1, max_length=64)]

    @field_validator("inputs")
    @classmethod
    def finite(cls, inputs: list[float]) -> list[float]:
        if not all(map(math.isfinite, inputs)):
            raise ValueError("finite numbers are due")
        return inputs


class Text(BaseModel):
    text: Annotated[str, Field(min_length=1, max_length=10_000)]
    rounds: Annotated[int, Field(ge=1, le=2_000_000)]


class Weights(BaseModel):
    weights: dict[str, StrictInt]


class State:
    """Everything that lives as long as the application."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.limiter = Limiter(settings.tiers)
        self.metrics = Metrics()
        self.weights = {model: dict(versions) for model, versions in settings.models.items()}
        self.waiting = 0
        self.numbers = count(1)
        self.runtime: Runtime
        self.processes: ProcessPoolExecutor


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    state: State = app.state.all
    # Not forked: a copy of this process would keep its sockets.
    state.processes = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
    try:
        async with Runtime.open(state.settings) as state.runtime:
            yield
    finally:
        state.processes.shutdown(wait=False, cancel_futures=True)


def create_app() -> FastAPI:
    app = FastAPI(title="Gateway", lifespan=lifespan)
    app.state.all = State(Settings.from_environment())
    app.middleware("http")(measure)
    app.exception_handler(RequestValidationError)(explain)
    app.get("/health")(health)
    app.get("/ready")(ready)
    app.get("/metrics")(metrics)
    app.get("/models", dependencies=[Depends(client)])(models)
    app.post("/models/{model}/predict")(predict)
    app.post("/models/{model}/fingerprint", dependencies=[Depends(client)])(fingerprint)
    app.put("/admin/models/{model}/routing", dependencies=[Depends(admin)])(route)
    return app


async def measure(request: Request, handle: Callable[[Request], Awaitable[Response]]) -> Response:
    if request.method != "POST" or not request.url.path.endswith("/predict"):
        return await handle(request)
    request.state.labels = ("-", "-")
    began = time.monotonic()
    response = await handle(request)
    seconds = time.monotonic() - began
    request.app.state.all.metrics.add(*request.state.labels, response.status_code, seconds)
    return response


async def explain(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return JSONResponse({"detail": [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]}, 422)


async def everything(request: Request) -> State:
    state: State = request.app.state.all
    return state


TheState = Annotated[State, Depends(everything)]


async def client(state: TheState, x_api_key: Annotated[str, Header()] = "") -> str:
    if x_api_key not in state.settings.tiers:
        raise HTTPException(401, "no such key")
    return x_api_key


async def admin(state: TheState, x_admin_key: Annotated[str, Header()] = "") -> None:
    if not hmac.compare_digest(x_admin_key.encode(), state.settings.admin.encode()):
        raise HTTPException(401, "not for you")


async def known(model: str, state: TheState) -> str:
    if model not in state.weights:
        raise HTTPException(404, f"no model {model}")
    return model


async def health() -> bool:
    return True


async def ready(state: TheState) -> JSONResponse:
    well = await state.runtime.healthy()
    return JSONResponse({"runtime": "up" if well else "down"}, 200 if well else 503)


async def metrics(state: TheState) -> PlainTextResponse:
    return PlainTextResponse(state.metrics.text(), media_type="text/plain; version=0.0.4")


async def models(state: TheState) -> Any:
    return {
        "items": [
            {"name": model, "versions": {version: weight for version, weight in weights.items() if weight}}
            for model, weights in state.weights.items()
        ]
    }


async def route(model: Annotated[str, Depends(known)], body: Weights, state: TheState) -> Response:
    weights = body.weights
    if any(version not in state.settings.models[model] for version in weights):
        raise HTTPException(422, "unknown version")
    if sum(weights.values()) != 100 or not all(0 <= weight <= 100 for weight in weights.values()):
        raise HTTPException(422, "weights are 0 to 100, and 100 together")
    state.weights[model] = weights
    return Response(status_code=200)


async def predict(
    key: Annotated[str, Depends(client)],
    model: Annotated[str, Depends(known)],
    asked: Annotated[Asked, Body()],
    state: TheState,
    request: Request,
) -> Any:
    version = choose(model, asked.user_id, state.weights[model])
    request.state.labels = (model, version)
    if state.waiting >= state.settings.queue:
        raise HTTPException(503, "come back later", {"Retry-After": "2"})
    if seconds := state.limiter.admit(key):
        raise HTTPException(429, "slow down", {"Retry-After": str(seconds)})
    state.waiting += 1
    try:
        output = await state.runtime.workers[model, version].submit(asked.inputs)
    except Trouble as trouble:
        raise HTTPException(trouble.status, "the runtime has a problem") from trouble
    finally:
        state.waiting -= 1
    return Response(
        json.dumps({"model": model, "version": version, "output": output, "request_id": next(state.numbers)}),
        media_type="application/json",
    )


async def fingerprint(model: Annotated[str, Depends(known)], asked: Text, state: TheState) -> dict[str, str]:
    loop = asyncio.get_running_loop()
    return {"digest": await loop.run_in_executor(state.processes, digest, asked.text, model, asked.rounds)}
