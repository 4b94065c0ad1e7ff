"""`grader run` on a real engine: verdicts, interruption, an engine that is lost, and nothing left behind."""

import os
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest

from grader.places import examples_dir, references_dir
from grader.report.model import Report, Status
from grader.sandbox.engine import RUN_LABEL
from tests.relay import Relay, engine_socket

pytestmark = pytest.mark.docker

HandIn = Callable[..., Path]
DEADLINE = 120
"""Seconds after which a test gives up waiting for what must happen."""


def start(*words: str, cwd: Path, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
    """Start `grader` with these words."""
    return subprocess.Popen(
        [sys.executable, "-m", "grader", *words],
        cwd=cwd,
        env=os.environ | {"NO_COLOR": "1", "COLUMNS": "120"} | (env or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(process: subprocess.Popen[str], cwd: Path) -> tuple[int, str, Report | None]:
    """Wait for it: exit code, what it printed, its report."""
    text, _ = process.communicate(timeout=DEADLINE)
    written = [*cwd.rglob("report.json")]
    return process.returncode, text, Report.model_validate_json(written[0].read_text()) if written else None


def leftovers(engine: docker.DockerClient, known: frozenset[str] = frozenset()) -> set[str]:
    """The containers and volumes of runs that are still there, besides those known before."""
    filters = {"label": RUN_LABEL}
    # The low-level call: the other one looks at each container again, and one may have gone meanwhile.
    containers = {str(one["Id"]) for one in engine.api.containers(all=True, filters=filters)}
    return (containers | {str(one.name) for one in engine.volumes.list(filters=filters)}) - known


@pytest.fixture
def nothing_left(engine: docker.DockerClient) -> Iterator[None]:
    """See that the test leaves no container and no volume."""
    before = frozenset(leftovers(engine))
    yield
    assert leftovers(engine, before) == set()


def zipped(folder: Path, target: Path) -> Path:
    """The folder's files as a zip, within one enclosing folder as most people send it."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, Path(folder.name) / path.relative_to(folder))
    return target


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize("variant", sorted(path.name for path in (references_dir() / "user-directory").iterdir()))
def test_every_correct_solution_scores_100(tmp_path: Path, variant: str) -> None:
    """Zipped, graded in containers, full marks, exit 0."""
    source = zipped(references_dir() / "user-directory" / variant, tmp_path / "reference.zip")
    code, text, report = finish(start("run", str(source), "--challenge", "user-directory", cwd=tmp_path), tmp_path)
    assert report is not None, text
    assert (code, report.status) == (0, Status.GRADED), text
    assert [check.id for check in report.checks if check.verdict != "passed"] == []
    assert report.score is not None
    assert report.score.total == 100
    assert report.environment.isolation == "container"
    assert set(report.environment.images) == {"runner", "harness"}


@pytest.mark.usefixtures("nothing_left")
def test_the_sample_is_imperfect(tmp_path: Path) -> None:
    """What `make demo` shows: graded, neither nothing nor everything, with evidence for each loss."""
    source = zipped(examples_dir() / "sample-submission", tmp_path / "sample.zip")
    code, text, report = finish(start("run", str(source), cwd=tmp_path), tmp_path)
    assert code == 0, text
    assert report is not None
    assert report.score is not None
    assert 40 < report.score.total < 95
    failed = [check for check in report.checks if check.verdict == "failed"]
    assert failed
    assert all(check.evidence.findings for check in failed)
    # A race, which is won or lost by chance unless the application stands still while the requests arrive.
    assert "async.same-address" in [check.id for check in failed]


@pytest.mark.usefixtures("nothing_left")
def test_hello_world_scores_under_10(tmp_path: Path, hand_in: HandIn) -> None:
    """An app that answers one route earns next to nothing, and nothing is the grader's fault."""
    source = hand_in(
        "from fastapi import FastAPI\napp = FastAPI()\n@app.get('/')\ndef root():\n    return {'hello': 1}\n"
    )
    code, text, report = finish(start("run", str(source), "--challenge", "user-directory", cwd=tmp_path), tmp_path)
    assert code == 0, text
    assert report is not None
    assert report.score is not None
    assert report.score.total < 10


CRASHES = "from fastapi import FastAPI\napp = FastAPI()\nraise RuntimeError('no database')\n"
DEAF = "import time\nfrom fastapi import FastAPI\napp = FastAPI()\ntime.sleep(600)\n"


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize(
    ("main", "words"),
    [
        pytest.param(
            CRASHES, "ended with status 1 before it listened: RuntimeError: no database", id="crash at import"
        ),
        pytest.param(DEAF, "did not listen on 127.0.0.1:8000 within 3 s", id="never listens"),
    ],
)
def test_an_application_that_does_not_start(
    tmp_path: Path, hand_in: HandIn, ping_pack: Path, main: str, words: str
) -> None:
    """Rejected with exit 3, and the log is in the report."""
    env = {"GRADER_STARTUP_DEADLINE": "3"}
    process = start("run", str(hand_in(main)), "--challenge", str(ping_pack), cwd=tmp_path, env=env)
    code, text, report = finish(process, tmp_path)
    assert report is not None, text
    assert (code, report.status, report.score) == (3, Status.REJECTED, None), text
    assert report.problem is not None
    assert words in report.problem.message
    assert main is DEAF or "Traceback" in report.log


HANGS = """
import asyncio
from fastapi import FastAPI
app = FastAPI()
@app.get("/ping")
async def ping():
    await asyncio.sleep(600)
"""


def wait_for_a_check(process: subprocess.Popen[str]) -> None:
    """Return once the run has printed that the application is being started."""
    assert process.stdout is not None
    for line in process.stdout:
        if "starting the application" in line:
            return
    pytest.fail("the run ended before the application was started")


def wait_for_containers(engine: docker.DockerClient, before: frozenset[str], number: int) -> None:
    """Return once a run has this many containers; asks the engine, never sleeps by the clock."""
    stop = threading.Timer(DEADLINE, lambda: None)
    stop.start()
    try:
        while stop.is_alive():
            if len(leftovers(engine, before)) >= number:
                return
    finally:
        stop.cancel()
    pytest.fail("the pod did not appear")


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_an_interrupted_run_leaves_nothing(
    engine: docker.DockerClient, tmp_path: Path, hand_in: HandIn, ping_pack: Path, number: signal.Signals
) -> None:
    """Exit 130, a report without a score, and no container is left."""
    before = frozenset(leftovers(engine))
    process = start("run", str(hand_in(HANGS)), "--challenge", str(ping_pack), cwd=tmp_path)
    wait_for_a_check(process)
    wait_for_containers(engine, before, 2)
    process.send_signal(number)
    code, text, report = finish(process, tmp_path)
    assert code == 130, text
    assert report is not None
    assert (report.status, report.score) == (Status.INFRASTRUCTURE_ERROR, None)
    assert report.problem is not None
    assert report.problem.kind == "Interrupted"


def test_an_engine_that_dies_half_way(
    engine: docker.DockerClient, tmp_path: Path, hand_in: HandIn, ping_pack: Path
) -> None:
    """Exit 4 and a report without a score; what is left is swept by `grader gc` when the engine is back."""
    before = frozenset(leftovers(engine))
    relay = Relay(tmp_path / "docker.sock", engine_socket())
    process = start("run", str(hand_in(HANGS)), "--challenge", str(ping_pack), cwd=tmp_path, env=relay.env)
    wait_for_a_check(process)
    wait_for_containers(engine, before, 2)
    relay.cut()
    code, text, report = finish(process, tmp_path)
    assert code == 4, text
    assert report is not None
    assert (report.status, report.score) == (Status.INFRASTRUCTURE_ERROR, None)
    swept, text, _ = finish(start("gc", cwd=tmp_path), tmp_path)
    assert swept == 0, text
    assert leftovers(engine, before) == set()
