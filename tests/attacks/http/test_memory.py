"""Answers that are each within bounds, and together more than the harness can hold."""

import pytest

from grader.verdicts import Verdict
from tests.attacks.attack import Attack, Outcome
from tests.attacks.operations import hand_in, hostile, result, see

pytestmark = pytest.mark.slow
TOGETHER = "bytes in all the answers"
EXPLOITS = {
    "large-bodies": hostile("whole(b'{\"id\":7,\"x\":\"' + b'x' * 2_000_000 + b'\"}')", TOGETHER),
    "endless-bodies": hostile('endless(b" ", OK + b"\\r\\n")', TOGETHER, "bytes of body"),
    "endless-headers": hostile('endless(b"x: " + b"y" * 9999, OK)', "headers", "malformed HTTP"),
    "bodies-of-objects": hostile(
        "whole(b'{\"id\":7,\"x\":[' + b'{\"\":0},' * 280_000 + b'0]}')", TOGETHER, "commas and brackets"
    ),
    "bodies-of-arrays": hostile(
        "whole(b'{\"id\":7,\"x\":[' + b'[],' * 650_000 + b'0]}')", TOGETHER, "commas and brackets"
    ),
}

ALLOWED = {"as-much-as-allowed": hostile("whole(b'{\"id\":7,\"x\":[' + b'{\"\":0},' * 24_000 + b'0]}')")}


@pytest.fixture(scope="module")
def outcome(attack_once: Attack) -> Outcome:
    return hand_in(attack_once, EXPLOITS | ALLOWED, kind="burst")


@pytest.mark.usefixtures("in_table")
@pytest.mark.parametrize("name", EXPLOITS)
def test_too_much_at_once(name: str, outcome: Outcome) -> None:
    """The harness has 512 MiB: it takes no more than it can hold, and says what there was too much of."""
    see(outcome, name, EXPLOITS[name], kind="burst")


def test_as_much_as_allowed(outcome: Outcome) -> None:
    """Forty answers just within each bound, all held and parsed at once, are no more than the harness can hold."""
    assert result(outcome, "burst.as-much-as-allowed").verdict is Verdict.PASSED
