"""Applications that end after some requests: what was answered counts, and the rest says how it ended."""

import pytest

from grader.verdicts import Verdict
from tests.attacks.attack import Attack

AFTER_SIX = """
import ctypes, itertools, os, signal, sys

requests = itertools.count(1)

def deep():
    deep()

@app.middleware("http")
async def count(request, call_next):
    if next(requests) > 6:
        {deed}
    return await call_next(request)
"""


@pytest.mark.parametrize(
    ("deed", "how"),
    [
        pytest.param("ctypes.string_at(0)", "signal 11", id="segmentation-fault"),
        pytest.param(
            "sys.setrecursionlimit(2**31 - 1); eval('(' * 10**6)", "", id="deep-nesting", marks=pytest.mark.slow
        ),
        pytest.param("os._exit(0)", "status 0", id="exits-0", marks=pytest.mark.slow),
        pytest.param("os.kill(os.getpid(), signal.SIGKILL)", "signal 9", id="kills-itself", marks=pytest.mark.slow),
    ],
)
def test_after_six_requests(attack: Attack, deed: str, how: str) -> None:
    """The first two checks are answered whole; no later one earns what it did not do."""
    outcome = attack.honest(after=AFTER_SIX.format(deed=deed))
    report = outcome.graded(below=100)
    verdicts = outcome.verdicts()
    assert verdicts["notes.create"] is Verdict.PASSED
    assert verdicts["notes.read"] is not Verdict.PASSED
    assert not {Verdict.INCONCLUSIVE, Verdict.ERROR} & set(verdicts.values())
    if how:
        assert any(how in check.evidence.note for check in report.checks if check.evidence)


def test_a_server_that_comes_back(attack: Attack) -> None:
    """It exchanges itself for a fresh one amid a request: a connection is lost, and only that check fails."""
    deed = """
import os, sys

@app.middleware("http")
async def again(request, call_next):
    if request.url.path == "/openapi.json" and not os.environ.get("AGAIN"):
        os.environ["AGAIN"] = "1"
        words = open("/proc/self/cmdline").read().split("\\0")[:-1]
        os.closerange(3, 1024)
        os.execv(sys.executable, words)
    return await call_next(request)
"""
    outcome = attack.honest(after=deed)
    outcome.graded()
    assert "notes.document" in outcome.lost()
    assert not {Verdict.INCONCLUSIVE, Verdict.ERROR} & set(outcome.verdicts().values())
