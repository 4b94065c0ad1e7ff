"""Requests, replies and what is recorded of them."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import h11
import pytest

from grader.harness import Api, Mismatch, Reply, Request
from grader.harness.recording import MAX_EXCHANGES, Recording
from grader.harness.request import encode
from grader.harness.wire import Limits, serialize

Serve = Callable[[Any], Any]


def answer(status: int, body: bytes = b"", headers: bytes = b"") -> bytes:
    return b"HTTP/1.1 %d X\r\ncontent-length: %d\r\n%b\r\n%b" % (status, len(body), headers, body)


def fetch(server: Any, **options: Any) -> Reply:
    return asyncio.run(Api(port=server.port).post("/x", **options))


def test_expect_returns_the_reply_or_says_what_came_instead(serve: Serve) -> None:
    """Any of the statuses will do; else the mismatch shows status, body and exchange."""
    reply = fetch(serve(answer(409, b'{"detail": "\x1b no"}')))
    assert reply.expect(400, 409) is reply
    with pytest.raises(Mismatch) as caught:
        reply.expect(201, 202)
    assert caught.value.expected == "status 201 or 202"
    assert caught.value.got == 'status 409 Conflict with the body {"detail": "\\x1b no"}'
    assert caught.value.exchange is reply.exchange


@pytest.mark.parametrize(
    ("status", "body", "refused"),
    [
        pytest.param(422, b'{"detail": []}', True, id="detail"),
        pytest.param(409, b'{"detail": null}', False, id="another-status"),
        pytest.param(422, b'{"error": "x"}', False, id="no-detail"),
        pytest.param(422, b'["detail"]', False, id="no-object"),
        pytest.param(422, b"no", False, id="no-json"),
    ],
)
def test_refused_wants_status_and_detail(status: int, body: bytes, refused: bool, serve: Serve) -> None:
    """FastAPI's shape of an error: an object with `detail`."""
    reply = fetch(serve(answer(status, body)))
    if refused:
        assert reply.refused(422) is reply
    else:
        with pytest.raises(Mismatch):
            reply.refused(422)


def test_an_exchange_shows_what_people_need(serve: Serve) -> None:
    """Method, public URL, own headers, bodies with hidden characters shown, status; not the pod's port."""
    server = serve(answer(201, b'{"a":\n"\x07\xff"}', b"X-A: 1\r\nx-a: \xe9\r\n"))
    reply = fetch(server, json={"n": 1}, params={"p": 1}, headers={"Authorization": "Bearer t"})
    exchange = reply.exchange
    assert (exchange.method, exchange.url, exchange.status) == ("POST", "http://127.0.0.1:8000/x?p=1", 201)
    assert exchange.request_body == '{"n": 1}'
    assert exchange.response_body == '{"a":\n"\\x07\\xff"}'
    assert ("Authorization", "Bearer t") in exchange.request_headers
    assert ("X-A", "1") in exchange.response_headers
    assert str(server.port) not in exchange.model_dump_json()
    assert reply.headers["x-A"] == "1, é"


def test_long_bodies_and_headers_are_cut_with_a_marker(serve: Serve) -> None:
    """Evidence is bounded however much the candidate sends."""
    reply = fetch(serve(answer(200, b"y" * 100_000, b"x: %b\r\n" % (b"z" * 10_000))), content=b"q" * 9000)
    assert len(reply.body) == 100_000
    for text in (reply.exchange.response_body, reply.exchange.request_body):
        assert text is not None
        assert len(text) < 4200
        assert "left out" in text
    assert len(reply.exchange.model_dump_json()) < 20_000


def test_only_the_last_exchanges_are_kept(serve: Serve) -> None:
    """A check that sends hundreds of requests shows the latest, in order."""
    server = serve(answer(200))
    recording = Recording()

    async def many() -> None:
        api = Api(port=server.port, recording=recording)
        for number in range(MAX_EXCHANGES + 5):
            await api.get(f"/{number}")

    asyncio.run(many())
    assert [exchange.url.rpartition("/")[2] for exchange in recording.exchanges] == [str(n) for n in range(5, 25)]


@pytest.mark.parametrize(
    ("sent", "lost"),
    [
        pytest.param(b"", True, id="closed"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc", True, id="cut"),
        pytest.param(b"nonsense\r\n\r\n", False, id="malformed"),
        pytest.param(answer(500), False, id="answered"),
    ],
)
def test_a_lost_connection_is_remembered(sent: bytes, lost: bool, serve: Serve) -> None:
    """Only what a process that died would show makes the harness look whether it did."""
    api = Api(port=serve(sent).port)
    with contextlib.suppress(Mismatch):
        asyncio.run(api.get("/"))
    assert api.recording.lost is lost


@pytest.mark.parametrize(
    ("path", "params", "target"),
    [
        pytest.param("/a b/ü", None, "/a%20b/%C3%BC", id="path-is-quoted"),
        pytest.param("/a%2Fb?x=1", None, "/a%2Fb?x=1", id="quoted-stays"),
        pytest.param("/a?x=1", {"y": "&="}, "/a?x=1&y=%26%3D", id="params-are-added"),
        pytest.param("/a", [("t", "1"), ("t", 2)], "/a?t=1&t=2", id="pairs-repeat"),
        pytest.param("/a", {"flag": True}, "/a?flag=true", id="booleans-as-in-json"),
        pytest.param("/a", {}, "/a", id="no-params"),
    ],
)
def test_targets_are_encoded(path: str, params: Any, target: str) -> None:
    """Checks write plain text; the wire gets a valid request target."""
    assert encode(Request("GET", path, params=params), "127.0.0.1", 8000).target == target


def test_own_headers_replace_the_ordinary_ones() -> None:
    """A check decides; whatever it says stands once."""
    outgoing = encode(Request("GET", "/", headers={"accept": "text/html", "HOST": "example.org"}), "127.0.0.1", 8000)
    names = [name.lower() for name, _ in outgoing.headers]
    assert sorted(names) == sorted(set(names))
    assert (b"accept", b"text/html") in outgoing.headers
    assert (b"HOST", b"example.org") in outgoing.headers


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(Request("GET", "users"), id="no-slash"),
        pytest.param(Request("POST", "/", json=1, content=b""), id="two-bodies"),
        pytest.param(Request("POST", "/", json=float("nan")), id="nan"),
    ],
)
def test_a_request_that_makes_no_sense_is_the_graders_fault(request_: Request) -> None:
    """It raises what no check catches."""
    with pytest.raises(ValueError, match=r"slash|either|JSON"):
        encode(request_, "127.0.0.1", 8000)


def test_half_a_surrogate_pair_can_be_sent() -> None:
    """A probe may send it, as an escape."""
    assert encode(Request("POST", "/", json="\ud800"), "127.0.0.1", 8000).body == b'"\\ud800"'


def test_a_body_can_be_sent_in_chunks() -> None:
    # Then nothing says beforehand how long it is, and several pieces arrive.
    body = bytes(range(256)) * 80
    outgoing = encode(Request("POST", "/x", content=body, headers={"Transfer-Encoding": "chunked"}), "127.0.0.1", 80)
    sent, _ = serialize(outgoing, Limits())
    server = h11.Connection(our_role=h11.SERVER)
    server.receive_data(sent)
    events = list(iter(server.next_event, h11.NEED_DATA))
    names = {name for name, _ in events[0].headers}
    pieces = [bytes(event.data) for event in events if isinstance(event, h11.Data)]
    assert (b"transfer-encoding" in names, b"content-length" in names) == (True, False)
    assert len(pieces) > 1
    assert b"".join(pieces) == body
