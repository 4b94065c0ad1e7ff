"""The client against servers that misbehave: always a `Reply` or a `Mismatch`, always in bounds."""

import asyncio
import gzip
import socket
import struct
from collections.abc import Callable
from typing import Any

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.harness import Api, Mismatch, Reply, Request
from grader.harness.mismatch import DeadlinePassed
from grader.harness.request import Unsendable, encode
from grader.harness.wire import Limits, WireError, serialize

OK = b"HTTP/1.1 200 OK\r\n"
SHORT = Limits(seconds=0.3)
BEYOND_BUFFERS = 16 * 1024 * 1024
"""Bytes; more than the kernel holds for a connection whose peer does not read."""
Serve = Callable[[Any], Any]


def get(port: int, limits: Limits | None = None) -> Reply:
    return asyncio.run(Api(port=port, limits=limits).get("/x"))


def post(port: int, **options: Any) -> Reply:
    return asyncio.run(Api(port=port).post("/x", **options))


def endless(piece: bytes, start: bytes = b"") -> Callable[[socket.socket, bytes], None]:
    def behave(connection: socket.socket, _: bytes) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(piece)

    return behave


def reset(connection: socket.socket, _: bytes) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def until_closed(connection: socket.socket, _: bytes) -> None:
    while connection.recv(65536):
        pass


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        pytest.param(b"", "closed without a response", id="immediate-close"),
        pytest.param(reset, "reset", id="reset"),
        pytest.param(b"hello there\r\n\r\n", "malformed HTTP", id="http-0.9"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20, "malformed HTTP", id="binary"),
        pytest.param(b"HTTP/1.1 abc OK\r\n\r\n", "malformed HTTP", id="status-that-is-no-number"),
        pytest.param(b"HTTP/1.1 0 OK\r\n\r\n", "malformed HTTP", id="status-0"),
        pytest.param(b"HTTP/1.1 000 OK\r\n\r\n", "malformed HTTP", id="status-000"),
        pytest.param(b"HTTP/1.1 999 OK\r\ncontent-length: 0\r\n\r\n", "status 999", id="status-999"),
        pytest.param(b"HTTP/1.1 2000 OK\r\n\r\n", "malformed HTTP", id="status-of-four-digits"),
        pytest.param(OK + b"no colon here\r\n\r\n", "malformed HTTP", id="header-without-colon"),
        pytest.param(OK + b"a b: c\r\n\r\n", "malformed HTTP", id="blank-in-a-header-name"),
        pytest.param(OK + b"x: \x00\r\n\r\n", "malformed HTTP", id="nul-in-a-header"),
        pytest.param(OK + b"content-length: -1\r\n\r\n", "malformed HTTP", id="negative-length"),
        pytest.param(
            OK + b"content-length: " + b"9" * 5000 + b"\r\n\r\n", "malformed HTTP", id="length-of-5000-digits"
        ),
        pytest.param(OK + b"content-length: 1\r\ncontent-length: 2\r\n\r\nab", "malformed HTTP", id="two-lengths"),
        pytest.param(OK + b"content-length: 10\r\n\r\nabc", "malformed HTTP", id="shorter-than-its-length"),
        pytest.param(OK + b"transfer-encoding: chunked\r\n\r\nzz\r\n", "malformed HTTP", id="malformed-chunk-size"),
        pytest.param(OK + b"transfer-encoding: chunked\r\n\r\n5\r\nab", "malformed HTTP", id="unfinished-chunk"),
        pytest.param(OK + b"transfer-encoding: chunked\r\n\r\n2\r\nabcd\r\n", "malformed HTTP", id="overlong-chunk"),
        pytest.param(OK + b"transfer-encoding: gzip\r\n\r\nab", "malformed HTTP", id="unknown-transfer-encoding"),
        pytest.param(OK + b"x: " + b"y" * 200_000 + b"\r\n\r\n", "malformed HTTP|bytes of headers", id="giant-header"),
        pytest.param(OK + b"x: y\r\n" * 101 + b"\r\n", "more than 100 headers", id="many-headers"),
        pytest.param(endless(b"x: y\r\n", OK), "malformed HTTP|headers", id="endless-headers"),
        pytest.param(endless(b"y" * 4096, OK + b"x: "), "malformed HTTP", id="endless-header"),
        pytest.param(endless(b"y" * 4096), "malformed HTTP", id="endless-status-line"),
        pytest.param(endless(b"y" * 65536, OK + b"\r\n"), "bytes of body", id="endless-body"),
        pytest.param(
            endless(b"1000\r\n" + b"y" * 4096 + b"\r\n", OK + b"transfer-encoding: chunked\r\n\r\n"),
            "bytes of body",
            id="endless-chunks",
        ),
        pytest.param(
            endless(b"1\r\ny\r\n" * 1000, OK + b"transfer-encoding: chunked\r\n\r\n"), "pieces", id="endless-bytes"
        ),
        pytest.param(
            endless((b"1;" + b"x" * 60_000 + b"\r\ny\r\n"), OK + b"transfer-encoding: chunked\r\n\r\n"),
            "bytes in all",
            id="endless-chunk-extensions",
        ),
        pytest.param(endless(b"HTTP/1.1 103 Early\r\nx: y\r\n\r\n"), "interim", id="flood-of-103"),
        pytest.param(b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "malformed HTTP", id="unasked-upgrade"),
    ],
)
def test_what_is_no_response_is_a_mismatch(answer: Any, reason: str, serve: Serve) -> None:
    """Broken HTTP is the server's failure: it raises nothing else, and the exchange says why."""
    server = serve(answer)
    with pytest.raises(Mismatch, match=reason) as caught:
        get(server.port)
    assert not isinstance(caught.value, DeadlinePassed)
    assert caught.value.exchange is not None
    assert caught.value.exchange.error


