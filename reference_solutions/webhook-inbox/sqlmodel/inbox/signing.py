"""Signatures of webhooks, judged on bytes before the application sees them; and cursors, which are signed as well."""

import hmac
import re
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY = 65_536
MAX_AGE = 300

_HEADER = re.compile(r"t=([0-9]{1,15}),v1=([0-9a-f]{64})")
_MAC = 16


class Refused(Exception):
    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.response = JSONResponse({"detail": detail}, status)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    return hmac.digest(secret.encode(), timestamp.encode() + b"." + body, "sha256").hex()


def is_signed(secret: str, header: str, body: bytes, now: float) -> bool:
    match = _HEADER.fullmatch(header)
    if match is None or abs(now - int(match[1])) > MAX_AGE:
        return False
    return hmac.compare_digest(signature(secret, match[1], body), match[2])


async def _read(headers: Headers, receive: Receive) -> bytes:
    if int(headers.get("Content-Length", "0")) > MAX_BODY:
        raise Refused(413, "too large")
    chunks, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "the sender has gone")  # nobody reads this
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > MAX_BODY:
            raise Refused(413, "too large")
        chunks.append(chunk)
        more = message.get("more_body", False)
    return b"".join(chunks)


class SignedBodies:
    """An ASGI middleware for one path. What it passes on is read to the end, and signed."""

    def __init__(self, app: ASGIApp, *, path: str, secret: str) -> None:
        self._app = app
        self._path = path
        self._secret = secret

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != self._path or scope["method"] != "POST":
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        try:
            body = await _read(headers, receive)
            if not is_signed(self._secret, headers.get("X-Signature", ""), body, time.time()):
                raise Refused(401, "bad signature")  # noqa: TRY301
        except Refused as refused:
            return await refused.response(scope, receive, send)
        return await self._app(scope, _once(body, receive), send)


def _once(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that tells of the body first, and then of what the server has to say."""
    told = False

    async def tell() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return tell


def issue_cursor(secret: str, number: int) -> str:
    place = number.to_bytes(8)
    # A prefix that no webhook has: neither of the two signatures can stand for the other.
    mac = hmac.digest(secret.encode(), b"cursor:" + place, "sha256")[:_MAC]
    return urlsafe_b64encode(place + mac).decode()


def read_cursor(secret: str, cursor: str) -> int:
    """Return the number that a cursor stands for.

    Raises:
        ValueError: it was not issued here, or altered.
    """
    number = int.from_bytes(urlsafe_b64decode(cursor.encode())[:8])
    # Issued anew and compared as text: Base64 can be written in more than one way.
    if not hmac.compare_digest(issue_cursor(secret, number).encode(), cursor.encode()):
        raise ValueError("not issued here")
    return number
