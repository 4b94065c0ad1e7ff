"""The bytes of a WebSocket, without a connection."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from grader.harness.websocket.frames import Frames, Message, SocketLimits
from grader.harness.websocket.opening import Opening
from grader.harness.websocket.transcript import Transcript
from grader.harness.wire import Limits, WireError


def opening() -> Opening:
    return Opening("/ws", None, None, ("127.0.0.1", 8000), Limits())


def wire(opcode: Opcode, data: bytes, *, fin: bool = True) -> bytes:
    return Frame(opcode, data, fin).serialize(mask=False)


@given(st.binary(max_size=300), st.integers(0, 4))
def test_any_answer_is_one_or_a_wire_error(data: bytes, start: int) -> None:
    """Fuzzed bytes, alone or after a valid beginning, raise nothing but `WireError`."""
    switching = b"HTTP/1.1 101 X\r\n"
    upgrade = b"connection: upgrade\r\nupgrade: websocket\r\n"
    beginnings = [b"", switching, switching + upgrade, switching + b"sec-websocket-extensions: ", b"HTTP/1.1 403 X\r\n"]
    reader = opening()
    try:
        if not reader.feed(beginnings[start] + data) and data:
            reader.feed(b"")
    except WireError:
        return
    assert not reader.accepted


@given(st.binary(max_size=300), st.binary(max_size=20))
def test_any_bytes_are_messages_or_a_wire_error(before: bytes, after: bytes) -> None:
    """Fuzzed bytes, also those that look like the beginning of a frame, raise nothing but `WireError`."""
    for data in (
        before + after,
        wire(Opcode.TEXT, before, fin=False) + after,
        wire(Opcode.CLOSE, before[:125]) + after,
    ):
        frames = Frames(SocketLimits())
        try:
            messages = list(frames.feed(data))
        except WireError:
            continue
        assert all(isinstance(message, Message) for message in messages)


@given(st.lists(st.tuples(st.text(max_size=40), st.integers(0, 5), st.booleans()), max_size=4), st.integers(1, 50))
def test_messages_come_whole_however_they_are_cut(sent: list[tuple[str, int, bool]], step: int) -> None:
    """Neither where a message is cut into fragments nor where the network cuts the bytes makes a difference."""
    data = b""
    for text, cut, binary in sent:
        opcode, payload = (Opcode.BINARY if binary else Opcode.TEXT), text.encode()
        data += wire(opcode, payload[:cut], fin=False) + wire(Opcode.PING, b"") + wire(Opcode.CONT, payload[cut:])
    frames = Frames(SocketLimits())
    pieces = [data[start : start + step] for start in range(0, len(data), step)]
    received = [message for piece in pieces for message in frames.feed(piece)]
    assert received == [Message(text.encode(), binary) for text, _, binary in sent]


@pytest.mark.parametrize(
    ("limits", "data", "reason"),
    [
        pytest.param(SocketLimits(message_bytes=10), wire(Opcode.TEXT, b"x" * 11), "message of more", id="a-message"),
        pytest.param(
            SocketLimits(message_bytes=10),
            wire(Opcode.TEXT, b"x" * 9, fin=False) + wire(Opcode.CONT, b"xx"),
            "message of more",
            id="its-fragments",
        ),
        pytest.param(SocketLimits(total_bytes=10), wire(Opcode.TEXT, b"x" * 9), "more than 10 bytes", id="all-bytes"),
        pytest.param(SocketLimits(frames=2), wire(Opcode.PONG, b"") * 3, "more than 2 frames", id="pongs"),
        pytest.param(SocketLimits(frames=2), wire(Opcode.TEXT, b"") * 3, "more than 2 frames", id="messages"),
    ],
)
def test_limits_hold(limits: SocketLimits, data: bytes, reason: str) -> None:
    """One beyond is too many."""
    with pytest.raises(WireError, match=reason):
        list(Frames(limits).feed(data))


def test_limits_are_inclusive() -> None:
    """As much as a limit names is let through."""
    data = wire(Opcode.TEXT, b"x" * 10)
    limits = SocketLimits(message_bytes=10, total_bytes=2 * len(data), frames=2)
    assert len(list(Frames(limits).feed(data * 2))) == 2


def test_what_came_before_a_violation_is_kept() -> None:
    """A whole message stays one, whatever follows it."""
    messages = Frames(SocketLimits()).feed(wire(Opcode.TEXT, b"1") + b"\xff\xff")
    assert next(messages) == Message(b"1")
    with pytest.raises(WireError, match="malformed WebSocket"):
        next(messages)


def test_a_flood_is_answered_only_up_to_the_limit() -> None:
    """Pings of one large piece are not all answered before they are counted."""
    frames = Frames(SocketLimits(frames=10))
    with pytest.raises(WireError, match="more than 10 frames"):
        list(frames.feed(wire(Opcode.PING, b"") * 100_000))
    assert len(frames.outgoing()) < 50_000


def test_a_transcript_shows_hidden_characters_and_cuts_long_lines() -> None:
    """It is evidence: nothing in it can steer a reader's eye, and it is bounded."""
    transcript = Transcript()
    transcript.received(b"\x1b[2J\n\xff" + b"y" * 10_000, binary=True)
    transcript.sent("\u202e" * 10_000)
    transcript.happened("closed")
    first, second, third = transcript.text().split("\n")
    assert first.startswith("< (binary) \\x1b[2J\\n\\xff" + "y" * 100)
    assert second.startswith("> \\u202e\\u202e")
    assert third == "* closed"
    assert max(map(len, (first, second))) < 1_100


def test_of_a_long_transcript_the_middle_is_left_out() -> None:
    """The beginning says what was asked, the end what went wrong."""
    transcript = Transcript()
    for number in range(1_000):
        transcript.sent(f"{number:04}")
    lines = transcript.text().splitlines()
    assert (lines[0], lines[-1]) == ("> 0000", "> 0999")
    left_out = next(line for line in lines if line.startswith("* ("))
    assert left_out == f"* ({1_000 - (len(lines) - 1)} more, left out here)"
    assert len(transcript.text()) < 4_200
