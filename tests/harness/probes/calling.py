"""Applications that call an upstream, and whoever looks at them: for tests of probes that hold calls."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from grader.harness import Api, Upstreams

Asked = Callable[..., Awaitable[bytes]]
PATIENCE = 30.0


class Pod:
    """An application, its upstream "catalog", and whoever looks.

    Attributes:
        api: the application.
        upstreams: what it calls.
    """

    def __init__(self, api: Api, upstreams: Upstreams, looks: Any) -> None:
        self.api = api
        self.upstreams = upstreams
        self._looks = looks

    def sleeps_after(self, calls: int) -> None:
        """From so many calls on, the application is asleep when somebody looks."""
        self._looks.sleeps_if = lambda: len(self.upstreams.calls) >= calls

    def health(self) -> Any:
        """A request that needs no upstream."""
        return self.api.get("/health")


@asynccontextmanager
async def opened(port: int, item: Any) -> AsyncIterator[asyncio.StreamReader]:
    """What the catalogue answers, to be read."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"GET /items/{item} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
        yield reader
    finally:
        writer.close()


def blocking(port: int, item: Any) -> bytes:
    """The same, for threads; or for applications that know no better."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(f"GET /items/{item} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
        return connection.recv(65536)
