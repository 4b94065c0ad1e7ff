"""What one connection can carry: any client's HTTP, and whatever else is sent."""

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Any

import pytest

from grader.harness.upstream import connection, stage
from grader.harness.upstream.script import answer, no_answer, stream

pytestmark = pytest.mark.anyio

OK = answer({"id": "a"})
BODY = b'{"id": "a"}'


async def test_a_call_is_recorded_whole(stand: Any, connect: Any) -> None:
    """Headers in their order, the target with its query, and the body to its last byte, whatever the bytes."""
    stand.route("/items/a", OK, method="POST")
    caller = await connect()
    got = await caller.ask("/items/a?x=1&x=2", method="POST", body=b"\x00\xff\n", headers="X-One: 1\nX-Two: 2\n")
    assert (got.status, got.body, got.whole) == (200, BODY, True)
    (call,) = stand.told("arrived")
    assert call["headers"] == [["host", "catalog"], ["content-length", "3"], ["x-one", "1"], ["x-two", "2"]]
    wanted = {"upstream": "catalog", "method": "POST", "target": "/items/a?x=1&x=2", "path": "/items/a"}
    assert {name: call[name] for name in wanted} == wanted
    assert call["body"].encode("latin-1") == b"\x00\xff\n"
    assert (call["number"], call["attempt"], call["in_flight"], call["routed"], call["gate"]) == (1, 1, 1, True, None)
    assert stand.outcomes() == ["answered 200"]


async def test_a_connection_carries_one_call_after_another(stand: Any, connect: Any) -> None:
    """A client that keeps its connection is seen to have one, whatever it was answered."""
    stand.route("/items/a", OK)
    caller = await connect()
    statuses = [(await caller.ask(target)).status for target in ("/items/a", "/none", "/items/a")]
    assert statuses == [200, 404, 200]
    assert len(stand.told("accepted")) == 1
    assert {call["connection"] for call in stand.told("arrived")} == {stand.told("accepted")[0]["connection"]}


async def test_a_client_that_wants_it_closed_gets_that(stand: Any, connect: Any) -> None:
    """`Connection: close` is kept to: the answer, and then the end."""
    stand.route("/items/a", OK)
    caller = await connect()
    await caller.call("/items/a", headers="Connection: close\n")
    assert (await caller.rest()).endswith(BODY)


async def test_http_1_0_is_answered(stand: Any, connect: Any) -> None:
    """A client without chunks and without Host is a client as well."""
    stand.route("/items/a", OK)
    caller = await connect()
    await caller.send(b"GET /items/a HTTP/1.0\r\n\r\n")
    assert (await caller.rest()).endswith(BODY)


async def test_pipelined_requests_are_answered_in_order(stand: Any, connect: Any) -> None:
    """The second is taken up once the first is answered, and never counts as in flight beside it."""
    stand.route("/items/{id}", OK)
    caller = await connect()
    await caller.send(b"".join(b"GET /items/%d HTTP/1.1\r\nhost: x\r\n\r\n" % number for number in range(3)))
    ended = await stand.until("ended", 3)
    assert [call["target"] for call in stand.told("arrived")] == ["/items/0", "/items/1", "/items/2"]
    assert [call["in_flight"] for call in stand.told("arrived")] == [1, 1, 1]
    assert [one["number"] for one in ended] == [1, 2, 3]


async def test_a_chunked_request_is_put_together(stand: Any, connect: Any) -> None:
    """However it is cut."""
    stand.route("/items/a", OK, method="POST")
    caller = await connect()
    await caller.call("/items/a", method="POST", headers="Transfer-Encoding: chunked\n")
    for piece in (b"3\r\nab", b"c\r\n1\r\nd", b"\r\n0\r\n\r\n"):
        await caller.send(piece)
    assert (await caller.answer()).status == 200
    assert stand.told("arrived")[0]["body"] == "abcd"


