"""`grader replay` as its users meet it, in the local sandbox."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

Grader = Callable[..., Any]
HandIn = Callable[..., Path]
PANG = 'from fastapi import FastAPI\napp = FastAPI()\n@app.get("/ping")\ndef ping():\n    return {"answer": "pang"}\n'


def test_the_same_submission_has_the_same_verdict_and_a_mended_one_another(
    grader: Grader, hand_in: HandIn, ping_pack: Path
) -> None:
    """Exit 0 and 1; the second warns that it is another submission. What the check requires runs as well."""
    ran = grader("run", str(hand_in(PANG)), "--challenge", str(ping_pack), "--sandbox", "local", "--seed", "5")
    folder = "grader-reports/jane-doe"
    assert ran.report.checks[1].verdict == "failed"

    again = grader("replay", folder, "ping.body", "--sandbox", "local")
    assert (again.code, again.out.splitlines()[-1]) == (0, "ping.body: failed, as in the report")
    assert "warning" not in again.err

    mended = str(hand_in(name="mended"))
    other = grader("replay", folder, "ping.body", mended, "--sandbox", "local", "--out", "again")
    assert (other.code, other.out.splitlines()[-1]) == (1, "ping.body: passed now, failed in the report")
    assert "warning: this is another submission" in other.err

    refused = grader("replay", folder, "ping.body")
    assert refused.code == 2
    assert "the report is of a run without isolation" in refused.err
