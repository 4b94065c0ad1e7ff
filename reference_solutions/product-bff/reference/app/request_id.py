"""`X-Request-ID`: taken from the caller or made up, sent to every upstream, echoed on every answer."""

import re
from contextvars import ContextVar
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-ID"
_FORM = re.compile(r"[A-Za-z0-9._-]{1,128}")

request_id: ContextVar[str] = ContextVar("request_id")
"""The id of the request that the current task works for; tasks started for it inherit the value."""


def _choose(sent: str | None) -> str:
    if sent is not None and _FORM.fullmatch(sent):
        return sent
    return str(uuid4())


class RequestIdMiddleware:
    """Plain ASGI, so that it stands outside of routing and sees 404, 405 and 422 as well."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        chosen = _choose(Headers(scope=scope).get(HEADER))
        request_id.set(chosen)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = chosen
            await send(message)

        await self._app(scope, receive, send_with_id)
