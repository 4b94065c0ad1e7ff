"""Requests at once."""

import asyncio
import select
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from grader.harness import Api, Mismatch, Request
from grader.harness.request import encode
from grader.harness.wire import Limits, serialize

OK = b"HTTP/1.1 200 OK\r\n"
BEYOND_BUFFERS = 16 * 1024 * 1024
"""Bytes; more than the kernel holds for a connection whose peer does not read."""
Serve = Callable[..., Any]


def read_exactly(connection: socket.socket, count: int) -> bytes:
    data = bytearray()
    while len(data) < count:
        piece = connection.recv(min(count - len(data), 1024 * 1024))
        if not piece:
            raise ConnectionError("the client closed")
        data += piece
    return bytes(data)


def readable(connection: socket.socket) -> bool:
    return bool(select.select([connection], [], [], 0)[0])


def test_a_burst_completes_nothing_before_all_are_nearly_complete(serve: Serve) -> None:
    """While one connection cannot take its bytes yet, the last byte of another is held back."""
    nearly = threading.Event()
    small: list[socket.socket] = []
    held: list[bool] = []

    def behave(connection: socket.socket, _: bytes) -> None:
        if read_exactly(connection, 4) == b"GET ":
            read_exactly(connection, len(head) - 4 - 1)
            small.append(connection)
            nearly.set()
            read_exactly(connection, 1)
        else:
            nearly.wait(10)
            held.append(not readable(small[0]))
            read_exactly(connection, len(large) - 4)
        connection.sendall(OK + b"content-length: 0\r\n\r\n")

    server = serve(behave, read=False)
    requests = [Request("GET", "/"), Request("POST", "/", content=b"x" * BEYOND_BUFFERS)]
    head, large = (serialize(encode(request, "127.0.0.1", server.port), Limits())[0] for request in requests)
    replies = asyncio.run(Api(port=server.port).burst(requests))
    assert [reply.status for reply in replies] == [200, 200]
    assert held == [True]


def test_a_burst_answers_in_the_order_of_its_requests(serve: Serve) -> None:
    """Whoever is answered first, the replies are those of the requests; with and without bodies."""

    def behave(connection: socket.socket, request: bytes) -> None:
        path = request.split(b" ")[1]
        connection.sendall(OK + b"content-length: 2\r\n\r\n" + path)

    server = serve(behave)
    requests = [Request("POST", "/1", json={"n": 1}), Request("GET", "/2"), Request("POST", "/3", content=b"")]
    api = Api(port=server.port)
    replies = asyncio.run(api.burst(requests))
    assert [reply.body for reply in replies] == [b"/1", b"/2", b"/3"]
    assert [exchange.url[-2:] for exchange in api.recording.exchanges] == ["/1", "/2", "/3"]


def test_a_burst_with_a_broken_reply_is_a_mismatch(serve: Serve) -> None:
    """The broken one is shown, and all are recorded."""

    def behave(connection: socket.socket, request: bytes) -> None:
        connection.sendall(b"" if b" /2 " in request else OK + b"content-length: 0\r\n\r\n")

    api = Api(port=serve(behave).port)
    with pytest.raises(Mismatch, match="closed without a response") as caught:
        asyncio.run(api.burst([Request("GET", "/1"), Request("GET", "/2"), Request("GET", "/3")]))
    assert caught.value.exchange is not None
    assert caught.value.exchange.url.endswith("/2")
    assert len(api.recording.exchanges) == 3


def test_a_burst_to_nobody_is_a_mismatch(free_port: int) -> None:
    """A refused connection is what is shown, not those that were held back for it."""
    with pytest.raises(Mismatch, match="refused"):
        asyncio.run(Api(port=free_port).burst([Request("GET", "/1"), Request("GET", "/2")]))


def test_a_certain_failure_is_shown_rather_than_a_deadline(serve: Serve) -> None:
    """In a burst of which one hangs and one breaks, the clock is not what decides."""

    def behave(connection: socket.socket, request: bytes) -> None:
        if b" /1 " in request:
            while connection.recv(65536):
                pass

    api = Api(port=serve(behave).port, limits=Limits(seconds=0.3))
    with pytest.raises(Mismatch, match="closed without a response"):
        asyncio.run(api.burst([Request("GET", "/1"), Request("GET", "/2")]))
