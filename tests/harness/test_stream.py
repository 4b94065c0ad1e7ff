"""An answer that is read piece by piece, whatever the server does to it."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from grader.harness import Api, Mismatch, Request
from grader.harness.api import Stream
from grader.harness.mismatch import DeadlinePassed
from grader.harness.wire import Limits

pytestmark = pytest.mark.anyio

Serve = Callable[..., Any]
HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
GET = Request("GET", "/x")


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


class Held:
    """Sends a first part, and another one once it is told to."""

    def __init__(self, *parts: bytes) -> None:
        self.go_on = threading.Event()
        self._parts = parts

    def __call__(self, connection: socket.socket, _request: bytes) -> None:
        connection.sendall(self._parts[0])
        self.go_on.wait(60)
        with contextlib.suppress(OSError):
            for part in self._parts[1:]:
                connection.sendall(part)


@asynccontextmanager
async def streaming(port: int, **options: Any) -> AsyncIterator[tuple[Stream, Api]]:
    api = Api(port=port, **options)
    async with api.stream(GET) as stream:
        yield stream, api


async def test_a_part_is_there_before_the_next_is_sent(serve: Serve) -> None:
    """However it is cut; the body so far comes with it, and stands in the recording."""
    held = Held(HEAD + chunk(b"on"), chunk(b"e t"), chunk(b"wo"), b"0\r\n\r\n")
    async with streaming(serve(held).port) as (stream, api):
        assert (await stream.until(b"on")).body == b"on"
        held.go_on.set()
        reply = await stream.until(b"two")
        assert (reply.status, reply.body) == (200, b"one two")
        assert (await stream.until(b"one")).body == b"one two"
    assert api.recording.last.response_body == "one two"


async def test_what_never_comes_is_a_mismatch_once_it_has_ended(serve: Serve) -> None:
    """With what there was."""
    async with streaming(serve(HEAD + chunk(b"one") + b"0\r\n\r\n").port) as (stream, _):
        for _ in range(2):
            with pytest.raises(Mismatch, match=r"a body that holds b'two', got it ended after 3 bytes") as caught:
                await stream.until(b"two")
    assert caught.value.exchange.response_body == "one"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(b"", "closed without a response", id="nothing"),
        pytest.param(HEAD + chunk(b"one")[:-4], "malformed HTTP", id="cut off"),
        pytest.param(b"hello\r\n\r\n", "malformed HTTP", id="no HTTP"),
    ],
)
async def test_a_broken_answer_is_a_mismatch(serve: Serve, answer: bytes, words: str) -> None:
    """As for any request; and once more, if it is asked again."""
    async with streaming(serve(answer).port) as (stream, api):
        for _ in range(2):
            with pytest.raises(Mismatch, match=words):
                await stream.until(b"two")
    assert words in api.recording.last.error


async def test_a_server_that_is_gone_is_a_mismatch(free_port: int) -> None:
    """Where the first part is read, not where the request is sent."""
    async with streaming(free_port) as (stream, api):
        with pytest.raises(Mismatch, match="refused"):
            await stream.until(b"one")
    assert api.recording.lost


async def test_time_limits_hold_for_the_whole(serve: Serve) -> None:
    """From the request on, however many parts there are."""
    held = Held(HEAD + chunk(b"one"))
    async with streaming(serve(held).port, limits=Limits(seconds=0.5)) as (stream, _):
        await stream.until(b"one")
        with pytest.raises(DeadlinePassed, match="no whole response within"):
            await stream.until(b"two")
        held.go_on.set()


async def test_bytes_are_bounded(serve: Serve) -> None:
    """An endless stream does not fill the memory."""
    endless = HEAD + chunk(b"x" * 5_000)
    async with streaming(serve(endless).port, limits=Limits(body_bytes=1_000)) as (stream, _):
        with pytest.raises(Mismatch, match="more than 1000 bytes"):
            await stream.until(b"y")


async def test_who_loses_patience_leaves_a_trace(serve: Serve) -> None:
    """What is given up in the midst of it is recorded once, with what had come, wherever the patience ended."""
    held = Held(HEAD + chunk(b"one"))
    server = serve(held)
    reading = asyncio.Event()

    async def check(api: Api) -> None:
        async with api.stream(GET) as stream:
            reading.set()
            await stream.until(b"two")

    api = Api(port=server.port)
    task = asyncio.create_task(check(api))
    await reading.wait()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    held.go_on.set()
    assert [exchange.error for exchange in api.recording.exchanges] == ["no whole response by the time it was given up"]


async def test_leaving_closes_the_connection(serve: Serve) -> None:
    """The server sees that the client has gone."""
    gone = threading.Event()

    def behave(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(HEAD + chunk(b"one"))
        while connection.recv(100):
            pass
        gone.set()

    async with streaming(serve(behave).port) as (stream, _):
        await stream.until(b"one")
    assert await asyncio.to_thread(gone.wait, 60)
