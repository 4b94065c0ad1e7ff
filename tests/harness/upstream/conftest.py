"""Upstreams in the test's own event loop, and callers that speak to them byte by byte."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Any

import h11
import pytest

from grader.harness.upstream.listeners import Listeners
from grader.harness.upstream.script import Script
from grader.harness.upstream.stage import Stage

Told = dict[str, Any]
GUARD = 60
"""Seconds after which what never happens is a failure rather than a hang."""


class Stand:
    """What the process consists of, without the process.

    Attributes:
        events: what the harness would hear.
        port: of the one upstream, "catalog".
    """

    def __init__(self, port: int) -> None:
        self.events: list[Told] = []
        self.port = port
        self._news = asyncio.Event()
        self.stage = Stage(self._tell)
        self.listeners = Listeners(self.stage)
        self.stage.reset()

    def route(self, path: str, *scripts: Script, method: str = "GET") -> None:
        """Answer calls to a path."""
        self.stage.route("catalog", method, path, list(scripts))

    def told(self, event: str) -> list[Told]:
        """What was told of one kind, in order."""
        return [one for one in self.events if one["event"] == event]

    async def until(self, event: str, count: int = 1) -> list[Told]:
        """What was told of one kind, once it was told so often."""
        async with asyncio.timeout(GUARD):
            while len(self.told(event)) < count:
                self._news.clear()
                await self._news.wait()
        return self.told(event)

    def outcomes(self) -> list[str]:
        """What became of the calls, in the order in which they ended."""
        return [one["outcome"] for one in self.told("ended")]

    def _tell(self, event: Told) -> None:
        self.events.append(event)
        self._news.set()


@dataclass
class Answer:
    """What a caller got.

    Attributes:
        status: of the answer.
        headers: in lower case.
        body: what came of it.
        whole: whether it came to its end.
    """

    status: int = 0
    headers: dict[str, str] | None = None
    body: bytes = b""
    whole: bool = False


class Caller:
    """One connection to an upstream."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._writer.write(data)
        async with asyncio.timeout(GUARD):
            await self._writer.drain()

    async def call(self, target: str = "/", *, method: str = "GET", body: bytes = b"", headers: str = "") -> None:
        """Send a request; extra headers end with a line feed each."""
        length = f"content-length: {len(body)}\n" if body else ""
        head = f"{method} {target} HTTP/1.1\nhost: catalog\n{length}{headers}\n".replace("\n", "\r\n")
        await self.send(head.encode("latin-1") + body)

    async def answer(self, method: str = "GET") -> Answer:
        """Read one answer, or what there is of it."""
        http, answer = h11.Connection(h11.CLIENT), Answer()
        http.send(h11.Request(method=method, target="/", headers=[("host", "catalog")]))
        http.send(h11.EndOfMessage())
        while not answer.whole:
            match http.next_event():
                case h11.NEED_DATA:
                    async with asyncio.timeout(GUARD):
                        data = await self._reader.read(65536)
                    if not data:
                        return answer
                    http.receive_data(data)
                case h11.Response() as head:
                    answer.status = head.status_code
                    answer.headers = {name.decode(): value.decode() for name, value in head.headers}
                case h11.Data() as data:
                    answer.body += data.data
                case h11.EndOfMessage():
                    answer.whole = True
        return answer

    async def ask(self, target: str = "/", **request: Any) -> Answer:
        """Send a request and read its answer."""
        await self.call(target, **request)
        return await self.answer(request.get("method", "GET"))

    async def until(self, mark: bytes) -> bytes:
        """What comes up to this mark."""
        async with asyncio.timeout(GUARD):
            return await self._reader.readuntil(mark)

    async def rest(self) -> bytes:
        """All bytes until the connection is closed; ConnectionResetError if it is reset."""
        async with asyncio.timeout(GUARD):
            return await self._reader.read()

    async def pour(self, data: bytes) -> bytes:
        """Send bytes, and see what comes until the connection is closed; `OSError` if it is reset."""
        await self.send(data)
        return await self.rest()

    async def leave(self) -> None:
        """Close it. When this returns, the upstream's side can see it."""
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()


Dial = Callable[[int], Awaitable[Caller]]


@pytest.fixture
async def stand(ports: list[int]) -> AsyncIterator[Stand]:
    """One upstream, in this event loop."""
    stand = Stand(ports[0])
    await stand.listeners.bind({"catalog": stand.port})
    yield stand
    await stand.listeners.unbind()


@pytest.fixture
async def dial() -> AsyncIterator[Dial]:
    """Opens connections to a port, which are closed in the end."""
    async with AsyncExitStack() as stack:

        async def dialled(port: int) -> Caller:
            caller = Caller(*await asyncio.open_connection("127.0.0.1", port))
            stack.push_async_callback(caller.leave)
            return caller

        yield dialled


@pytest.fixture
def connect(stand: Stand, dial: Dial) -> Callable[[], Awaitable[Caller]]:
    """Opens connections to the stand."""
    return lambda: dial(stand.port)
