"""Each fault is on the wire what it says that it is."""

import json
from typing import Any

import pytest

from grader.harness.upstream.script import (
    Script,
    answer,
    closed,
    computed,
    half_a_body,
    late,
    no_answer,
    not_json,
    raw,
    reset,
    sequence,
    slow_body,
    stream,
)

pytestmark = pytest.mark.anyio

VALUE = {"id": "a", "title": "été"}
GET = "GET /items/a HTTP/1.1\r\nhost: x\r\n\r\n"


async def test_an_answer_has_its_value_status_and_headers(stand: Any, connect: Any) -> None:
    """JSON, of the length that it says."""
    stand.route("/items/a", answer(VALUE, status=503, headers={"Retry-After": "1"}))
    got = await (await connect()).ask("/items/a")
    assert (got.status, json.loads(got.body), got.whole) == (503, VALUE, True)
    assert got.headers == {
        "content-type": "application/json",
        "retry-after": "1",
        "content-length": str(len(got.body)),
    }


@pytest.mark.parametrize(
    ("script", "body"),
    [
        pytest.param(raw(b"\x00\xff", headers={"Content-Type": "image/png"}), b"\x00\xff", id="bytes"),
        pytest.param(raw(b""), b"", id="nothing"),
        pytest.param(raw(b"", status=204), b"", id="204"),
        pytest.param(not_json(), b"<html>502 Bad Gateway</html>", id="html"),
        pytest.param(not_json("{"), b"{", id="half a document"),
    ],
)
async def test_a_body_is_sent_as_it_is(stand: Any, connect: Any, script: Script, body: bytes) -> None:
    """Whole, and the connection goes on; what calls itself JSON says so."""
    stand.route("/items/a", script)
    caller = await connect()
    for _ in range(2):
        got = await caller.ask("/items/a")
        assert (got.body, got.whole) == (body, True)
    assert len(stand.told("accepted")) == 1


