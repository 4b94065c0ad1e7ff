"""WebSockets to servers that misbehave: always a value or a `Mismatch`, always in bounds."""

import asyncio
import socket
import struct
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

import pytest

from grader.harness import Api, Json, Mismatch
from grader.harness.mismatch import DeadlinePassed
from grader.harness.websocket import Socket
from grader.harness.wire import Limits
from tests.harness.handshakes import (
    ANSWERED,
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    Behave,
    frame,
    says,
    switch,
    until_closed,
)

SHORT = Limits(seconds=0.3)
BEYOND_BUFFERS = 16 * 1024 * 1024
"""Bytes; more than the kernels hold for a connection whose peer does not read."""
Serve = Callable[..., Any]


async def receive(api: Api) -> Any:
    async with api.websocket("/ws") as ws:
        return (await ws.receive_json()).value


async def take_all(ws: Socket, taken: list[Json]) -> None:
    while True:
        taken.append(await ws.receive_json())


async def opened(api: Api) -> None:
    async with api.handshake("/ws") as handshake:
        handshake.accepted()


# --- the handshake


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        pytest.param(b"", "closed without a response", id="immediate-close"),
        pytest.param(b"hello there\r\n\r\n", "malformed HTTP", id="garbage"),
        pytest.param(b"\x81\x05hello", "malformed HTTP", id="a-frame-at-once"),
        pytest.param(ANSWERED + b"\r\n", "opens no WebSocket", id="101-without-upgrade"),
        pytest.param(ANSWERED + b"connection: upgrade\r\nupgrade: h2c\r\n\r\n", "opens no WebSocket", id="101-to-h2c"),
        pytest.param(
            ANSWERED + b"connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: x\r\n\r\n",
            "opens no WebSocket",
            id="101-with-another-key",
        ),
        pytest.param(ANSWERED + b"x: y\r\n" * 101 + b"\r\n", "more than 100 headers", id="101-with-many-headers"),
        pytest.param(ANSWERED + b"x: " + b"y" * 200_000 + b"\r\n\r\n", "malformed HTTP|bytes", id="101-giant-header"),
        pytest.param(b"HTTP/1.1 103 Early\r\n\r\n" * 21, "interim", id="flood-of-103"),
        pytest.param(b"HTTP/1.1 401 X\r\ncontent-length: 9\r\n\r\nabc", "malformed HTTP", id="refusal-cut-short"),
    ],
)
def test_what_answers_no_handshake_is_a_mismatch(answer: bytes, reason: str, serve: Serve) -> None:
    """Whatever comes instead of a handshake is the server's failure, and the exchange says why."""
    api = Api(port=serve(answer).port)
    with pytest.raises(Mismatch, match=reason) as caught:
        asyncio.run(opened(api))
    assert not isinstance(caught.value, DeadlinePassed)
    assert caught.value.exchange is api.recording.last
    assert caught.value.exchange is not None
    assert caught.value.exchange.error


@pytest.mark.parametrize(
    "more",
    [
        pytest.param(b"Sec-WebSocket-Extensions: permessage-deflate\r\n", id="compression"),
        pytest.param(b"Sec-WebSocket-Protocol: chat\r\n", id="a-subprotocol"),
        pytest.param(b"Sec-WebSocket-Accept: x\r\n", id="two-keys"),
    ],
)
def test_an_answer_to_what_was_not_asked_is_a_mismatch(more: bytes, serve: Serve) -> None:
    """RFC 6455 section 4.1: the client must fail the connection."""
    server = serve(lambda connection, request: connection.sendall(switch(request, more=more)))
    with pytest.raises(Mismatch, match="opens no WebSocket"):
        asyncio.run(opened(Api(port=server.port)))


def endless_body(connection: socket.socket, _: bytes) -> None:
    connection.sendall(b"HTTP/1.1 401 X\r\n\r\n")
    while True:
        connection.sendall(b"y" * 65536)


def endless_head(connection: socket.socket, _: bytes) -> None:
    connection.sendall(ANSWERED)
    while True:
        connection.sendall(b"x: y\r\n" * 100)


