"""Answers that are each within bounds, and together more than the harness can hold."""

import pytest

from tests.attacks.attack import Attack, Outcome
from tests.attacks.operations import hand_in, hostile, see

TOGETHER = "bytes in all the answers"
EXPLOITS = {
    "large-bodies": hostile("whole(b'{\"id\":7,\"x\":\"' + b'x' * 2_000_000 + b'\"}')", TOGETHER),
    "bodies-of-objects": hostile(
        "whole(b'{\"id\":7,\"x\":[' + b'{\"\":0},' * 280_000 + b'0]}')", TOGETHER, "commas and brackets"
    ),
    "bodies-of-arrays": hostile(
        "whole(b'{\"id\":7,\"x\":[' + b'[],' * 650_000 + b'0]}')", TOGETHER, "commas and brackets"
    ),
}


@pytest.fixture(scope="module")
def outcome(attack_once: Attack) -> Outcome:
    return hand_in(attack_once, EXPLOITS, kind="burst")


@pytest.mark.usefixtures("in_table")
@pytest.mark.parametrize("name", EXPLOITS)
def test_too_much_at_once(name: str, outcome: Outcome) -> None:
    """The harness has 512 MiB: it takes no more than it can hold, and says what there was too much of."""
    see(outcome, name, EXPLOITS[name], kind="burst")