def slow(connection: socket.socket, _: bytes) -> None:
    """One byte at a time, each only after the client has had time to see the one before."""
    connection.settimeout(0.05)
    for byte in (OK + b"content-length: 9\r\n\r\n").replace(b"\r\n\r\n", b"\r\n" + b"x: y\r\n" * 50):
        connection.sendall(bytes([byte]))
        try:
            if not connection.recv(1):
                return
        except TimeoutError:
            continue


@pytest.mark.parametrize(
    "behave",
    [
        pytest.param(until_closed, id="never-answers"),
        pytest.param(slow, id="one-byte-at-a-time"),
    ],
)
def test_a_deadline_bounds_the_whole_response(behave: Any, serve: Serve) -> None:
    """However the server draws it out, the request ends; and it is told apart, since the machine may be to blame."""
    with pytest.raises(DeadlinePassed, match=r"no whole response within 0\.3 s") as caught:
        get(serve(behave).port, SHORT)
    assert caught.value.until > caught.value.since


def test_a_refused_connection_is_a_mismatch(free_port: int) -> None:
    """Nobody listens."""
    with pytest.raises(Mismatch, match="refused"):
        get(free_port)


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        pytest.param(OK + b"\r\nuntil close", 200, b"until close", id="delimited-by-close"),
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\nold", 200, b"old", id="http-1.0"),
        pytest.param(OK + b"content-length: 2\r\n\r\nabcdef", 200, b"ab", id="longer-than-its-length"),
        pytest.param(b"HTTP/1.1 204 No Content\r\n\r\nbody", 204, b"", id="204-with-a-body"),
        pytest.param(b"HTTP/1.1 307 T\r\nlocation: /y\r\ncontent-length: 0\r\n\r\n", 307, b"", id="redirect"),
        pytest.param(b"HTTP/1.1 302 T\r\nlocation: http://[\r\n\r\n", 302, b"", id="redirect-to-nonsense"),
        pytest.param(b"HTTP/1.1 103 E\r\n\r\n" + OK + b"content-length: 1\r\n\r\nx", 200, b"x", id="after-early-hints"),
        pytest.param(b"HTTP/1.1 599 X\r\ncontent-length: 0\r\n\r\n", 599, b"", id="unknown-status"),
        pytest.param(OK + b"x: \xff\xfe\r\ncontent-length: 0\r\n\r\n", 200, b"", id="header-of-odd-bytes"),
        pytest.param(OK + b"set-cookie: a=b; expires=x\r\ncontent-length: 0\r\n\r\n", 200, b"", id="odd-cookie"),
        pytest.param(
            OK + b"content-encoding: gzip\r\n\r\n" + gzip.compress(b"{}", mtime=0),
            200,
            gzip.compress(b"{}", mtime=0),
            id="gzip-is-not-inflated",
        ),
    ],
)
def test_what_is_a_response_is_taken_as_it_is(answer: bytes, status: int, body: bytes, serve: Serve) -> None:
    """Nothing is followed, inflated, kept or repaired."""
    server = serve(answer)
    reply = get(server.port)
    assert (reply.status, reply.body) == (status, body)
    assert len(server.requests) == 1


def test_head_has_no_body(serve: Serve) -> None:
    """A HEAD response announces a length and sends nothing."""
    server = serve(OK + b"content-length: 10\r\n\r\n")
    assert asyncio.run(Api(port=server.port).request("HEAD", "/")).body == b""


