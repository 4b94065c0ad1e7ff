"""`grader show` and `grader render`: what a run wrote is read again, in any form."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from typer.testing import CliRunner, Result

from grader.cli.main import app
from grader.report.html import page
from grader.report.load import load_report
from grader.report.model import Status
from grader.report.write import write_report
from tests.report.conftest import everything, without_score

Command = Callable[..., Result]
PONG = "from fastapi import FastAPI\napp = FastAPI()\n@app.get('/ping')\ndef ping(): return {'answer': '[bold]pang'}\n"


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line, in this process."""
    monkeypatch.setenv("COLUMNS", "120")
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a report is."""
    write_report(everything(), tmp_path / "jane")
    return tmp_path / "jane"


def test_show_prints_what_the_run_printed(
    grader: Callable[..., Any], hand_in: Callable[..., Path], ping_pack: Path, tmp_path: Path
) -> None:
    """The same summary to the letter, without a warning; by the folder and by the file."""
    out = tmp_path / "out"
    words = ("--sandbox", "local", "--out", str(out), "--challenge", str(ping_pack))
    ran = grader("run", str(hand_in(PONG)), *words)
    shown = grader("show", str(out))
    assert (shown.code, shown.err) == (0, "")
    assert ran.out == f"{shown.out}\nreport: {out}/report.json\n        {out}/report.html\n"
    assert "[bold]pang" in shown.out


def test_show_is_not_the_run(command: Command, tmp_path: Path) -> None:
    """A rejection is shown, and showing it succeeds."""
    write_report(without_score(Status.REJECTED), tmp_path)
    shown = command("show", tmp_path)
    assert (shown.exit_code, "jane rejected: it ended at once" in shown.stdout) == (0, True)


def test_one_check_is_shown_in_full(command: Command, folder: Path) -> None:
    """All findings, exchanges with headers and bodies, calls, insights, question, command lines."""
    shown = command("show", folder / "report.json", "--check", "async.fan-out").stdout
    for words in (
        "✘ async.fan-out",
        "It matters.",
        "all are asked at the same time",
        "> GET http://127.0.0.1:8000/users?limit=1",
        "> Authorization: Bearer abc",
        '< {"items":[{"id":1',
        "! no whole response by the time it was given up",
        "closed by the caller",
        "requests.get at app/main.py:42",
        "a deep answer: By a mechanism",
        "curl --silent",
        "grader run jane.zip --seed 1 --only async.fan-out",
    ):
        assert words in shown


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        pytest.param("users.totl", "did you mean users.total", id="near"),
        pytest.param("zzz", "it has users.total, async.fan-out", id="far"),
    ],
)
def test_an_unknown_check(command: Command, folder: Path, name: str, hint: str) -> None:
    """Exit 2, and what there is."""
    shown = command("show", folder, "--check", name)
    assert shown.exit_code == 2
    assert f"error: the report has no check '{name}'" in shown.stderr
    assert hint in shown.stderr


@pytest.mark.parametrize("words", [["show"], ["render", "--format", "md"]])
def test_a_report_that_cannot_be_read(command: Command, tmp_path: Path, words: list[str]) -> None:
    """Exit 2, one line that says what and where, and one what to do."""
    shown = command(*words, tmp_path)
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert shown.stderr.splitlines() == [
        f"error: there is no report.json in {tmp_path}",
        "  → name a report.json, or the folder that a run wrote it to",
    ]


@pytest.mark.parametrize("words", [["show"], ["render", "--format", "junit"]])
def test_an_edited_report_is_shown_with_a_warning(command: Command, folder: Path, words: list[str]) -> None:
    """On stderr, so that what is rendered stays whole."""
    file = folder / "report.json"
    data = json.loads(file.read_text()) | {"score": json.loads(file.read_text())["score"] | {"total": 99.5}}
    file.write_text(json.dumps(data))
    shown = command(*words, file)
    assert shown.exit_code == 0
    assert "does not add up, it may have been edited: the score says 99.5, its verdicts make" in shown.stderr
    assert "99.5" in shown.stdout
    assert "warning" not in shown.stdout


def test_markdown_holds_what_a_job_summary_needs(command: Command, folder: Path) -> None:
    """Headline, table of categories, failed checks with expected and got, latency, how to repeat it."""
    made = command("render", folder, "--format", "md").stdout
    for words in (
        "## `jane` scores 50 of 100, level junior",
        "| `users` | 50 | 1 of 2 | 10 |",
        "#### ✘ What `users.total` asks for holds.",
        "  - expected: `body.total` is an integer: 3\n  - got: `an integer: 1`",
        "- `latency.read`: `p50` 1.20 times the reference's (0.90 to 1.60)",
        "### Repeat it\n\n```sh\n",
    ):
        assert words in made
    assert made.index("async.fan-out") < made.index("users.total")  # the costliest first


def test_junit_counts_what_there_is(command: Command, folder: Path) -> None:
    """A suite for each category; blocked and inconclusive checks are skipped, with the reason."""
    root = fromstring(command("render", folder, "--format", "junit").stdout)  # noqa: S314  # ours
    assert [suite.get("name") for suite in root] == ["users", "async", "latency"]
    assert [root.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["6", "2", "0", "2"]
    skipped = {case.get("name"): case.find("skipped") for case in root.iter("testcase")}
    assert skipped["users.list"].get("message") == "blocked: it needs users.total, which is failed"  # type: ignore[union-attr]
    failure = next(case.find("failure") for case in root.iter("testcase") if case.get("name") == "users.total")
    assert failure is not None
    assert failure.get("message") == "limit=1: expected `body.total` is an integer: 3, got an integer: 1"


@pytest.mark.parametrize(
    ("status", "junit", "ctrf"),
    [(Status.REJECTED, "failure", "failed"), (Status.INFRASTRUCTURE_ERROR, "error", "other")],
)
def test_a_run_without_a_score_is_no_green_suite(
    command: Command, tmp_path: Path, status: Status, junit: str, ctrf: str
) -> None:
    """A rejection fails; a fault of the grader is none of the candidate's."""
    write_report(without_score(status), tmp_path)
    root = fromstring(command("render", tmp_path, "--format", "junit").stdout)  # noqa: S314  # ours
    assert root.find(f"testsuite[@name='grading']/testcase/{junit}") is not None
    tests = json.loads(command("render", tmp_path, "--format", "ctrf").stdout)["results"]["tests"]
    assert (tests[0]["status"], tests[0]["message"]) == (ctrf, "it ended at once")


