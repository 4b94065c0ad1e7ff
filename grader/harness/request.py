"""A request as checks write it, and as it goes over the wire."""

import json as jsonlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import httpx

PUBLIC_ORIGIN = "http://127.0.0.1:8000"
"""Where people reach the application when they repeat a request; a pod may use another port."""

Params = Mapping[str, Any] | Sequence[tuple[str, Any]]
Headers = Mapping[str, str] | Sequence[tuple[str, str]]


class Unset(Enum):
    """The type of `UNSET`: no JSON body, which is not the same as the JSON body `null`."""

    UNSET = "UNSET"


UNSET: Final = Unset.UNSET


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Attributes:
        method: such as "GET".
        path: begins with a slash; what a URL cannot hold is percent-encoded.
        params: query parameters, added to those in `path`.
        json: body to be sent as JSON; `UNSET` for none.
        content: raw body, instead of `json`; in chunks, if `headers` have `Transfer-Encoding: chunked`.
        headers: replace the ordinary ones of the same name.
    """

    method: str
    path: str
    params: Params | None = None
    json: Any = UNSET
    content: bytes | None = None
    headers: Headers | None = None


class Unsendable(ValueError):
    """No request can carry a value: a path, a parameter or a header is too long, or holds control characters."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request ready to be sent.

    Attributes:
        method: in capitals.
        target: path and query, percent-encoded.
        headers: all of them, in order.
        own_headers: those that the check chose, or that its body calls for; what a person needs to repeat the request.
        body: raw bytes; None where the request has none.
    """

    method: str
    target: str
    headers: list[tuple[bytes, bytes]]
    own_headers: list[tuple[str, str]]
    body: bytes | None

    @property
    def url(self) -> str:
        """The URL for people."""
        return PUBLIC_ORIGIN + self.target


# What any script that uses httpx sends, but for the connection: each request has its own, so that no server's
# keep-alive timer can cost a candidate a point.
_ORDINARY = (
    ("Accept", "*/*"),
    ("Accept-Encoding", "identity"),
    ("Connection", "close"),
    ("User-Agent", f"python-httpx/{httpx.__version__}"),
)


_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_SHOWN: Final = 80
"""Characters of a path or a value that an error shows."""


def encode(request: Request, host: str, port: int) -> Outgoing:
    """Make a request ready for the wire.

    Args:
        request: as a check wrote it.
        host: address of the application.
        port: its port.

    Raises:
        Unsendable: a value cannot be sent; it may be one that the application gave.
        ValueError, TypeError: the check asks for what cannot be sent; the grader's own fault.
    """
    own = _pairs(request.headers)
    body = _body(request)
    if request.json is not UNSET and not _has(own, "content-type"):
        own.append(("Content-Type", "application/json"))
    url = _url(request, host, port)
    ordinary = [pair for pair in _ORDINARY if not _has(own, pair[0])]
    headers = [(name.encode("ascii"), _value(name, value)) for name, value in [*ordinary, *own]]
    ready = httpx.Request(request.method, url, headers=headers, content=body)
    if _has(own, "transfer-encoding"):  # the two exclude each other: RFC 9112, section 6.2
        ready.headers.pop("content-length", None)
    return Outgoing(
        method=ready.method,
        target=ready.url.raw_path.decode("ascii"),
        headers=ready.headers.raw,
        own_headers=own,
        body=body,
    )


def _url(request: Request, host: str, port: int) -> httpx.URL:
    if not request.path.startswith("/"):
        raise Unsendable(f"a path begins with a slash, {request.path:.{_SHOWN}} does not")
    try:
        url = httpx.URL(f"http://{host}:{port}{request.path}")
        return url if request.params is None else url.copy_merge_params(_query(request.params))
    except httpx.InvalidURL as error:
        raise Unsendable(f"no URL can carry it: {error}: {request.path:.{_SHOWN}}") from error


def _value(name: str, value: str) -> bytes:
    """A header's value, as far as RFC 9110 section 5.5 lets it be one."""
    if value != value.strip(" \t") or _CONTROL.search(value):
        raise Unsendable(f"no header can carry it: {name}: {value:.{_SHOWN}}")
    return value.encode("utf-8")


def _body(request: Request) -> bytes | None:
    if request.json is UNSET:
        return request.content
    if request.content is not None:
        raise ValueError("a request has either json or content")
    try:
        return jsonlib.dumps(request.json, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except UnicodeEncodeError:  # half of a surrogate pair travels only as an escape
        return jsonlib.dumps(request.json, allow_nan=False).encode("ascii")


def _pairs(headers: Headers | None) -> list[tuple[str, str]]:
    if headers is None:
        return []
    return list(headers.items()) if isinstance(headers, Mapping) else list(headers)


def _query(params: Params) -> httpx.QueryParams:
    return httpx.QueryParams(dict(params) if isinstance(params, Mapping) else list(params))


def _has(headers: list[tuple[str, str]], name: str) -> bool:
    return any(known.lower() == name.lower() for known, _ in headers)