@pytest.mark.parametrize("behave", [endless_body, endless_head])
def test_an_endless_answer_is_cut(behave: Behave, serve: Serve) -> None:
    """The bounds of any response hold for that to a handshake."""
    with pytest.raises(Mismatch, match=r"bytes of body|malformed HTTP|headers"):
        asyncio.run(opened(Api(port=serve(behave).port)))


def trickle(connection: socket.socket, request: bytes) -> None:
    """One byte at a time, each only after the client has had time to see the one before."""
    connection.settimeout(0.05)
    for byte in switch(request, more=b"x: y\r\n" * 50):
        connection.sendall(bytes([byte]))
        try:
            if not connection.recv(1):
                return
        except TimeoutError:
            continue


@pytest.mark.parametrize(
    "behave", [pytest.param(lambda c, _: until_closed(c), id="silence"), pytest.param(trickle, id="trickle")]
)
def test_a_deadline_bounds_the_handshake(behave: Behave, serve: Serve) -> None:
    """However the server draws it out, it ends; and it is told apart, since the machine may be to blame."""
    with pytest.raises(DeadlinePassed, match=r"no answer to the handshake within 0\.3 s") as caught:
        asyncio.run(opened(Api(port=serve(behave).port, limits=SHORT)))
    assert caught.value.until > caught.value.since


def test_nobody_listens(free_port: int) -> None:
    """A refused connection is a mismatch, and the process may be gone."""
    api = Api(port=free_port)
    with pytest.raises(Mismatch, match="refused"):
        asyncio.run(opened(api))
    assert api.recording.lost


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        pytest.param(
            b'HTTP/1.1 401 X\r\ncontent-length: 16\r\n\r\n{"detail": "no"}', 401, b'{"detail": "no"}', id="401"
        ),
        pytest.param(b"HTTP/1.1 403 X\r\n\r\nuntil close", 403, b"until close", id="delimited-by-close"),
        pytest.param(b"HTTP/1.1 403 X\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 403, b"", id="chunked"),
        pytest.param(b"HTTP/1.0 404 X\r\n\r\n", 404, b"", id="http-1.0"),
        pytest.param(b"HTTP/1.1 302 X\r\nlocation: /other\r\ncontent-length: 0\r\n\r\n", 302, b"", id="redirect"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", 200, b"", id="no-upgrade"),
    ],
)
def test_a_whole_response_refuses(answer: bytes, status: int, body: bytes, serve: Serve) -> None:
    """It is taken as it is; no redirect is followed."""
    server = serve(answer)

    async def shake() -> tuple[int, bytes]:
        async with Api(port=server.port).handshake("/ws") as handshake:
            reply = handshake.refused()
            return reply.status, reply.body

    assert asyncio.run(shake()) == (status, body)
    assert server.connections == 1


