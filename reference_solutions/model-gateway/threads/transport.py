"""A kept-alive connection to the runtime. A call on it has a deadline, however its bytes come in."""

import time
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import urlsplit


class Broken(Exception):
    """No connection, or it broke."""


class Late(Exception):
    """No whole answer in time."""


class Line:
    def __init__(self, base_url: str) -> None:
        self._base = urlsplit(base_url)
        self._connection: HTTPConnection | None = None

    def call(self, method: str, path: str, body: bytes | None, seconds: float) -> tuple[int, bytes]:
        """Return status and body of the answer."""
        ends_at = time.monotonic() + seconds
        while True:
            fresh = self._connection is None
            try:
                return self._exchange(method, path, body, ends_at)
            except TimeoutError as error:
                self._close()
                raise Late from error
            except (OSError, HTTPException) as error:
                self._close()
                # A connection that was idle may have been closed by the other side; a new one tells.
                if fresh:
                    raise Broken from error

    def _exchange(self, method: str, path: str, body: bytes | None, ends_at: float) -> tuple[int, bytes]:
        connection = self._connection or self._connect(ends_at)
        connection.sock.settimeout(_left(ends_at))
        connection.request(method, self._base.path.rstrip("/") + path, body, {"Content-Type": "application/json"})
        sock = connection.sock
        response = connection.getresponse()
        content = b"".join(_pieces(response, sock, ends_at))
        if response.length:
            raise ConnectionResetError("half an answer")
        response.close()  # `read1` leaves it open, and the next request would not be ready
        if response.will_close:
            self._close()
        return response.status, content

    def _connect(self, ends_at: float) -> HTTPConnection:
        assert self._base.hostname
        self._connection = HTTPConnection(self._base.hostname, self._base.port, timeout=_left(ends_at))
        self._connection.connect()
        return self._connection

    def _close(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None


def _pieces(response: HTTPResponse, sock, ends_at: float):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    while True:
        sock.settimeout(_left(ends_at))
        piece = response.read1(65536)
        if not piece:
            return
        yield piece


def _left(ends_at: float) -> float:
    left = ends_at - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
