"""The open-loop driver against servers that a test steers: order and instants, never an absolute time."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from grader.harness.latency import driver
from grader.harness.latency.block import Block, Prepared, Sample, Seen
from grader.harness.latency.driver import UNANSWERED, drive

Handler = Callable[["Server", bytes], Awaitable[bytes]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Kind: plain\r\n\r\nhi"


class Server:
    """Answers each request as a handler says; counts connections and requests."""

    def __init__(self, handler: Handler) -> None:
        self.connections = 0
        self.heads: list[bytes] = []
        self.arrived = asyncio.Condition()
        self._handler = handler

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                head += await reader.readexactly(length_of(head))
                async with self.arrived:
                    self.heads.append(head)
                    self.arrived.notify_all()
                answer = await self._handler(self, head)
                writer.write(answer)
                if not answer:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def until(self, count: int) -> None:
        """Wait until so many requests have come."""
        async with self.arrived:
            await self.arrived.wait_for(lambda: len(self.heads) >= count)


def length_of(head: bytes) -> int:
    lines = (line.lower() for line in head.split(b"\r\n"))
    return next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)


async def at_once(_: Server, __: bytes) -> bytes:
    return OK


def always(answer: bytes) -> Handler:
    async def behave(_: Server, __: bytes) -> bytes:
        return answer

    return behave


def run(handler: Handler, count: int = 10, **changes: Any) -> tuple[Seen, Server]:
    """Drive a block of `GET /` against a server; what was seen, and the server."""

    async def work() -> tuple[Seen, Server]:
        async with served(handler) as (server, port):
            return await drive(block(count, **changes), "127.0.0.1", port), server

    return asyncio.run(work())


@asynccontextmanager
async def served(handler: Handler) -> AsyncIterator[tuple[Server, int]]:
    server = Server(handler)
    listening = await asyncio.start_server(server.take, "127.0.0.1", 0)
    try:
        yield server, listening.sockets[0].getsockname()[1]
    finally:
        listening.close()


def block(count: int, **changes: Any) -> Block:
    given = {"requests": (Prepared("GET", "/"),), "order": (0,) * count, "rate": 500.0, "patience": 30.0, "most": 1000}
    return Block(**(given | changes))


def test_requests_go_out_whatever_became_of_those_before() -> None:
    """The first is answered once the last has come: a client that waits for answers would wait for ever."""

    async def when_all_are_there(server: Server, _: bytes) -> bytes:
        await server.until(10)
        return OK

    seen, _ = run(when_all_are_there)
    assert [sample.status for sample in seen.samples] == [200] * 10


def test_a_stall_counts_for_all_who_wait_behind_it() -> None:
    """Latencies count from the schedule, so they fall from the first to the last of a stall, by their distance."""

    async def when_all_are_there(server: Server, _: bytes) -> bytes:
        await server.until(10)
        return OK

    samples = run(when_all_are_there, rate=50.0)[0].samples
    assert all(sample.done >= samples[-1].due for sample in samples)
    assert [sample.due for sample in samples] == [number / 50 for number in range(10)]
    assert samples[0].latency - samples[-1].latency > samples[-1].due / 2


def test_nothing_is_sent_before_its_instant() -> None:
    """However late a busy machine may make it."""
    samples = run(at_once)[0].samples
    assert all(sample.lag >= 0 and sample.done >= sample.sent for sample in samples)


def test_each_request_is_sent_as_it_was_prepared_and_in_the_order_given() -> None:
    """With its own headers and body, and its target as it is."""
    requests = (
        Prepared("GET", "/a%2Fb?q=%C3%A9"),
        Prepared("POST", "/c", (("Content-Type", "application/json"), ("X-Key", "k")), b'{"n": 1}'),
    )
    seen, server = run(at_once, requests=requests, order=(1, 0, 0), rate=20.0)
    assert [sample.request for sample in seen.samples] == [1, 0, 0]
    first = server.heads[0]
    assert first.startswith(b"POST /c HTTP/1.1\r\n")
    assert first.endswith(b'\r\n\r\n{"n": 1}')
    assert b"X-Key: k\r\n" in first
    assert server.heads[1].startswith(b"GET /a%2Fb?q=%C3%A9 HTTP/1.1\r\n")
    assert b"Accept-Encoding: identity\r\n" in first


def test_an_answer_is_kept_whole() -> None:
    """Its status, headers and body are judged later, when nothing is measured."""
    (sample,) = run(at_once, 1)[0].samples
    assert (sample.status, sample.body, dict(sample.headers)["X-Kind"], sample.error) == (200, b"hi", "plain", "")


def test_connections_are_used_again() -> None:
    """As a service's callers do it; how many are needed at once is the application's doing."""
    _, server = run(at_once, 30, rate=100.0)
    assert server.connections < 30


def test_what_is_not_answered_is_given_up() -> None:
    """Once the patience after the last instant is over; the others count as ever."""

    async def some(_: Server, head: bytes) -> bytes:
        if b"/never" in head:
            await asyncio.Event().wait()
        return OK

    requests = (Prepared("GET", "/"), Prepared("GET", "/never"))
    seen, _ = run(some, requests=requests, order=(0, 1, 0), patience=0.1)
    assert Counter((sample.status, sample.error) for sample in seen.samples) == {(200, ""): 2, (None, UNANSWERED): 1}


def test_a_rate_that_is_not_kept_ends_in_requests_that_are_not_sent() -> None:
    """A service that answers nothing is not buried under requests for ever."""

    async def never(_: Server, __: bytes) -> bytes:
        await asyncio.Event().wait()
        return OK

    seen, server = run(never, 20, most=5, patience=0.1)
    assert (seen.unsent, len(seen.samples)) == (15, 5)
    assert len(server.heads) == 5


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", "ServerDisconnectedError"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi", "no whole answer"),
    ],
    ids=["closed", "half-a-body"],
)
def test_what_is_no_answer_says_why(answer: bytes, error: str) -> None:
    """Whatever a server does, the driver goes on; who is overloaded does such things, too."""
    seen, _ = run(always(answer), 2, patience=0.1, rate=20.0)
    assert all(error in sample.error and not sample.broken for sample in seen.samples)


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param(b"rubbish\r\n\r\n", "malformed HTTP", id="rubbish"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "malformed HTTP", id="negative-length"),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 5000, "malformed HTTP", id="many-headers"),
        pytest.param(CHUNKED + b"zz\r\n", "malformed HTTP", id="malformed-chunk"),
        pytest.param(CHUNKED + b"1\r\nx\r\n" * 500 + b"0\r\n\r\n", "200 chunks", id="many-chunks"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 3_000_000, "2097152 bytes", id="long-body"),
        pytest.param(b"HTTP/1.1 103 X\r\n\r\n" * 400_000, driver.TOO_MUCH, id="flood-of-103"),
    ],
)
def test_what_can_be_no_answer_is_told_apart(answer: bytes, error: str) -> None:
    """However long one waits, it becomes none: it is wrong, not slow."""
    (sample,) = run(always(answer), 1)[0].samples
    assert error in sample.error
    assert sample.broken


def test_a_block_takes_no_more_than_its_answers_need(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each answer is within bounds, but all of them would fill the memory and make the driver late."""
    monkeypatch.setattr(driver, "BLOCK_BYTES", 0)
    large = b"HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n" + b"x" * 50_000
    samples = run(always(large), 10)[0].samples
    assert {(sample.error, sample.broken) for sample in samples} == {("", False), (driver.TOO_MUCH, True)}


