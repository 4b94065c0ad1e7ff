"""Answers that never end, or never come: each costs its own check its time, and no other one anything."""

import pytest

from tests.attacks.attack import Attack, Outcome
from tests.attacks.operations import hand_in, hostile, see

pytestmark = pytest.mark.slow
LATE = ("no result within", "no whole response")
EXPLOITS = {
    "silence": hostile("silent", *LATE),
    "headers-a-byte-at-a-time": hostile('trickle(OK + b"x: ", b"y")', *LATE),
    "body-a-byte-at-a-time": hostile('trickle(OK + b"content-length: 9\\r\\n\\r\\n{", b" ")', *LATE),
    "chunks-one-at-a-time": hostile('trickle(CHUNKED, b"1\\r\\n \\r\\n")', *LATE),
    "hints-one-at-a-time": hostile('trickle(b"", b"HTTP/1.1 103 X\\r\\n\\r\\n")', *LATE),
}


@pytest.fixture(scope="module")
def outcome(attack_once: Attack) -> Outcome:
    return hand_in(attack_once, EXPLOITS, env={"GRADER_CHECK_DEADLINE": "3"})


@pytest.mark.usefixtures("in_table")
@pytest.mark.parametrize("name", EXPLOITS)
def test_waited_for_in_vain(name: str, outcome: Outcome) -> None:
    """However the answer is drawn out, the deadline is for the whole of it."""
    see(outcome, name, EXPLOITS[name])