def test_an_answer_before_the_whole_request_is_read_counts(serve: Serve) -> None:
    """A server may refuse a large body and close without reading it."""

    def behave(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n")

    server = serve(behave, read=False)
    assert post(server.port, content=b"x" * BEYOND_BUFFERS).status == 413


def test_requests_look_like_any_clients(serve: Serve) -> None:
    """Nothing names the grader, and no compression is asked for."""
    server = serve(OK + b"content-length: 0\r\n\r\n")
    post(server.port, json={"ü": None})
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /x HTTP/1.1"
    assert "Accept-Encoding: identity" in lines
    assert "Content-Type: application/json" in lines
    assert "grader" not in head.decode().lower()
    assert body == '{"ü": null}'.encode()


def test_every_request_has_its_own_connection(serve: Serve) -> None:
    """A keep-alive race can cost nobody a point."""
    server = serve(OK + b"content-length: 0\r\nconnection: keep-alive\r\n\r\n")

    async def twice() -> None:
        api = Api(port=server.port)
        await api.get("/a")
        await api.get("/b")

    asyncio.run(twice())
    assert server.connections == 2


def test_what_was_in_flight_is_recorded_when_the_check_is_ended(serve: Serve) -> None:
    """A check that runs out of time shows the request that it waited for."""
    api = Api(port=serve(until_closed).port)

    async def ended() -> None:
        async with asyncio.timeout(0.1):
            await api.get("/hangs")

    with pytest.raises(TimeoutError):
        asyncio.run(ended())
    assert api.recording.last is not None
    assert api.recording.last.url.endswith("/hangs")
    assert api.recording.last.error == "no whole response by the time it was given up"


@given(st.binary(max_size=300), st.integers(0, 3))
def test_any_bytes_are_a_response_or_a_wire_error(data: bytes, start: int) -> None:
    """Fuzzed bytes, alone or after a valid beginning, raise nothing but `WireError`."""
    beginnings = [b"", OK, OK + b"content-length: ", OK + b"transfer-encoding: chunked\r\n\r\n"]
    _, reader = serialize(encode(Request("GET", "/"), "127.0.0.1", 8000), Limits())
    try:
        if not reader.feed(beginnings[start] + data) and data:
            reader.feed(b"")
    except WireError:
        return


def test_a_request_that_http_cannot_carry_is_the_graders_fault(serve: Serve) -> None:
    """The check asked for it, not the candidate."""
    server = serve(OK)
    with pytest.raises(h11.LocalProtocolError):
        asyncio.run(Api(port=server.port).get("/", headers={"a b": "c"}))


# --- what a check cannot go on with


NAMED = OK + b"content-length: 2\r\n\r\n{}"
UNSENDABLE = [
    pytest.param({"path": "/x/a\nb"}, id="line-feed-in-a-path"),
    pytest.param({"path": "/x/" + "y" * 70_000}, id="long-path"),
    pytest.param({"path": "http://other.example/"}, id="another-host"),
    pytest.param({"path": "/x", "params": {"cursor": "y" * 70_000}}, id="long-parameter"),
    pytest.param({"path": "/x", "headers": {"Authorization": "Bearer a\r\nb: c"}}, id="line-feed-in-a-header"),
    pytest.param({"path": "/x", "headers": {"Authorization": "Bearer a\0"}}, id="nul-in-a-header"),
    pytest.param({"path": "/x", "headers": {"Authorization": "Bearer a "}}, id="blank-behind-a-header"),
]


@pytest.mark.parametrize("wanted", UNSENDABLE)
def test_what_cannot_be_sent_before_any_answer_is_the_graders_fault(wanted: dict[str, Any], free_port: int) -> None:
    """Only the check can have chosen it."""
    with pytest.raises(Unsendable):
        asyncio.run(Api(port=free_port).request("GET", **wanted))


@pytest.mark.parametrize("wanted", UNSENDABLE)
@pytest.mark.parametrize("how", ["request", "burst", "stream", "handshake"])
def test_what_cannot_be_sent_after_an_answer_is_the_candidates(how: str, wanted: dict[str, Any], serve: Serve) -> None:
    """It may be an id or a token of the application's; the answer before it is shown."""
    api = Api(port=serve(NAMED).port)

    async def go_on() -> None:
        await api.get("/named")
        if how == "burst":
            await api.burst([Request("GET", **wanted)])
        elif how == "stream":
            async with api.stream(Request("GET", **wanted)):
                pass
        elif how == "handshake":
            async with api.handshake(**wanted):
                pass
        else:
            await api.request("GET", **wanted)

    with pytest.raises(Mismatch, match=r"can carry it|begins with a slash") as caught:
        asyncio.run(go_on())
    assert caught.value.exchange is not None
    assert caught.value.exchange.url.endswith("/named")


# --- what all answers of a check hold together


def test_many_large_answers_are_too_much_together(serve: Serve) -> None:
    """Each is within bounds; a check may hold all of them."""
    server = serve(OK + b"content-length: 1000\r\n\r\n" + b"x" * 1000)
    limits = Limits(check_bytes=2000, check_bytes_each=500)

    async def burst(count: int) -> None:
        await Api(port=server.port, limits=limits).burst([Request("GET", "/x")] * count)

    asyncio.run(burst(4))
    with pytest.raises(Mismatch, match="bytes in all the answers of this check"):
        asyncio.run(burst(5))


def test_many_small_answers_are_not(serve: Serve) -> None:
    """However often a check asks, an ordinary answer is taken."""
    server = serve(OK + b"content-length: 400\r\n\r\n" + b"x" * 400)
    limits = Limits(check_bytes=0, check_bytes_each=500)

    async def ask() -> None:
        api = Api(port=server.port, limits=limits)
        for _ in range(20):
            await api.get("/x")

    asyncio.run(ask())