def test_proxies_of_the_environment_are_not_asked(
    serve: Serve, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address of the application is the only one that the harness connects to."""
    for name in ("http_proxy", "all_proxy", "ws_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port}")
    assert asyncio.run(receive(Api(port=serve(says(frame(TEXT, b"1"))).port))) == 1


# --- what follows


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([frame(TEXT, b"[1]")], id="text"),
        pytest.param([frame(BINARY, b"[1]")], id="bytes"),
        pytest.param(
            [frame(TEXT, b"[", first=0), frame(PING), frame(0, b"", first=0), frame(0, b"1]")], id="fragments"
        ),
        pytest.param([frame(PONG, b"unasked"), frame(TEXT, b"[1]")], id="unasked-pong"),
        pytest.param([frame(TEXT, b"[1]"), frame(CLOSE, b"\x03\xe8")], id="closed-behind-it"),
        pytest.param([frame(TEXT, b"[1]"), b"\xff\xff"], id="malformed-behind-it"),
    ],
)
def test_a_whole_message_is_received(pieces: list[bytes], serve: Serve) -> None:
    """However it is cut, and whatever comes behind it."""
    assert asyncio.run(receive(Api(port=serve(says(*pieces)).port))) == [1]


@pytest.mark.parametrize(
    ("behave", "reason"),
    [
        pytest.param(says(frame(TEXT, b"\xff\xfe")), "not UTF-8", id="bad-utf-8"),
        pytest.param(says(frame(TEXT, b"\xed\xa0\x80")), "not UTF-8", id="a-surrogate-in-utf-8"),
        pytest.param(says(frame(TEXT, b"1", first=0xC0)), "reserved bits", id="rsv1-without-an-extension"),
        pytest.param(says(b"\x81\x81\x00\x00\x00\x001"), "masking", id="a-masked-frame"),
        pytest.param(says(frame(0x3, b"1")), "opcode", id="an-unknown-opcode"),
        pytest.param(says(frame(0, b"1")), "continuation", id="a-continuation-of-nothing"),
        pytest.param(says(frame(TEXT, b"1", first=0) + frame(TEXT, b"1")), "continuation", id="a-message-in-a-message"),
        pytest.param(says(frame(PING, b"x" * 126)), "control frame", id="a-long-ping"),
        pytest.param(says(frame(PING, b"x", first=0)), "control frame", id="a-fragmented-ping"),
        pytest.param(says(frame(CLOSE, b"\x03")), "close frame too short", id="half-a-close-code"),
        pytest.param(says(frame(CLOSE, b"\x03\xed")), "status code", id="close-code-1005"),
        pytest.param(says(frame(CLOSE, b"\x03\xe8\xff")), "utf-8", id="a-close-reason-of-odd-bytes"),
        pytest.param(says(b"\x81\x7f" + struct.pack("!Q", 2**63 - 1)), "1048576 bytes", id="a-huge-frame"),
        pytest.param(says(forever=frame(0x1, b"y" * 65535, first=0)), "continuation", id="endless-beginnings"),
        pytest.param(
            says(frame(0x1, b"", first=0), forever=frame(0, b"y" * 65535, first=0)),
            "1048576 bytes",
            id="endless-message",
        ),
        pytest.param(
            says(frame(0x1, b"", first=0), forever=frame(0, b"", first=0) * 1000),
            "20000 frames",
            id="endless-fragments",
        ),
        pytest.param(says(forever=frame(PING) * 1000), "20000 frames", id="ping-flood"),
        pytest.param(says(forever=frame(PONG, b"x" * 125) * 1000), "20000 frames|bytes on one", id="pong-flood"),
        pytest.param(says(stay=False), "without a close frame", id="vanished"),
        pytest.param(says(frame(TEXT, b"1")[:2], stay=False), "without a close frame", id="cut-in-a-frame"),
    ],
)
def test_what_is_no_message_is_a_mismatch(behave: Behave, reason: str, serve: Serve) -> None:
    """Broken frames and floods are the server's failure: they raise nothing else, and the transcript says why."""
    api = Api(port=serve(behave).port)
    with pytest.raises(Mismatch, match=reason) as caught:
        asyncio.run(receive(api))
    assert not isinstance(caught.value, DeadlinePassed)
    assert caught.value.exchange is not None
    assert caught.value.exchange.status == 101
    assert caught.value.exchange.error
    assert f"* {caught.value.got}" in (caught.value.exchange.response_body or "")


def test_a_flood_of_messages_is_bounded_while_nobody_asks(serve: Serve) -> None:
    """What a server sends unasked is kept up to a bound, and no further."""
    api = Api(port=serve(says(forever=frame(TEXT, b'"%b"' % (b"x" * 1000)))).port)

    taken: list[Json] = []

    async def read() -> None:
        async with api.websocket("/ws") as ws:
            await ws.close()  # which ends as the flood does
            with pytest.raises(Mismatch, match="bytes on one WebSocket"):
                await take_all(ws, taken)

    asyncio.run(read())
    assert 0 < len(taken) < 5_000


@pytest.mark.parametrize("lost", [False, True])
def test_a_lost_connection_is_remembered(lost: bool, serve: Serve) -> None:
    """Only what a process that died would show makes the harness look whether it did."""
    api = Api(port=serve(says(b"" if lost else frame(CLOSE, b"\x03\xe8"), stay=not lost)).port)
    with pytest.raises(Mismatch):
        asyncio.run(receive(api))
    assert api.recording.lost is lost


def test_pings_are_answered_though_the_check_does_not_wait(serve: Serve) -> None:
    """A server's keep-alive must not close a WebSocket because a check has other things to do."""
    seen: list[bytes] = []

    def behave(connection: socket.socket, request: bytes) -> None:
        connection.sendall(switch(request) + frame(PING, b"still there?"))
        seen.append(connection.recv(1024))
        connection.sendall(frame(TEXT, b"1"))
        until_closed(connection)

    assert asyncio.run(receive(Api(port=serve(behave).port))) == 1
    assert seen[0][0] == 0x8A
    mask, payload = seen[0][2:6], seen[0][6:]
    assert bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload)) == b"still there?"


