"""Open files without end."""

from grader.settings import Settings
from tests.attacks.attack import Attack

DEED = """
import json, os

kept = []
try:
    while True:
        kept.append(os.open("/dev/null", os.O_RDONLY))
except OSError as error:
    last = error.strerror
for one in kept[:{left}]:
    os.close(one)
print("FOUND", json.dumps({{"opened": len(kept), "last": last}}), flush=True)
"""


def test_all_but_a_few(attack: Attack) -> None:
    """The limit holds, and with twenty left a correct solution is one."""
    outcome = attack.honest(after=DEED.format(left=20))
    outcome.graded(score=100)
    found = outcome.findings()
    assert found["last"] == "Too many open files"
    assert Settings().nofile - 64 < found["opened"] < Settings().nofile


def test_all(attack: Attack) -> None:
    """Without any it cannot take connections: it is rejected or earns nothing, and it is nobody else's fault."""
    outcome = attack.honest(after=DEED.format(left=0), env={"GRADER_STARTUP_DEADLINE": "5"})
    assert outcome.code in {0, 3}, outcome.text
    if outcome.code == 0:
        outcome.graded(score=0)
