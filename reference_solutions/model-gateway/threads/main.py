import hashlib
import hmac
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import uuid4

import anyio.to_thread
import routing
from batches import Failed, Full, Pool
from config import ADMIN, MAX_QUEUE, MODELS, RUNTIME, TIERS
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response
from limits import take
from metrics import CountedRoute
from prometheus_client import generate_latest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, conint, conlist, constr
from transport import Broken, Late, Line

SPARE = 64  # threads for what does not wait: refusals, fingerprints, health

up = threading.Event()


def wait_for_runtime() -> None:
    """Until it has been there once."""
    line = Line(RUNTIME)
    while not up.is_set():
        try:
            if line.call("GET", "/v1/health", None, 1.0)[0] == 200:
                up.set()
        except (Broken, Late):
            pass
        time.sleep(0.2)


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = MAX_QUEUE + SPARE
    threading.Thread(target=wait_for_runtime, daemon=True).start()
    yield


app = FastAPI(title="Gateway with threads", lifespan=lifespan)
pool = Pool()


class Strict(BaseModel):
    model_config = ConfigDict(allow_inf_nan=False)


class Asked(Strict):
    user_id: constr(min_length=1, max_length=64)  # type: ignore[valid-type]
    inputs: conlist(float, min_length=1, max_length=64)  # type: ignore[valid-type]


class Text(Strict):
    text: constr(min_length=1, max_length=10000)  # type: ignore[valid-type]
    rounds: conint(ge=1, le=2000000)  # type: ignore[valid-type]


class Weights(Strict):
    weights: dict[str, Annotated[int, Field(ge=0, le=100)]]


def body_of(kind: type[Strict]) -> Any:
    async def read(request: Request) -> Strict:
        try:
            return kind.model_validate_json(await request.body())
        except ValidationError as error:
            problems = error.errors(include_url=False, include_input=False, include_context=False)
            raise HTTPException(422, problems) from error

    return Depends(read)


async def caller(request: Request) -> str:
    key = request.headers.get("X-API-Key", "")
    if key not in TIERS:
        raise HTTPException(401, "unknown key")
    return key


async def administrator(request: Request) -> None:
    if not hmac.compare_digest(request.headers.get("X-Admin-Key", "").encode(), ADMIN.encode()):
        raise HTTPException(401, "unknown admin key")


async def known(name: str) -> str:
    if name not in MODELS:
        raise HTTPException(404, "unknown model")
    return name


Caller, Known = Annotated[str, Depends(caller)], Annotated[str, Depends(known)]
counted = APIRouter(route_class=CountedRoute)


@counted.post("/models/{name}/predict")
def predict(key: Caller, name: Known, request: Request, asked: Annotated[Asked, body_of(Asked)]) -> dict[str, Any]:
    if not take(key):
        raise HTTPException(429, "too many requests", {"Retry-After": "1"})
    version = routing.version_for(asked.user_id, name)
    request.state.labels = {"model": name, "version": version, "tier": TIERS[key]}
    try:
        output = pool.predict(name, version, asked.inputs)
    except Full as full:
        raise HTTPException(503, "overloaded", {"Retry-After": "1"}) from full
    except Failed as failed:
        raise HTTPException(failed.status, "no prediction") from failed
    return {"model": name, "version": version, "output": output, "request_id": str(uuid4())}


app.include_router(counted)


@app.post("/models/{name}/fingerprint", dependencies=[Depends(caller)])
def fingerprint(name: Known, asked: Annotated[Text, body_of(Text)]) -> dict[str, str]:
    made = hashlib.pbkdf2_hmac("sha256", asked.text.encode(), name.encode(), asked.rounds, dklen=32)
    return {"digest": made.hex()}


@app.get("/models", dependencies=[Depends(caller)])
def models() -> dict[str, Any]:
    return {"items": [{"name": name, "versions": routing.current(name)} for name in MODELS]}


@app.put("/admin/models/{name}/routing", dependencies=[Depends(administrator)])
def route(name: Known, body: Annotated[Weights, body_of(Weights)]) -> str:
    if not routing.change(name, body.weights):
        raise HTTPException(422, "these weights are wrong")
    return "done"


@app.get("/health")
def health() -> str:
    return "alive"


@app.get("/ready")
def ready() -> Response:
    return Response("yes" if up.is_set() else "not yet", 200 if up.is_set() else 503)


@app.get("/metrics")
def metrics() -> Response:
    return Response(generate_latest(), media_type="text/plain")
