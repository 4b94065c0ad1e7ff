"""The action, run step by step: what it asks of the grader, what its job sees, what a candidate cannot do with it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.report.load import load_report
from tests.github.machine import GitHub
from tests.github.runner import ROOT, Runner

pytestmark = pytest.mark.docker

PONG = 'from fastapi import FastAPI\napp = FastAPI()\n@app.get("/ping")\ndef ping():\n    return {"answer": "pong"}\n'
HOSTILE = r"""
raise RuntimeError(
    "pwned\n::error::pwned\n  ::add-mask::pwned\r::set-output name=score::100 pwned\n##[error]pwned\n"
    "::stop-commands::pwned\n::pwned::\nscore<<EOF\n100\nEOF\n::warning file=app.py,line=1::pwned"
)
"""
SHADOWS = ("venv", "pip", "ensurepip", "grader", "docker", "typer", "rich", "sitecustomize", "usercustomize")
"""Modules that the action's own Python imports, and the submission does not."""
Publish = Callable[..., Path]


def shadow(machine: Runner, trap: Path) -> None:
    """Put files into the checkout that Python might take for modules of its own, or of the grader's."""
    for name in SHADOWS:
        text = f"import os\nif 'GITHUB_ACTIONS' in os.environ:\n    open({str(trap)!r}, 'w')\n    os._exit(3)\n"
        (machine.workspace / f"{name}.py").write_text(text)


@pytest.fixture
def machine(tmp_path: Path) -> Runner:
    """A machine with a correct submission in its workspace."""
    runner = GitHub(tmp_path / "github", {}).machine()
    (runner.workspace / "main.py").write_text(PONG)
    (runner.workspace / "requirements.txt").write_text("fastapi\n")
    return runner


def test_a_submission_below_the_threshold_fails_the_job(machine: Runner, ping_pack: Path) -> None:
    """After all has been shown, the outputs too."""
    (machine.workspace / "main.py").write_text(PONG.replace("pong", "pang"))
    given = {"challenge": ping_pack, "public": "false", "fail-under": 99}
    ok, outputs = machine.action(ROOT, given)
    report = load_report(Path(outputs["report"]))
    assert report.score is not None
    assert (ok, outputs["status"], outputs["score"]) == (False, "graded", f"{report.score.total:g}")
    assert "ping.body" in machine.summary


def test_wrong_usage_is_said_and_fails_the_job(machine: Runner, ping_pack: Path) -> None:
    """There is no report then, and no output; the pack has no public checks, and public is the default."""
    ok, outputs = machine.action(ROOT, {"challenge": ping_pack})
    assert (ok, outputs["status"], outputs["report"], machine.summary) == (False, "", "", "")
    assert "error: ping has no public checks" in machine.printed


@pytest.mark.parametrize("text", ['$(touch "$TRAP")"; touch "$TRAP"; `touch "$TRAP"` #', "--out=elsewhere"])
def test_no_input_is_read_as_a_command(machine: Runner, text: str) -> None:
    """Nor as another option of the grader's."""
    trap = machine.home / "trap"
    machine.environment = {**machine.environment, "TRAP": str(trap)}
    names = ("submission", "challenge", "public", "fail-under", "options", "app", "artifact", "python-version")
    ok, outputs = machine.action(ROOT, dict.fromkeys(names, text))
    assert (ok, outputs["report"]) == (False, "")
    assert not trap.exists()
    assert not (machine.workspace / "elsewhere").exists()


def test_what_a_candidate_writes_is_no_command(machine: Runner, ping_pack: Path, publish: Publish) -> None:
    """Neither from a crash nor from a module that Python might take for its own; the one annotation is ours."""
    publish(ping_pack, "ping.ok")
    trap = machine.home / "trap"
    (machine.workspace / "main.py").write_text(PONG + HOSTILE)
    shadow(machine, trap)
    ok, outputs = machine.action(ROOT, {"challenge": ping_pack})
    assert (ok, outputs["status"], outputs["score"]) == (False, "rejected", "")
    assert "pwned" in machine.printed
    assert [(one.name, one.properties) for one in machine.commands] == [
        ("error", "title=The submission cannot be graded")
    ]
    assert machine.changed == ""
    assert not trap.exists()


TALKS = r"""mkdir -p grader/bin
cat > grader/bin/grader <<'END'
#!/bin/sh
printf 'x\n::error::pwned\n  ::add-mask::pwned\n##[error]pwned\n::stop-commands::pwned\n::pwned::\n::warning::pwned'
END
chmod +x grader/bin/grader
"""


def test_the_runner_obeys_nothing_while_the_grader_prints(machine: Runner) -> None:
    """Even if the grader printed what a candidate wrote as it came."""
    machine.replaced = {"Install the grader": TALKS, "Load or build the images": "true"}
    ok, _ = machine.action(ROOT, {})
    assert ok
    assert "::warning::pwned" in machine.printed
    assert machine.commands == []


def test_images_are_built_once_and_then_loaded(tmp_path: Path) -> None:
    """A second job finds them in the cache, under a key that hangs on the grader's code."""
    github = GitHub(tmp_path / "github", {})
    for _ in range(2):
        machine = github.machine()
        machine.replaced = {**machine.replaced, "Grade": 'echo "code=0" >> "$GITHUB_OUTPUT"'}
        ok, _ = machine.action(ROOT, {})
        assert ok, machine.printed
    calls = [line.split()[0] for line in github.calls.read_text().splitlines()]
    assert calls == ["image", "save", "load"]
    assert len(set(github.keys)) == 1


@pytest.mark.slow
def test_it_installs_itself_in_a_hostile_checkout(tmp_path: Path, ping_pack: Path) -> None:
    """With pip and all; not one of the candidate's modules is imported meanwhile."""
    machine = GitHub(tmp_path / "github", {}).machine(install=True)
    trap = tmp_path / "trap"
    (machine.workspace / "main.py").write_text(PONG)
    shadow(machine, trap)
    (machine.workspace / "pip.conf").write_text("[global]\nindex-url = http://127.0.0.1:9/\n")
    ok, outputs = machine.action(ROOT, {"challenge": ping_pack, "public": "false"})
    assert not trap.exists()
    assert ok, machine.printed
    assert (outputs["score"], outputs["level"]) == ("100", "mid")
