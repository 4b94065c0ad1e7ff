"""Processes that end themselves, or whatever else they see, while a check waits for them."""

import pytest

from grader.verdicts import Verdict
from tests.attacks.attack import Attack

ENDS = """
import threading
def end():
    {how}
@app.middleware("http")
async def ending(request, call_next):
    if request.method == "GET" and request.url.path.startswith("/notes/"):
        end()
    return await call_next(request)
"""
KILLS = """
import os, signal
for ignored in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(ignored, signal.SIG_IGN)
for number in (9, 15, 19, 2, 1) * 3:
    for pid in {-1, *range(1, 5000)} - {os.getpid()}:
        try:
            os.kill(pid, number)
        except OSError:
            pass
"""


@pytest.mark.parametrize(
    ("how", "status"),
    [
        pytest.param("os._exit(0)", "status 0", id="success"),
        pytest.param("os.kill(os.getpid(), 9)", "signal 9", id="SIGKILL", marks=pytest.mark.slow),
        pytest.param("os.abort()", "signal 6", id="SIGABRT", marks=pytest.mark.slow),
    ],
)
def test_an_end_in_the_middle_of_a_request(attack: Attack, how: str, status: str) -> None:
    """What passed before is kept; the check in which it ended has failed, and says how, and the others are blocked."""
    outcome = attack.honest(after=ENDS.format(how=how))
    outcome.graded(below=100)
    verdicts = outcome.verdicts()
    assert verdicts["notes.create"] is verdicts["notes.create.refused"] is Verdict.PASSED
    assert verdicts["notes.read"] is Verdict.FAILED
    assert {verdicts[name] for name in ("notes.document", "notes.tags", "notes.socket")} == {Verdict.BLOCKED}
    [read] = [check for check in outcome.told().checks if check.id == "notes.read"]
    assert f"ended ({status})" in read.evidence.note


def test_killing_all_that_can_be_seen(attack: Attack) -> None:
    """That is nobody but itself: the harness judges on, and the application, which survives, loses nothing."""
    attack.honest(before=KILLS).graded(score=100)
