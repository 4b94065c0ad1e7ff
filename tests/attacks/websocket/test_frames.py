"""Frames that are none, have no end, or come too often: each loses the check of its own operation, and no other one."""

import pytest

from tests.attacks.attack import Attack, Outcome
from tests.attacks.operations import hand_in, hostile, see

BAD = "malformed WebSocket"
BYTES = "1048576 bytes"
FRAMES = "20000 frames"
EXPLOITS = {
    "of-2-to-the-63": hostile('talks(b"\\x81\\x7f" + b"\\xff" * 8)', BYTES, BAD),
    "of-2-to-the-63-less-one": hostile('talks(b"\\x81\\x7f\\x7f" + b"\\xff" * 7)', BYTES),
    "deflated": hostile("talks(frame(1, BOMB[:60000], first=0xC0))", "reserved bits"),
    "reserved-bits": hostile("talks(frame(1, GOT, first=0xB0))", "reserved bits"),
    "masked": hostile('talks(b"\\x81\\x8a" + bytes(4) + GOT)', "masking"),
    "opcode-3": hostile("talks(frame(3, GOT))", "opcode"),
    "opcode-15": hostile("talks(frame(15, GOT))", "opcode"),
    "text-of-odd-bytes": hostile('talks(frame(1, b"\\xff\\xfe"))', "not UTF-8"),
    "text-of-a-surrogate": hostile('talks(frame(1, b"\\xed\\xa0\\x80"))', "not UTF-8"),
    "binary-of-odd-bytes": hostile('talks(frame(2, b"\\xff\\xfe"))', "\\xff", "ÿ"),
    "json-deep": hostile('talks(frame(1, b"[" * 60000))', "[[["),
    "json-of-many": hostile('talks(frame(1, b"[" + b"0," * 300000 + b"0]"))', "[0,0"),
    "json-nan": hostile("talks(frame(1, b'{\"got\": NaN}'))", "NaN"),
    "continuation-of-nothing": hostile("talks(frame(0, GOT))", "continuation"),
    "message-in-a-message": hostile("talks(frame(1, GOT, first=0), frame(1, GOT))", "continuation"),
    "fragments-endless": hostile('talks(frame(1, b"", first=0), forever=frame(0, b"", first=0))', FRAMES),
    "message-endless": hostile('talks(frame(1, b"", first=0), forever=frame(0, b"y" * 60000, first=0))', BYTES),
    "messages-endless": hostile("talks(forever=frame(1, b'{\"not\": 7}'))", '{"not": 7}'),
    "messages-empty": hostile("talks(forever=frame(1))", FRAMES, "an empty message"),
    "pings-endless": hostile('talks(forever=frame(9, b"x" * 125))', FRAMES, "bytes on one"),
    "pings-empty": hostile("talks(forever=frame(9))", FRAMES),
    "pongs-endless": hostile("talks(forever=frame(10))", FRAMES),
    "ping-too-long": hostile('talks(frame(9, b"x" * 126))', "control frame"),
    "ping-in-fragments": hostile('talks(frame(9, b"x", first=0))', "control frame"),
    "close-with-half-a-code": hostile('talks(frame(8, b"\\x03"))', "too short"),
    "close-with-0": hostile('talks(frame(8, b"\\x00\\x00"))', "status code"),
    "close-with-1005": hostile('talks(frame(8, b"\\x03\\xed"))', "status code"),
    "close-with-65535": hostile('talks(frame(8, b"\\xff\\xff"))', "status code"),
    "close-with-odd-bytes": hostile('talks(frame(8, b"\\x03\\xe8\\xff"))', "utf-8"),
    "close-with-html": hostile('talks(frame(8, b"\\x0f\\xa0<script>alert(7)</script>\\x1b[2J"))', "4000"),
    "closed-in-a-frame": hostile("talks(frame(1, GOT)[:5])", "without a close frame"),
    "closed-in-a-header": hostile('talks(b"\\x81")', "without a close frame"),
    "reset-in-a-frame": hostile("vanishes(frame(1, GOT)[:5])", "reset"),
    "http-again": hostile("talks(b'HTTP/1.1 200 OK\\r\\ncontent-length: 10\\r\\n\\r\\n' + GOT * 9)", BAD),
}
MORE = """
import zlib
GOT = b'{"got": 7}'
BOMB = zlib.compress(bytes(100 * 2**20))
"""


@pytest.fixture(scope="module")
def outcome(attack_once: Attack) -> Outcome:
    return hand_in(attack_once, EXPLOITS, kind="talk", more=MORE)


@pytest.mark.usefixtures("in_table")
@pytest.mark.parametrize("name", EXPLOITS)
def test_no_message(name: str, outcome: Outcome) -> None:
    """The frames are the candidate's failure, and the evidence says what is wrong with them."""
    see(outcome, name, EXPLOITS[name], kind="talk")