def test_html_is_the_page_that_the_run_wrote(command: Command, folder: Path) -> None:
    """To the byte."""
    assert command("render", folder, "--format", "html").stdout_bytes == (folder / "report.html").read_bytes()
    assert page.render(load_report(folder)) == (folder / "report.html").read_text()


def test_a_file_is_written_whole_into_a_new_folder(command: Command, folder: Path, tmp_path: Path) -> None:
    """Nothing is printed, and nothing else is left."""
    target = tmp_path / "new" / "summary.md"
    made = command("render", folder, "--format", "md", "-o", target)
    assert (made.exit_code, made.stdout) == (0, "")
    assert target.read_text(encoding="utf-8") == command("render", folder, "--format", "md").stdout
    assert list(target.parent.iterdir()) == [target]


def test_a_file_that_cannot_be_written(command: Command, folder: Path) -> None:
    """Exit 2, and one line."""
    made = command("render", folder, "--format", "md", "-o", folder / "report.json" / "x.md")
    assert made.exit_code == 2
    assert "cannot be written" in made.stderr


@pytest.mark.parametrize("words", [["show"], ["render", "--format", "md"]])
def test_a_terminal_that_knows_only_ascii_is_no_obstacle(folder: Path, words: list[str]) -> None:
    """Marks that it has no letters for become escapes; a format stays UTF-8, which it says that it is."""
    done = subprocess.run(
        [sys.executable, "-m", "grader", *words, str(folder)],
        env=os.environ | {"PYTHONIOENCODING": "ascii", "NO_COLOR": "1"},
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert ("✘".encode() if words[0] == "render" else b"\\u2718") in done.stdout