def test_a_close_frame_is_answered(serve: Serve) -> None:
    """With the same code, as RFC 6455 section 5.5.1 wants; then the connection ends."""
    seen: SimpleQueue[bytes] = SimpleQueue()

    def behave(connection: socket.socket, request: bytes) -> None:
        connection.sendall(switch(request) + frame(CLOSE, struct.pack("!H", 4001) + b"why"))
        seen.put(until_closed(connection))

    async def close(api: Api) -> int:
        async with api.websocket("/ws") as ws:
            return await ws.expect_closed(4001)

    assert asyncio.run(close(Api(port=serve(behave).port))) == 4001
    assert seen.get(timeout=30)[0] == 0x88


def test_a_close_that_is_never_answered_does_not_hang(serve: Serve) -> None:
    """It is a passed deadline for who asks for an answer, and nothing at all at the end of a block."""

    def deaf(connection: socket.socket, request: bytes) -> None:
        connection.sendall(switch(request))
        until_closed(connection)

    api = Api(port=serve(deaf).port)

    async def close() -> None:
        async with api.websocket("/ws") as ws:
            api._limits = SHORT
            with pytest.raises(DeadlinePassed, match=r"answers a close frame, got nothing within 0\.3 s"):
                await ws.close()

    asyncio.run(close())


def test_a_close_that_is_answered_by_hanging_up_is_none_the_worse(serve: Serve) -> None:
    """The WebSocket is closed, which is what was asked."""

    def behave(connection: socket.socket, request: bytes) -> None:
        connection.sendall(switch(request))
        connection.recv(1024)

    api = Api(port=serve(behave).port)

    async def close() -> None:
        async with api.websocket("/ws") as ws:
            await ws.close()

    asyncio.run(close())
    assert not api.recording.lost


def test_a_server_that_takes_nothing_is_a_passed_deadline(serve: Serve) -> None:
    """What cannot be sent is not kept without bounds, and sending ends."""
    seen = threading.Event()

    def deaf(connection: socket.socket, request: bytes) -> None:
        connection.sendall(switch(request))
        seen.wait(60)

    api = Api(port=serve(deaf).port)

    async def send() -> None:
        async with api.websocket("/ws") as ws:
            api._limits = SHORT
            with pytest.raises(DeadlinePassed, match="reads what it is sent"):
                await ws.send_text("x" * BEYOND_BUFFERS)

    try:
        asyncio.run(send())
    finally:
        seen.set()


def test_abort_is_a_reset(serve: Serve) -> None:
    """The server's kernel tells it at once, as when a machine on the way has dropped the connection."""
    seen: list[str] = []

    def behave(connection: socket.socket, request: bytes) -> None:
        connection.sendall(switch(request))
        try:
            seen.append(f"{len(until_closed(connection))} bytes")
        except ConnectionResetError:
            seen.append("reset")

    server = serve(behave)

    async def vanish() -> None:
        async with Api(port=server.port).websocket("/ws") as ws:
            ws.abort()

    asyncio.run(vanish())
    server.close()
    assert seen == ["reset"]