def test_odd_bytes_in_a_header_survive_the_way() -> None:
    """They are allowed (RFC 9110 section 5.5), and cost nobody anything."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Odd: \xff\xfe\r\n\r\nhi"
    seen = run(always(answer), 1)[0]
    again = Seen.of(json.loads(json.dumps(seen.as_json())))
    assert again == seen
    assert dict(again.samples[0].headers)["X-Odd"].encode("utf-8", "surrogateescape") == b"\xff\xfe"


def test_nobody_listens() -> None:
    """Then each request fails by itself."""

    async def work() -> Seen:
        async with served(at_once) as (_, port):
            pass
        return await drive(block(3), "127.0.0.1", port)

    samples = asyncio.run(work()).samples
    assert len(samples) == 3
    assert all("ClientConnector" in sample.error for sample in samples)


def test_what_was_ordered_and_seen_survives_the_way() -> None:
    """Both are JSON between two processes, any bytes among them."""
    sent = block(2, requests=(Prepared("POST", "/", (("A", "b"),), b"\xff\x00"), Prepared("GET", "/x")))
    assert Block.of(sent.as_json()) == sent
    samples = (Sample(0, 0.1, 0.2, 0.3, 200, (("A", "b"),), b"\xff\x00"), Sample(1, 0.1, 0.2, 0.3, error="none"))
    assert Seen.of(Seen(samples, 3).as_json()) == Seen(samples, 3)
