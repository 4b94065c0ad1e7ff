"""The three set-ups of docs/ci.md, run step by step as GitHub would run them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.report.load import load_report
from grader.report.model import Status
from tests.github.machine import GitHub
from tests.github.runner import ROOT, workflow

pytestmark = pytest.mark.docker

EXAMPLES = ROOT / "examples/github"
SAMPLE = ROOT / "examples/sample-submission"
PANG = 'from fastapi import FastAPI\napp = FastAPI()\n@app.get("/ping")\ndef ping():\n    return {"answer": "pang"}\n'
PONG = PANG.replace("pang", "pong")
Publish = Callable[..., Path]


def repository(folder: Path, main: str) -> Path:
    """A repository with one file of code."""
    folder.mkdir(parents=True)
    (folder / "main.py").write_text(main)
    (folder / "requirements.txt").write_text("fastapi\n")
    return folder


def test_a_candidates_own_repository(tmp_path: Path) -> None:
    """Public checks alone; a defect that one finds is an annotation; the job goes well, and nothing hidden is told."""
    own = shutil.copytree(SAMPLE, tmp_path / "own", ignore=shutil.ignore_patterns("__pycache__", "grader-reports"))
    main = own / "app/main.py"
    main.write_text(main.read_text().replace("status_code=201", "status_code=200"))
    github = GitHub(tmp_path / "github", {"": own})
    machine = github.machine()
    ok, _ = machine.job(workflow(EXAMPLES / "candidate.yml")["jobs"]["public-checks"])
    assert ok, machine.printed
    report = load_report(github.artifacts["grader-report"])
    assert (report.public, report.status) == (True, Status.GRADED)
    assert all(check.public and check.question is None for check in report.checks)
    assert [check.id for check in report.checks if check.verdict == "failed"] == ["users.create.status"]
    assert [(one.name, one.properties) for one in machine.commands] == [("error", "title=users.create.status")]
    assert "%0Aexpected status 201%0Agot status 200" in machine.commands[0].message
    assert "public checks only" in machine.printed
    assert "scores" in machine.summary
    assert machine.changed == ""
    assert github.tokens == ["the job's own"]


def test_an_employers_repository(tmp_path: Path, ping_pack: Path, publish: Publish) -> None:
    """All checks, on the candidate's repository, read with a token that stays nowhere; outputs reach the next step."""
    publish(ping_pack, "ping.ok")
    github = GitHub(tmp_path / "github", {"ada/task": repository(tmp_path / "ada/task", PANG)})
    inputs = {"repository": "ada/task", "ref": "0" * 40, "challenge": str(ping_pack)}
    machine = github.machine(inputs=inputs, secrets={"CANDIDATES_TOKEN": "read-only"}, github={"token": "mine"})
    ok, _ = machine.job(workflow(EXAMPLES / "employer.yml")["jobs"]["grade"])
    assert ok, machine.printed
    report = load_report(github.artifacts["grader-report"])
    assert (report.public, report.submission.name, len(report.checks)) == (False, "task", 3)
    assert report.score is not None
    assert f"graded: {report.score.total:g}, level not reached\n" in machine.printed
    assert "ping.body" in machine.summary
    assert machine.commands == []  # the check that failed is a hidden one
    assert github.tokens == ["read-only"]


def test_a_cohort(tmp_path: Path, ping_pack: Path) -> None:
    """Each repository has a job of its own; one that is rejected fails alone; then all are put side by side."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "candidates.txt").write_text("# autumn\nada/task\nbob/task-2 # late\n\n cleo/task.3\r\nada/task\n")
    sources = {"ada/task": PONG, "bob/task-2": PANG, "cleo/task.3": "print('no application')\n"}
    repositories = {name: repository(tmp_path / name, main) for name, main in sources.items()}
    github = GitHub(tmp_path / "github", {"": own, **repositories})
    jobs = workflow(EXAMPLES / "classroom.yml")["jobs"]

    ok, outputs = github.machine().job(jobs["list"])
    assert (ok, json.loads(outputs["repositories"])) == (True, sorted(repositories))
    ended = {}
    for number, name in enumerate(json.loads(outputs["repositories"])):
        machine = github.machine(
            inputs={"challenge": str(ping_pack)}, matrix={"repository": name}, strategy={"job-index": number}
        )
        ended[name], _ = machine.job(jobs["grade"])
    assert ended == {"ada/task": True, "bob/task-2": True, "cleo/task.3": False}

    machine = github.machine()
    ok, _ = machine.job(jobs["compare"])
    assert ok, machine.printed
    for words in ("task", "task-2", "task.3", "100", "rejected"):
        assert words in machine.summary
    assert {path.name for path in github.artifacts["grader-compare"].iterdir()} >= {"compare.html", "compare.csv"}


@pytest.mark.parametrize("line", ["ada", "ada/task; rm -rf /", "$(id)/x", "https://github.com/ada/task", "", "a/b\nc"])
def test_a_wrong_list_is_named(tmp_path: Path, line: str) -> None:
    """Before any job begins."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own/candidates.txt").write_text(line + "\n")
    machine = GitHub(tmp_path / "github", {"": tmp_path / "own"}).machine()
    ok, outputs = machine.job(workflow(EXAMPLES / "classroom.yml")["jobs"]["list"])
    assert (ok, outputs["repositories"]) == (False, "")
    assert "write OWNER/NAME, one a line" in machine.printed
