"""The trace that explains failed async checks loads the candidate's code: what that says explains and never decides."""

import json

import pytest

from grader.insight.tracer.notes import MARKER
from tests.attacks.attack import Attack, Outcome
from tests.attacks.tampering.apps import BLOCKING, decided

HTML = "<img src=x onerror=alert(1)>.py"
LIE = {
    "file": "innocent.py",
    "line": 1,
    "function": "colleague",
    "is_async": True,
    "caller": "",
    "call": "time.sleep",
    "requests": [0],
}
SAYS = """
import os, sys
if "uvicorn" not in sys.modules:
    for descriptor in range(64):
        try:
            os.write(descriptor, {said!r})
        except OSError:
            pass
    {then}
"""


def lies(*places: dict[str, object]) -> bytes:
    """The tracer's last line, as it would write it."""
    return f"\n{MARKER}{json.dumps(places)}\n".encode()


def trace(attack: Attack, said: bytes, then: str = "os._exit(0)", files: dict[str, str] | None = None) -> Outcome:
    """The blocking application, which says this where it is traced, and nothing where it is graded."""
    outcome = decided(attack, lambda: attack.app(SAYS.format(said=said, then=then) + BLOCKING, files))
    outcome.graded(score=80)
    assert outcome.lost() == {"notes.tags"}
    return outcome


def test_a_line_that_it_names_itself(attack: Attack) -> None:
    """It has to be one of the submission; names and source stay text, and no check is blamed but the failed one."""
    said = lies(LIE, {**LIE, "file": HTML, "function": "<script>", "call": "<b>"}, {**LIE, "file": "/etc/passwd"})
    files = {"innocent.py": "print('</script><script>alert(2)</script>')\n", HTML: "'<svg/onload=alert(3)>'\n"}
    outcome = trace(attack, said, files=files)
    insights = outcome.told().insights
    assert [(one.file, one.checks) for one in insights] == [("innocent.py", ["notes.tags"]), (HTML, ["notes.tags"])]
    page = (outcome.folder / "report.html").read_text(encoding="utf-8")
    assert not [tag for tag in ("<img src", "<svg/onload", "<script>alert") if tag in page]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("said", "then"),
    [
        pytest.param(lies({**LIE, "line": 10**400}), "os._exit(0)", id="a line beyond all"),
        pytest.param(f"\n{MARKER}".encode() + b"[" * 60_000, "os.kill(os.getpid(), 9)", id="deep, and killed"),
    ],
)
def test_an_answer_of_another_form(attack: Attack, said: bytes, then: str) -> None:
    """Nothing is shown, and nothing is wrong."""
    assert trace(attack, said, then).told().insights == []


ENDLESS = """
    import threading, time
    time.sleep = lambda seconds: None
    while True:
        for descriptor in range(3, 64):
            try:
                os.write(descriptor, b"x" * 65536)
            except OSError:
                pass
"""


@pytest.mark.slow
def test_an_answer_without_an_end(attack: Attack) -> None:
    """It is cut off in time, and nothing of it is kept."""
    outcome = trace(attack, b"x", ENDLESS.lstrip())
    assert outcome.told().insights == []
    assert outcome.told().timings["insight"] < 60
