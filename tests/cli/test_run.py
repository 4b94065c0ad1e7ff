"""`grader run` as its users meet it, in the local sandbox: exit codes, the report, the words on the terminal."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.report.model import Status

Grader = Callable[..., Any]
HandIn = Callable[..., Path]
LOCAL = ("--sandbox", "local", "--seed", "5")


def test_a_correct_submission(grader: Grader, hand_in: HandIn, ping_pack: Path) -> None:
    """Exit 0, 100 points, a report in grader-reports/<name>/, and its path on the terminal."""
    ran = grader("run", str(hand_in()), "--challenge", str(ping_pack), *LOCAL)
    assert (ran.code, ran.report.status, ran.report.score.total) == (0, Status.GRADED, 100)
    assert "jane-doe scores 100 of 100" in ran.out
    assert "grader-reports/jane-doe/report.json" in ran.out
    assert "grader-reports/jane-doe/report.html" in ran.out
    assert "passes 3 of 3 checks of Ping and scores 100 of 100." in ran.page
    assert (ran.report.seed, ran.report.environment.isolation) == (5, "none")


PANG = """
from fastapi import FastAPI
app = FastAPI()
@app.get("/ping")
async def ping():
    return {"answer": "pang"}
"""


def test_a_defect_costs_is_shown_and_falls_below_the_threshold(
    grader: Grader, hand_in: HandIn, ping_pack: Path
) -> None:
    """Exit 1 under --fail-under; expected, got and a curl line are printed, the rest still passes."""
    ran = grader("run", str(hand_in(PANG)), "--challenge", str(ping_pack), *LOCAL, "--fail-under", "99")
    assert (ran.code, ran.report.exit_code) == (1, 0)
    failed = [check for check in ran.report.checks if check.verdict == "failed"]
    assert [check.id for check in failed] == ["ping.body"]
    assert "curl" in failed[0].curl
    for words in ("ping.body", "expected", "pang", "curl"):
        assert words in ran.out


def test_only_runs_what_is_asked_and_needed(grader: Grader, hand_in: HandIn, ping_pack: Path) -> None:
    """`--only` runs the check and what it requires; the headline says that it is a part."""
    ran = grader("run", str(hand_in()), "--challenge", str(ping_pack), *LOCAL, "--only", "ping.body")
    assert [check.id for check in ran.report.checks] == ["ping.ok", "ping.body"]
    assert "only some checks were run" in ran.out


def test_quiet_prints_one_line(grader: Grader, hand_in: HandIn, ping_pack: Path) -> None:
    """Fit for scripts."""
    ran = grader("run", str(hand_in()), "--challenge", str(ping_pack), *LOCAL, "--quiet")
    assert ran.out.splitlines() == ["jane-doe scores 100 of 100, level mid"]
    assert ran.err == ""


CRASHES = "from fastapi import FastAPI\napp = FastAPI()\nraise RuntimeError('no database')\n"
DEAF = "import time\nfrom fastapi import FastAPI\napp = FastAPI()\ntime.sleep(600)\n"
LEAVES = "import sys\nfrom fastapi import FastAPI\napp = FastAPI()\nsys.exit(0)\n"


@pytest.mark.parametrize(
    ("main", "words"),
    [
        pytest.param(
            CRASHES, "ended with status 1 before it listened: RuntimeError: no database", id="crash at import"
        ),
        pytest.param(LEAVES, "status 0 before it listened", id="exit 0 at import"),
        pytest.param(DEAF, "did not listen on 127.0.0.1:8000 within 2 s", id="never listens"),
    ],
)
def test_an_application_that_does_not_start(
    grader: Grader, hand_in: HandIn, ping_pack: Path, main: str, words: str
) -> None:
    """Exit 3, the reason in one line, the log in the report."""
    # On a busy machine the others need longer than that to come to their end.
    env = {"GRADER_STARTUP_DEADLINE": "2"} if main is DEAF else {}
    ran = grader("run", str(hand_in(main)), "--challenge", str(ping_pack), *LOCAL, env=env)
    assert (ran.code, ran.report.status, ran.report.score) == (3, Status.REJECTED, None), ran.out
    assert words in ran.report.problem.message
    assert "<strong>Rejected</strong>" in ran.page
    assert main is DEAF or main is LEAVES or "Traceback" in ran.report.log


CALLS = """
import os
from urllib.error import HTTPError
from urllib.request import urlopen
from fastapi import FastAPI
app = FastAPI()
def ask(path):
    try:
        return urlopen(os.environ["CATALOG_URL"] + path, timeout=30).status
    except HTTPError as error:
        return error.code
ask("/at-import")
@app.get("/ping")
def ping():
    return {"answer": "pong", "catalog": ask("/items/a?x=1")}
"""


def test_an_application_may_call_upstreams_from_its_first_line_on(
    grader: Grader, hand_in: HandIn, ping_pack: Path
) -> None:
    """They are there when it is imported; under a failed check stands what it asked of them."""
    with (ping_pack / "challenge.toml").open("a") as rubric:
        rubric.write('\n[upstreams]\ncatalog = "CATALOG_URL"\n')
    checks = ping_pack / "checks" / "a.py"
    failing = checks.read_text().replace('equals("pong")', 'equals("another")')
    checks.write_text(failing.replace("says_pong(api)", "says_pong(api, upstreams)"))
    ran = grader("run", str(hand_in(CALLS)), "--challenge", str(ping_pack), *LOCAL)
    assert (ran.code, ran.report.status) == (0, Status.GRADED)
    failed = next(check for check in ran.report.checks if check.verdict == "failed")
    assert [(call.upstream, call.target, call.outcome) for call in failed.evidence.calls] == [
        ("catalog", "/items/a?x=1", "answered 404")
    ]
    assert "upstream calls: catalog GET /items/a?x=1 (answered 404)" in ran.out


EXITS = """
import os
from fastapi import FastAPI
app = FastAPI()
calls = 0
@app.get("/ping")
async def ping():
    global calls
    calls += 1
    if calls > 1:
        os._exit(7)
    return {"answer": "pong"}
