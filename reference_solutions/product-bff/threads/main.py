import hmac
import re
import uuid
from typing import Annotated, Any

import jwt
from config import KEY, SECRET
from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request, WebSocket
from fastapi.responses import JSONResponse
from prices import board, serve
from pydantic import BaseModel, field_validator
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from upstreams import Batch, Failed

MOST = 20
SCOPE = "products:read"


class Correlation:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sent = dict(scope.get("headers", ())).get(b"x-request-id", b"")
        chosen = sent if re.fullmatch(rb"[a-zA-Z0-9._-]{1,128}", sent) else uuid.uuid4().hex.encode()
        scope["request_id"] = chosen.decode()

        async def reply(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", chosen)]
            await send(message)

        await self.app(scope, receive, reply)


app = FastAPI(title="Product BFF with threads")
app.add_middleware(Correlation)


@app.exception_handler(Failed)
def failed(_request: Request, failure: Failed) -> JSONResponse:
    return JSONResponse({"detail": type(failure).__name__}, failure.status)


def allowed(token: str) -> bool | None:
    """Whether the token is for reading products; None if it does not hold."""
    try:
        claims = jwt.decode(token, SECRET, algorithms=["HS256"], leeway=30, options={"require": ["exp"]})
    except jwt.PyJWTError:
        return None
    scope = claims.get("scope")
    return isinstance(scope, str) and SCOPE in scope.split()


def products_read(authorization: Annotated[str | None, Header()] = None) -> None:
    scheme, _, token = (authorization or "").partition(" ")
    verdict = allowed(token) if scheme in {"Bearer", "bearer"} else None
    if verdict is None:
        raise HTTPException(401, "no valid token", {"WWW-Authenticate": 'Bearer error="invalid_token"'})
    if not verdict:
        raise HTTPException(403, "not allowed")


def internal(request: Request) -> None:
    sent = request.headers.get("x-internal-key", "")
    if not hmac.compare_digest(sent.encode(), KEY.encode()):
        raise HTTPException(401, "wrong key")


def batch(request: Request) -> Batch:
    return Batch(request.scope["request_id"])


class Changed(BaseModel):
    id: str
    amount: str
    currency: str

    @field_validator("amount")
    @classmethod
    def two_decimals(cls, amount: str) -> str:
        if not re.fullmatch(r"[+-]?\d+\.\d\d", amount):
            raise ValueError("two decimals are due")
        return amount


@app.get("/health")
def health() -> dict[str, bool]:
    return {"alive": True}


@app.get("/products", dependencies=[Depends(products_read)])
def several(ids: Annotated[str, Query()], calls: Annotated[Batch, Depends(batch)]) -> dict[str, Any]:
    wanted = [one for one in ids.split(",") if one]
    if len(wanted) > MOST:
        raise HTTPException(422, f"no more than {MOST} ids")
    return {"items": calls.products(wanted)}


@app.get("/products/{product_id}", dependencies=[Depends(products_read)])
def single(product_id: str, calls: Annotated[Batch, Depends(batch)]) -> dict[str, Any]:
    found = calls.products([product_id])
    if not found:
        raise HTTPException(404, "no such product")
    return found[0]


@app.post("/internal/price-changed", status_code=202, dependencies=[Depends(internal)])
def price_changed(change: Changed) -> dict[str, Any]:
    board.announce(change.model_dump())
    return {}


@app.websocket("/ws/prices")
async def prices(socket: WebSocket) -> None:
    await socket.accept()
    if allowed(socket.query_params.get("token", "")):
        await serve(socket)
    else:
        await socket.close(1008, "token")
