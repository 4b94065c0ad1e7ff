"""`grader github` as the action calls it."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from grader.github.cohort import table
from grader.report.model import Report, Status
from grader.report.write import write_report
from grader.verdicts import Verdict
from tests.github.runner import outputs_of

MakeReport = Callable[..., Report]


def run(*words: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """The command, with these variables alone."""
    return subprocess.run(
        [sys.executable, "-m", "grader", "github", *words],
        env={"PATH": "/usr/bin:/bin", "COLUMNS": "200", **env},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_one_report_is_shown_whole(make_report: MakeReport, tmp_path: Path) -> None:
    """Summary, annotations and outputs; nothing else is printed."""
    report = make_report(("a.shown", Verdict.FAILED, True), ("a.hidden", Verdict.FAILED, False))
    folder = write_report(report, tmp_path / "report").parent
    files = {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary"), "GITHUB_OUTPUT": str(tmp_path / "output")}
    done = run(str(folder), env=files)
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.partition("::What")[0] for line in done.stdout.splitlines()] == ["::error title=a.shown"]
    assert "scores 50" in (tmp_path / "summary").read_text()
    assert outputs_of((tmp_path / "output").read_text()) == {
        "status": "graded",
        "score": "50",
        "level": "",
        "report": str(folder),
    }


def test_elsewhere_it_says_what_to_use(make_report: MakeReport, tmp_path: Path) -> None:
    """Wrong usage, in one line and a hint."""
    folder = write_report(make_report(("a.one", Verdict.PASSED, True)), tmp_path).parent
    done = run(str(folder), env={})
    assert done.returncode == 2
    assert "error: GITHUB_STEP_SUMMARY is not set" in done.stderr
    assert "grader render REPORT --format md" in done.stderr


@pytest.mark.parametrize("name", ["ada", "a|b", "`x` | y", "[a](http://b)", "@org/team", "<img src=x>"])
def test_a_cohort_is_a_table_of_the_best_first(make_report: MakeReport, name: str) -> None:
    """A row each, whatever the name; who has no score stands last."""
    best = make_report(("a.one", Verdict.PASSED, True))
    best = best.model_copy(update={"submission": best.submission.model_copy(update={"name": name})})
    problem = {"kind": "X", "message": "no application"}
    rows = table([make_report(status=Status.REJECTED, problem=problem), best]).splitlines()[4:]
    assert len(rows) == 2
    assert [row.replace("\\|", "").count("|") for row in rows] == [5, 5]
    assert rows[0].endswith("| 50 | – | 1 of 1 |")
    assert rows[1] == "| `jane` | rejected | | |"