"""


def test_an_application_that_exits_after_some_requests_is_graded(
    grader: Grader, hand_in: HandIn, ping_pack: Path
) -> None:
    """The check during which it died is failed and says so, later ones are blocked; nothing is the grader's fault."""
    ran = grader("run", str(hand_in(EXITS)), "--challenge", str(ping_pack), *LOCAL)
    assert (ran.code, ran.report.status) == (0, Status.GRADED)
    verdicts = {check.id: check.verdict.value for check in ran.report.checks}
    assert verdicts == {"ping.ok": "passed", "ping.body": "failed", "ping.again": "blocked"}
    assert "status 7" in ran.report.checks[1].evidence.note


def test_no_engine(grader: Grader, hand_in: HandIn, ping_pack: Path) -> None:
    """Exit 4 and a report: nothing is said about the candidate."""
    env = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}
    ran = grader("run", str(hand_in()), "--challenge", str(ping_pack), env=env)
    assert (ran.code, ran.report.status, ran.report.score) == (4, Status.INFRASTRUCTURE_ERROR, None)
    assert ran.report.problem.kind == "EngineUnavailable"
    assert ran.report.problem.hint


def bad_file(tmp_path: Path, name: str) -> Path:
    """A file that is no submission."""
    path = tmp_path / name
    if name == "empty.zip":
        with zipfile.ZipFile(path, "w"):
            pass
    else:
        path.write_text("just some words\n")
    return path


@pytest.mark.parametrize("name", ["text.zip", "empty.zip"])
def test_a_file_that_is_no_submission(grader: Grader, tmp_path: Path, ping_pack: Path, name: str) -> None:
    """Exit 3, one line that names the file, and a report."""
    ran = grader("run", str(bad_file(tmp_path, name)), "--challenge", str(ping_pack), *LOCAL)
    assert (ran.code, ran.report.status) == (3, Status.REJECTED)
    assert ran.report.problem.kind == "ArchiveRejected"
    assert name in ran.report.problem.message


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(["run", "gone.zip", "--challenge", "user-directory"], "gone.zip", id="missing file"),
        pytest.param(["run", "{zip}", "--challenge", "nope"], "unknown challenge 'nope'", id="unknown challenge"),
        pytest.param(["run", "{zip}"], "names no challenge", id="no challenge"),
        pytest.param(
            ["run", "{zip}", "--challenge", "{pack}", "--only", "x.y"], "has no check 'x.y'", id="unknown check"
        ),
        pytest.param(["run", "{zip}", "--challenge", "{pack}", "--set", "a=b"], "no option 'a'", id="unknown option"),
        pytest.param(["run", "{zip}", "--challenge", "{pack}", "--set", "ab"], "NAME=VALUE", id="malformed option"),
        pytest.param(["run", "{zip}", "--challenge", "{pack}", "--out", "{zip}/x"], "--out", id="out below a file"),
        pytest.param(["run", "{zip}", "--frobnicate"], "No such option", id="unknown flag"),
    ],
)
def test_wrong_usage(grader: Grader, hand_in: HandIn, ping_pack: Path, words: list[str], message: str) -> None:
    """Exit 2, one line that says what, and no report."""
    ran = grader(*(word.format(zip=hand_in(), pack=ping_pack) for word in words), "--sandbox", "local")
    assert (ran.code, ran.report) == (2, None)
    assert message in ran.err


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_reader_that_went_away(hand_in: HandIn, ping_pack: Path, tmp_path: Path, stream: str) -> None:
    """As after `| head -1`: the report is written, and the exit code is that of the run."""
    out = tmp_path / "out"
    words = ("run", str(hand_in()), "--challenge", str(ping_pack), *LOCAL, "--out", str(out))
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as pipe:
        code = subprocess.call([sys.executable, "-m", "grader", *words], **{stream: pipe}, timeout=120)  # type: ignore[call-overload]
    assert code == 0
    assert sorted(path.name for path in out.iterdir()) == ["report.html", "report.json"]


def test_a_disk_that_is_full(grader: Grader, hand_in: HandIn, ping_pack: Path, full_folder: Path) -> None:
    """No room to unpack: exit 4, and still a report where that can be written."""
    ran = grader("run", str(hand_in()), "--challenge", str(ping_pack), *LOCAL, env={"TMPDIR": str(full_folder)})
    assert (ran.code, ran.report.status) == (4, Status.INFRASTRUCTURE_ERROR)
    assert "No space left" in ran.report.problem.message


def test_a_disk_that_is_too_full_for_the_report(
    grader: Grader, hand_in: HandIn, ping_pack: Path, full_folder: Path
) -> None:
    """The verdict is on the terminal, one line says why there is no report, exit 4, and no half file is left."""
    out = full_folder / "out"
    ran = grader("run", str(hand_in()), "--challenge", str(ping_pack), *LOCAL, "--out", str(out))
    assert ran.code == 4
    assert "scores 100" in ran.out
    assert "could not be written: No space left" in ran.err
    assert not out.exists() or list(out.iterdir()) == []
