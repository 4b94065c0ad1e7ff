"""Names of things that no request can carry: the check goes on with what the candidate has said, and cannot."""

import pytest

from tests.attacks.attack import Attack, Outcome
from tests.attacks.operations import hand_in, hostile, see

EXPLOITS = {
    "line-feed": hostile("named('a\\r\\nx: y')", "carr"),
    "nul": hostile("named('a\\0b')", "carr"),
    "delete": hostile("named('a\\x7fb')", "carr"),
    "escape": hostile("named('\\x1b[31m')", "carr"),
    "splitting": hostile("named('a HTTP/1.1\\r\\nhost: x\\r\\n\\r\\nGET /read/last HTTP/1.1\\r\\n')", "carr"),
    "a-million-characters": hostile("named('x' * 1_000_000)", "carr"),
    "blanks": hostile("named(' ')", "status"),
    "a-question": hostile("named('?x=y#z')", "status", "HTTP"),
    "another-host": hostile("named('@example.com:80/')", "status"),
    "up-and-up": hostile("named('../../../../../etc/passwd')", "status"),
    "a-lone-percent": hostile("named('%')", "status"),
    "brackets": hostile("named('[::1]{}')", "status"),
    "right-to-left": hostile("named('\\u202e\\u2066')", "status"),
    "emoji": hostile("named('\\U0001f600' * 9)", "status"),
}
MORE = """
import json
def named(word):
    answer = front.whole(json.dumps({"id": word}).encode())
    wrong = front.says(b"HTTP/1.1 404 Not Found\\r\\ncontent-length: 0\\r\\n\\r\\n")
    first = []
    def behave(connection, data):
        (wrong if first else answer)(connection, data)
        first.append(1)
    return behave
"""


@pytest.fixture(scope="module")
def outcome(attack_once: Attack) -> Outcome:
    return hand_in(attack_once, EXPLOITS, kind="follow", more=MORE)


@pytest.mark.usefixtures("in_table")
@pytest.mark.parametrize("name", EXPLOITS)
def test_no_request_carries_it(name: str, outcome: Outcome) -> None:
    """Where it can be sent it is, and nothing else; where it cannot, that is the candidate's failure."""
    see(outcome, name, EXPLOITS[name], kind="follow")
