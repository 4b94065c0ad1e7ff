"""Whoever stops a run, hangs up on it or no longer reads it: it cleans up, and says what it did."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.report.model import Report
from tests.attacks.attack import HONEST, PACK, REQUIREMENTS, Attack
from tests.relay import PATIENCE, Relay

CREATES = rb"POST /v[\d.]+/containers/create"
FINISHED = rb'"event":"check_finished"'
REMOVES = rb"DELETE /v[\d.]+/containers/"


def _source(attack: Attack) -> Path:
    return attack.zipped({"main.py": HONEST, "requirements.txt": REQUIREMENTS})


@pytest.mark.parametrize(
    ("moment", "signals"),
    [
        pytest.param(rb"GET /v[\d.]+/images/", (signal.SIGINT,), id="Ctrl-C at once"),
        pytest.param(CREATES, (signal.SIGINT, signal.SIGINT), id="Ctrl-C twice while the pod is made"),
        pytest.param(FINISHED, (signal.SIGINT, signal.SIGINT, signal.SIGTERM), id="Ctrl-C twice while checks run"),
        pytest.param(FINISHED, (signal.SIGHUP,), id="the terminal hangs up"),
        pytest.param(REMOVES, (signal.SIGINT,), id="Ctrl-C while the pod is removed"),
    ],
)
def test_stopped(attack: Attack, relay: Relay, moment: bytes, signals: tuple[signal.Signals, ...]) -> None:
    """Exit 130, a report without a score, and nothing is left, however impatient the caller is."""
    seen = relay.on(moment)
    process = attack.start(_source(attack), env=relay.env)
    assert seen.wait(PATIENCE)
    for number in signals:
        process.send_signal(number)
    outcome = attack.finish(process)
    report = outcome.told()
    assert report.problem is not None
    assert (outcome.code, report.problem.kind, report.score) == (130, "Interrupted", None), outcome.text


def test_hung_up_under_nohup(attack: Attack, relay: Relay) -> None:
    """Who asked for SIGHUP to be ignored is heard: it goes on to its end."""
    seen = relay.on(FINISHED)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a child inherits it
    try:
        process = attack.start(_source(attack), env=relay.env)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert seen.wait(PATIENCE)
    process.send_signal(signal.SIGHUP)
    attack.finish(process).graded(score=100)


def _piped(attack: Attack, out: Path, shell: str) -> subprocess.CompletedProcess[str]:
    given = ["run", str(_source(attack)), "--challenge", str(PACK), "--out", str(out)]
    return subprocess.run(
        ["bash", "-c", f'set -o pipefail; "$@" {shell}', "-", sys.executable, "-m", "grader", *given],
        env=os.environ | {"NO_COLOR": "1"},
        cwd=out.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


@pytest.mark.parametrize("shell", ["2>&1 | head -1", "> /dev/full 2>&1", ">&- 2>&-", "2>/dev/null | true"])
def test_nobody_reads(attack: Attack, tmp_path: Path, shell: str) -> None:
    """A closed pipe, a full disk behind it, no stream at all: the report is written, and the exit code is the run's."""
    done = _piped(attack, tmp_path / "report", shell)
    assert done.returncode == 0, done
    assert "Traceback" not in done.stdout + done.stderr
    report = Report.model_validate_json((tmp_path / "report" / "report.json").read_bytes())
    assert report.score is not None
    assert report.score.total == 100
    assert (tmp_path / "report" / "report.html").exists()


MOMENTS = [
    pytest.param(CREATES, id="while the pod is made"),
    pytest.param(FINISHED, id="while checks run"),
    pytest.param(REMOVES, id="while the pod is removed"),
]


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed(attack: Attack, relay: Relay, sweep: Callable[..., str], moment: bytes) -> None:
    """SIGKILL to the command itself: `grader gc` leaves nothing of it, no container and no temporary folder."""
    seen = relay.on(moment)
    process: Any = attack.start(_source(attack), env=relay.env)
    assert seen.wait(PATIENCE)
    process.kill()
    process.communicate(timeout=PATIENCE)
    left = [*(process.home / "tmp").iterdir()]
    assert [path.name.startswith("grader-run-") for path in left] == [True]
    assert f"removed folder {left[0]}" in sweep(TMPDIR=str(process.home / "tmp"))


def test_gc_beside_a_run_that_lives(attack: Attack, relay: Relay, sweep: Callable[..., str]) -> None:
    """Sweeping takes what a killed run left, and touches nothing of one that is under way: it keeps its points."""
    reached, release = relay.hold(FINISHED)
    process: Any = attack.start(_source(attack), env=relay.env)
    assert reached.wait(PATIENCE)
    said = sweep(TMPDIR=str(process.home / "tmp"))
    assert str(process.home) not in said
    release.set()
    attack.finish(process).graded(score=100)