async def test_a_client_that_waits_for_100_continue_gets_it(stand: Any, connect: Any) -> None:
    """Else it might wait for ever with its body (RFC 9110 section 10.1.1)."""
    stand.route("/items/a", OK, method="POST")
    caller = await connect()
    await caller.call("/items/a", method="POST", headers="Expect: 100-continue\nContent-Length: 4\n")
    assert (await caller.until(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
    await caller.send(b"body")
    assert (await caller.answer()).status == 200
    assert stand.told("arrived")[0]["body"] == "body"


@pytest.mark.parametrize("target", ["/items/a", "/none"], ids=["routed", "unrouted"])
async def test_head_has_no_body(stand: Any, connect: Any, target: str) -> None:
    """Nor is it anybody's fault, and the connection goes on (RFC 9110 section 9.3.2)."""
    stand.route("/items/a", OK, method="HEAD")
    caller = await connect()
    got = await caller.ask(target, method="HEAD")
    assert (got.body, got.whole) == (b"", True)
    assert int(got.headers["content-length"]) > 0
    assert (await caller.ask(target, method="HEAD")).whole
    assert stand.told("failed") == []


@pytest.mark.parametrize("method", ["CONNECT", "OPTIONS", "BREW"])
async def test_any_method_may_be_unrouted(stand: Any, connect: Any, method: str) -> None:
    """404, and not counted."""
    caller = await connect()
    assert (await caller.ask("/items/a", method=method)).status == 404
    assert [(call["routed"], call["in_flight"]) for call in stand.told("arrived")] == [(False, 0)]


@pytest.mark.parametrize("target", ["//[", "/items/%", "*", "http://[", "/%ff?%ff"])
async def test_a_strange_target_is_unrouted(stand: Any, connect: Any, target: str) -> None:
    """What no URL parser takes is recorded all the same."""
    assert (await (await connect()).ask(target)).status == 404
    assert [call["target"] for call in stand.told("arrived")] == [target]


async def test_who_closes_has_given_the_call_up(stand: Any, connect: Any) -> None:
    """Though nothing was sent yet that could fail."""
    stand.route("/items/a", no_answer())
    caller = await connect()
    await caller.call("/items/a")
    await stand.until("arrived")
    await caller.leave()
    await stand.until("ended")
    assert stand.outcomes() == [stage.CLOSED]


@pytest.mark.parametrize("way", ["end", "reset"])
async def test_what_was_given_up_before_is_not_in_flight(stand: Any, connect: Any, way: str) -> None:
    """A client that closes one connection and sends on another has one call in flight, whichever is looked at first."""
    stand.route("/items/{id}", no_answer())
    idle = await connect()
    with socket.create_connection(("127.0.0.1", stand.port)) as first:
        first.sendall(b"GET /items/a HTTP/1.1\r\nhost: x\r\n\r\n")
        await stand.until("arrived")
        if way == "reset":
            first.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    # The kernel knows that the first is closed, and the loop has not looked yet when the second one is taken up.
    (second,) = [one for one in stand.listeners._open if one._playing is None]
    second.data_received(b"GET /items/b HTTP/1.1\r\nhost: x\r\n\r\n")
    assert [call["in_flight"] for call in stand.told("arrived")] == [1, 1]
    assert stand.outcomes() == [stage.CLOSED]
    await idle.leave()
    await stand.until("ended", 2)


@pytest.mark.parametrize(
    "junk",
    [
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00" * 9, id="tls"),
        pytest.param(b"GET / HTTP/1.1\r\nx: " + b"y" * (connection.MAX_HEAD_BYTES + 1), id="head"),
        pytest.param(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999\r\n\r\n" + b"x" * 5_000_000, id="body"),
        pytest.param(
            b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 20_000, id="pieces"
        ),
    ],
)
async def test_what_no_client_sends_ends_its_connection_alone(stand: Any, connect: Any, junk: bytes) -> None:
    """It is reset, and told; others are served."""
    stand.route("/items/a", OK)
    hostile, honest = await connect(), await connect()
    with pytest.raises((ConnectionResetError, BrokenPipeError)):
        await hostile.pour(junk)
    assert len(stand.told("abused")) == 1
    assert (await honest.ask("/items/a")).status == 200
    assert len(stand.told("arrived")) == 1


async def test_bytes_beyond_the_checks_share_are_not_read(
    stand: Any, connect: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where they are requests that wait for their turn behind one that is held; the next check begins anew."""
    monkeypatch.setattr(stage, "MAX_BYTES", 10_000)
    stand.route("/items/a", no_answer())
    caller = await connect()
    await caller.call("/items/a")
    await stand.until("arrived")
    with pytest.raises((ConnectionResetError, BrokenPipeError)):
        await caller.pour(b"GET /items/a HTTP/1.1\r\nhost: x\r\n\r\n" * 500)
    assert stand.outcomes() == ["reset"]
    stand.stage.reset()
    assert (await (await connect()).ask("/none")).status == 404


class Spy:
    """A transport; `seen` is called with all that is written, before it is."""

    def __init__(self, transport: Any, seen: Callable[[bytes], None]) -> None:
        self._transport = transport
        self._seen = seen

    def write(self, data: bytes) -> None:
        self._seen(data)
        self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


async def test_the_harness_knows_of_an_answer_before_the_caller_has_it(stand: Any, connect: Any) -> None:
    """Else a call might be counted as in flight beside the one that follows from its answer."""
    stand.route("/items/a", stream(b"one"))
    caller = await connect()
    await caller.ask("/none")
    (other,) = stand.listeners._open
    told: list[tuple[bytes, int]] = []
    other._transport = Spy(other._transport, lambda data: told.append((data, len(stand.outcomes()))))
    assert (await caller.ask("/items/a")).body == b"one"
    assert told[-1] == (b"0\r\n\r\n", 2)


async def test_aborting_resets_and_tells(stand: Any, connect: Any) -> None:
    """What is in flight is over, and not by the caller's will."""
    stand.route("/items/a", no_answer())
    caller = await connect()
    await caller.call("/items/a")
    await stand.until("arrived")
    stand.stage.reset()
    with pytest.raises(ConnectionResetError):
        await caller.rest()
    await asyncio.sleep(0)
    assert stand.stage._in_flight == []
