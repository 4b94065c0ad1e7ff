"""WebSockets on which nothing comes, or too little: each costs its own check its time, and no other one anything."""

import pytest

from tests.attacks.attack import Attack, Outcome
from tests.attacks.operations import hand_in, hostile, see

pytestmark = pytest.mark.slow
LATE = ("no result within", "no answer to the handshake", "nothing within")
EXPLOITS = {
    "handshake-never": hostile("silent", *LATE),
    "handshake-a-byte-at-a-time": hostile('trickle(b"HTTP/1.1 101 X\\r\\nx: ", b"y")', *LATE),
    "message-never": hostile("talks(forever=frame(9), seconds=0.5)", *LATE),
    "message-a-byte-at-a-time": hostile('talks(b"\\x81\\x7d", forever=b" ", seconds=0.5)', *LATE),
    "close-never": hostile("never_closes", *LATE),
}


@pytest.fixture(scope="module")
def outcome(attack_once: Attack) -> Outcome:
    return hand_in(attack_once, EXPLOITS, kind="talk", env={"GRADER_CHECK_DEADLINE": "3"})


@pytest.mark.usefixtures("in_table")
@pytest.mark.parametrize("name", EXPLOITS)
def test_waited_for_in_vain(name: str, outcome: Outcome) -> None:
    """However it is drawn out, the deadline is for the whole of it."""
    see(outcome, name, EXPLOITS[name], kind="talk")
