"""`grader batch --broker` as a process: killed or interrupted, a further call goes on, and nothing is graded twice."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from grader.batch.job import Job
from grader.errors import Exit
from tests.batch.remote.conftest import OwnRedis, PlayedWorker, until

Work = Callable[..., PlayedWorker]
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def batch(redis: OwnRedis, tmp_path: Path) -> Iterator[Start]:
    """Begin a call for these submissions, with these further words."""
    started: list[subprocess.Popen[str]] = []
    where = ["--broker", redis.url, "--store", str(tmp_path / "store"), "--out", str(tmp_path / "out"), "--seed", "7"]

    def begin(jobs: list[Job], *words: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "grader", "batch", *(job.source for job in jobs), *where, *words]
        env = os.environ | {"GRADER_HEARTBEAT": "0.5", "COLUMNS": "200"}
        started.append(subprocess.Popen(command, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT))
        return started[-1]

    yield begin
    for process in started:
        with suppress(ProcessLookupError):
            process.kill()
        process.communicate()


def performed(tmp_path: Path) -> list[str]:
    """The names of the jobs that were performed to their end."""
    file = tmp_path / "performed"
    return file.read_text().split() if file.exists() else []


def test_killed_and_called_again_it_fetches_what_is_done(
    redis: OwnRedis, worker: Work, batch: Start, job: Callable[..., Job], tmp_path: Path
) -> None:
    """The workers go on meanwhile with all that was sent."""
    busy = worker(redis.url)
    jobs = [job("held", f"wait {tmp_path / 'go'}"), job("later")]
    first = batch(jobs)
    busy.wait_for("held: begun")
    until(lambda: len(list((tmp_path / "store").glob("batches/*/handed-in/*"))) == 2, "both are handed in")
    first.kill()
    first.wait()
    (tmp_path / "go").touch()
    until(lambda: "held" in performed(tmp_path), "the worker has done it")
    again = batch(jobs, "--resume")
    text = again.communicate(timeout=180)[0]
    assert (again.returncode, performed(tmp_path)) == (Exit.OK, ["held", "later"]), text
    assert "2 of 2 submissions have a report" in text
    assert {path.parent.name for path in (tmp_path / "out").glob("*/report.html")} == {"held", "later"}


def test_interrupted_it_waits_for_what_is_under_way_and_begins_nothing(
    redis: OwnRedis, worker: Work, batch: Start, job: Callable[..., Job], tmp_path: Path
) -> None:
    """Ctrl-C; a further call does the rest."""
    busy = worker(redis.url)
    jobs = [job("held", f"wait {tmp_path / 'go'}"), job("later")]
    first = batch(jobs)
    busy.wait_for("held: begun")
    first.send_signal(signal.SIGINT)
    until(lambda: list((tmp_path / "store").glob("batches/*/stop/*")), "the workers are told")
    (tmp_path / "go").touch()
    text = first.communicate(timeout=180)[0]
    assert (first.returncode, performed(tmp_path)) == (Exit.INTERRUPTED, ["held"]), text
    again = batch(jobs, "--resume")
    text = again.communicate(timeout=180)[0]
    assert (again.returncode, performed(tmp_path)) == (Exit.OK, ["held", "later"]), text