async def test_half_a_body_is_half_of_what_was_announced(stand: Any, connect: Any) -> None:
    """And then an orderly end: the client has to count."""
    stand.route("/items/a", half_a_body(VALUE))
    got = await (await connect()).ask("/items/a")
    whole = json.dumps(VALUE).encode()
    assert (got.status, got.body, got.whole) == (200, whole[: len(whole) // 2], False)
    assert got.headers["content-length"] == str(len(whole))
    assert stand.outcomes() == ["cut off"]


async def test_closed_is_an_end_without_a_byte(stand: Any, connect: Any) -> None:
    """As a server does that restarts."""
    stand.route("/items/a", closed())
    caller = await connect()
    await caller.call("/items/a")
    assert await caller.rest() == b""
    assert stand.outcomes() == ["cut off"]


async def test_reset_is_a_reset(stand: Any, connect: Any) -> None:
    """As a crashed machine or a firewall answers."""
    stand.route("/items/a", reset())
    caller = await connect()
    await caller.call("/items/a")
    with pytest.raises(ConnectionResetError):
        await caller.rest()
    assert stand.outcomes() == ["reset"]


async def test_no_answer_lasts_until_the_caller_leaves(stand: Any, connect: Any) -> None:
    """Others are answered meanwhile, and long after."""
    stand.route("/items/a", no_answer())
    stand.route("/items/b", answer(VALUE))
    silent, other = await connect(), await connect()
    await silent.call("/items/a")
    await stand.until("arrived")
    for _ in range(20):
        assert (await other.ask("/items/b")).status == 200
    assert [one["number"] for one in stand.told("ended")] == list(range(2, 22))


async def test_a_slow_body_trickles_without_an_end(stand: Any, connect: Any) -> None:
    """The headers at once, then byte after byte: each comes in time, and the whole never."""
    stand.route("/items/a", slow_body(VALUE, every=0.001))
    caller = await connect()
    await caller.call("/items/a")
    head = await caller.until(b"\r\n\r\n")
    assert b"content-length: 1000000" in head.lower()
    assert await caller.until(b"{" + b" " * 50)
    assert stand.outcomes() == []


async def test_late_is_the_same_answer_later(stand: Any, connect: Any) -> None:
    """It begins to count when the call has arrived, and holds up nobody else."""
    stand.route("/items/a", late(answer(VALUE), 0.05))
    stand.route("/items/b", answer(VALUE))
    slow, quick = await connect(), await connect()
    await slow.call("/items/a")
    await stand.until("arrived")
    assert (await quick.ask("/items/b")).status == 200
    assert json.loads((await slow.answer()).body) == VALUE
    (arrived, ended) = stand.told("arrived")[0]["at"], stand.told("ended")[1]["at"]
    assert ended - arrived >= 0.05


async def test_a_stream_waits_where_it_names_a_gate(stand: Any, connect: Any) -> None:
    """What stands before the gate is there; what stands behind comes once it is opened, and then the end."""
    stand.route("/items/a", stream(b"data: 1\n\n", "later", b"data: 2\n\n"))
    stand.stage.gate("later", [], 0)
    caller = await connect()
    await caller.call("/items/a")
    assert b"text/event-stream" in await caller.until(b"data: 1\n\n")
    assert stand.outcomes() == []
    stand.stage.open("later")
    assert b"data: 2\n\n" in await caller.until(b"0\r\n\r\n")
    await stand.until("ended")
    assert stand.outcomes() == ["answered 200"]


@pytest.mark.parametrize(
    "script",
    [
        pytest.param([["head", 200, [["Content-Length", "9"]]], ["data", "x"], ["end"]], id="too short"),
        pytest.param([["head", 200, [["Content-Length", "0"]]], ["data", "x"], ["end"]], id="too long"),
        pytest.param(answer(VALUE, status=204), id="204 with a body"),
        pytest.param(answer(VALUE, status=99), id="status 99"),
        pytest.param(answer(VALUE, headers={"X": "a\nb"}), id="a line feed in a header"),
        pytest.param([["end"]], id="no head"),
        pytest.param([["pause", 0]], id="no end"),
        pytest.param([], id="nothing"),
        pytest.param([["dance"]], id="unknown step"),
        pytest.param(stream("nobody's gate"), id="unknown gate"),
    ],
)
async def test_what_http_cannot_carry_is_told_as_a_failure(stand: Any, connect: Any, script: Script) -> None:
    """It is the pack's own fault; the caller does not hang meanwhile, and the next one is served."""
    stand.route("/items/a", script)
    stand.route("/items/b", answer(VALUE))
    caller = await connect()
    await caller.call("/items/a")
    with pytest.raises(ConnectionResetError):
        await caller.rest()
    (failed,) = stand.told("failed")
    assert failed["problem"].startswith("catalog GET /items/a: ")
    assert (await (await connect()).ask("/items/b")).status == 200


def test_a_sequence_has_at_least_one_script() -> None:
    """A route without an answer is a slip."""
    assert sequence([closed(), reset()]) == [closed(), reset()]
    with pytest.raises(ValueError, match="at least one"):
        sequence([])


def test_scripts_survive_the_wire() -> None:
    """They are plain JSON, whatever bytes they hold."""
    script = [*raw(bytes(range(256))), *stream(b"\xff", "gate"), *slow_body([], every=1)]
    assert json.loads(json.dumps(script)) == script


@pytest.mark.parametrize("function", [lambda: None, print, Script], ids=["lambda", "builtin", "no function"])
def test_what_cannot_be_found_again_cannot_compute(function: Any) -> None:
    """The process loads it by its file and name."""
    with pytest.raises((ValueError, TypeError)):
        computed(function)


def test_a_function_at_the_top_of_a_file_can() -> None:
    """With arguments that JSON can carry."""
    assert computed(answer_of, 1) == [["computed", __file__, "answer_of", [1]]]


def answer_of(request: Any, number: int) -> Any:  # noqa: ARG001 - as computing functions are called
    """For the test above."""
    return number
