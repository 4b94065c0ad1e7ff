"""`grader batch` on a real engine: mixed cohorts, killed and gone on with, and an engine that comes back."""

import csv
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest

from grader.report.model import Report
from grader.sandbox.engine import PID_LABEL, RUN_LABEL, sweep
from tests.relay import PATIENCE, Relay, engine_socket

pytestmark = pytest.mark.docker

GOOD = """
from fastapi import FastAPI
app = FastAPI()
@app.get("/ping")
async def ping():
    return {"answer": "pong"}
"""
HANGS = """
import asyncio
from fastapi import FastAPI
app = FastAPI()
@app.get("/ping")
async def ping():
    await asyncio.sleep(600)
"""
CRASHES = "from fastapi import FastAPI\napp = FastAPI()\nraise RuntimeError('no database')\n"
GREEDY = "from fastapi import FastAPI\napp = FastAPI()\nwhole = [bytearray(1 << 20) for _ in range(1 << 14)]\n"
START = rb"POST [^ ]*/containers/[^ /]+/start"


@pytest.fixture
def cohort(tmp_path: Path) -> Callable[..., Path]:
    """A folder of zips, each with one main.py."""

    def make(**mains: str) -> Path:
        folder = tmp_path / "cohort"
        folder.mkdir()
        for name, main in mains.items():
            with zipfile.ZipFile(folder / f"{name}.zip", "w") as archive:
                archive.writestr("main.py", main)
        return folder

    return make


Begin = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def begin(tmp_path: Path, ping_pack: Path) -> Iterator[Begin]:
    """`grader batch` on the pack of pings, in `out`; one pod at a time, in slots of the test's own."""
    running: list[subprocess.Popen[str]] = []
    terms = ["--challenge", str(ping_pack), "--out", str(tmp_path / "out"), "--seed", "7"]

    def start(*words: str, **env: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "grader", "batch", *terms, *words],
            env=os.environ | {"NO_COLOR": "1", "COLUMNS": "120"} | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def table(tmp_path: Path) -> dict[str, tuple[str, str]]:
    """Name → status and score, as summary.csv says."""
    with (tmp_path / "out" / "summary.csv").open(newline="") as file:
        return {row["name"]: (row["status"], row["score"]) for row in csv.DictReader(file)}


def left(engine: docker.DockerClient, batch: "subprocess.Popen[str]") -> set[str]:
    """The containers of that batch that are there."""
    mine = f"{PID_LABEL}={batch.pid}"
    return {str(one["Id"]) for one in engine.api.containers(all=True, filters={"label": [RUN_LABEL, mine]})}


def test_a_mixed_cohort_gets_the_verdicts_of_single_runs(
    begin: Begin, cohort: Callable[..., Path], ping_pack: Path, engine: docker.DockerClient, tmp_path: Path
) -> None:
    """Good, poor, crashing and hostile side by side: none costs another anything, and nothing is left."""
    folder = cohort(good=GOOD, poor=GOOD.replace("pong", "pang"), crashes=CRASHES, greedy=GREEDY, again=GOOD)
    batch = begin(str(folder), "--jobs", "2")
    text, _ = batch.communicate(timeout=PATIENCE)
    alone = {}
    for name in ("good", "poor", "crashes"):
        out = tmp_path / f"alone-{name}"
        words = ["run", str(folder / f"{name}.zip"), "--challenge", str(ping_pack), "--seed", "7", "--out", str(out)]
        subprocess.run([sys.executable, "-m", "grader", *words], check=False, capture_output=True, timeout=PATIENCE)
        alone[name] = verdicts(out)
    assert {name: verdicts(tmp_path / "out" / name) for name in alone} == alone, text
    found = table(tmp_path)
    assert (found["good"], found["again"]) == (("graded", "100.0"),) * 2, text
    assert (found["crashes"], found["greedy"]) == (("rejected", ""),) * 2, text
    assert left(engine, batch) == set()


def verdicts(folder: Path) -> tuple[object, ...]:
    """What a report says of a submission."""
    report = Report.model_validate_json((folder / "report.json").read_text())
    checks = {check.id: (check.verdict, check.credit) for check in report.checks}
    return report.status, checks, report.score and report.score.total, report.problem and report.problem.kind


def test_killed_it_goes_on_and_sweeps(
    begin: Begin, cohort: Callable[..., Path], engine: docker.DockerClient, tmp_path: Path
) -> None:
    """SIGKILL while a pod runs: its containers go with the next call, which grades what was under way, and no more."""
    folder = cohort(a=GOOD, b=HANGS)
    relay = Relay(tmp_path / "docker.sock", engine_socket())
    started = relay.on(START, passes=3)  # all four containers
    killed = begin(str(folder), "--jobs", "2", **relay.env, GRADER_CHECK_DEADLINE="600")
    assert started.wait(PATIENCE)
    report = tmp_path / "out" / "a" / "report.json"
    while not report.exists():
        assert killed.poll() is None
    killed.kill()
    killed.wait(PATIENCE)
    kept = report.read_bytes()
    text, _ = begin(str(folder), "--resume", "--jobs", "2", GRADER_CHECK_DEADLINE="3").communicate(timeout=PATIENCE)
    assert (table(tmp_path)["a"], table(tmp_path)["b"][0]) == (("graded", "100.0"), "graded"), text
    assert report.read_bytes() == kept
    assert "1 of 2 have a report already" in text
    assert left(engine, killed) == set()


def test_an_engine_that_comes_back_is_waited_for(
    begin: Begin, cohort: Callable[..., Path], engine: docker.DockerClient, tmp_path: Path
) -> None:
    """Whom it was taken from in the middle is graded again; all have their verdicts, and exit 0."""
    folder = cohort(a=GOOD, b=GOOD, c=GOOD)
    relay = Relay(tmp_path / "docker.sock", engine_socket())
    died = relay.cut_on(START, passes=3)
    process = begin(str(folder), "--jobs", "1", **relay.env)
    assert died.wait(PATIENCE)
    back = Relay(tmp_path / "docker.sock", engine_socket())
    text, _ = process.communicate(timeout=PATIENCE)
    back.cut()
    assert process.returncode == 0, text
    assert table(tmp_path) == dict.fromkeys("abc", ("graded", "100.0")), text
    sweep(engine)
    assert left(engine, process) == set()
