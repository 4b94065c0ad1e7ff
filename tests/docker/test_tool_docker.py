"""A script of ours in a container like a candidate's: alone, without a network, gone in time; and a whole trace."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from grader.challenge.catalogue import CheckInfo
from grader.errors import PodError
from grader.insight.trace import explain
from grader.intake.submission import Dependencies, EntryPoint, Tree
from grader.sandbox.docker_backend import DockerSandbox
from grader.sandbox.docker_pod import docker_tool
from grader.sandbox.engine import RUN_LABEL
from grader.sandbox.images import Image
from grader.sandbox.pod import PodSpec, Runtime
from grader.sandbox.recipes import PYTHON
from grader.settings import MEBIBYTE, Settings
from grader.verdicts import CheckResult, Evidence, Exchange, Job, Level, Verdict

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = pytest.mark.docker

RUN_ID = f"test-tool-{os.getpid()}"
LOOKS = """\
import json, os, socket, sys
print(json.dumps({
    "job": sys.argv[1:], "here": os.getcwd(), "files": sorted(os.listdir()), "uid": os.getuid(),
    "python": sys.executable, "networks": [name for _, name in socket.if_nameindex()], "host": socket.gethostname(),
    "variables": sorted(os.environ), "url": os.environ["STOCK_URL"], "input": os.readlink("/proc/self/fd/0"),
    "grader": os.path.exists("/grader"), "names": open("/etc/resolv.conf").read().split()[:2],
}))
"""

MakeSpec = Callable[..., PodSpec]


@pytest.fixture
def spec(runner: Image, tmp_path: Path) -> MakeSpec:
    """A specification for a test's own files."""

    def make(files: Mapping[str, str], **changes: Any) -> PodSpec:
        for name, text in files.items():
            (tmp_path / name).write_text(text)
        given: dict[str, Any] = {
            "run_id": RUN_ID,
            "runtime": Runtime("3", {}, image=runner.id),
            "tree": Tree(tmp_path, tuple(sorted(files)), "", 0),
            "entry_point": EntryPoint("main", "app"),
            "environment": {"JWT": "x"},
            "pack": None,
            "job": Job(pack="", seed=1),
            "upstreams": {"stock": "STOCK_URL"},
        }
        return PodSpec(**(given | changes))

    return make


@pytest.fixture(autouse=True)
def nothing_is_left(engine: "DockerClient") -> Iterator[None]:
    """Whatever a test did, the engine holds nothing of its run."""
    yield
    assert engine.containers.list(all=True, filters={"label": f"{RUN_LABEL}={RUN_ID}"}) == []


def test_what_it_sees(engine: "DockerClient", spec: MakeSpec) -> None:
    # The candidate's files, user, interpreter and variables; loopback alone, and nothing of a harness or of the host.
    output = docker_tool(engine, Settings(), spec({"main.py": ""}), LOOKS, '{"a": 1}', 120)
    seen = json.loads(output)
    own = {"HOME", "HOSTNAME", "JWT", "LANG", "PATH", "PWD", "OLDPWD", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
    assert set(seen.pop("variables")) <= own | {"STOCK_URL"}
    assert seen == {
        "job": ['{"a": 1}'],
        "here": "/work",
        "files": ["main.py"],
        "uid": 65532,
        "python": PYTHON,
        "networks": ["lo"],
        "host": "sandbox",
        "url": "http://127.0.0.1:9001",
        "input": "/dev/null",
        "grader": False,
        "names": ["nameserver", "127.0.0.1"],
    }


def test_it_is_ended_in_time(engine: "DockerClient", spec: MakeSpec) -> None:
    # However much it writes, and with what it wrote last.
    script = "import os\nwhile True: os.write(1, b'x' * 65536)"
    output = docker_tool(engine, Settings(), spec({"main.py": ""}), script, "", 5)
    assert output == b"x" * len(output)
    assert len(output) <= 64 * 1024


def test_a_container_that_cannot_take_the_files_is_told(engine: "DockerClient", spec: MakeSpec) -> None:
    # An answer that never came must not look like one that says nothing.
    settings = Settings(workspace_bytes=MEBIBYTE)
    with pytest.raises(PodError, match="did not arrive"):
        docker_tool(engine, settings, spec({"main.py": "", "data": "x" * 2 * MEBIBYTE}), LOOKS, "", 120)


APP = """\
import sqlite3, time
from fastapi import FastAPI

app = FastAPI()
database = sqlite3.connect(":memory:", check_same_thread=False)


@app.get("/sleeps")
async def sleeps():
    time.sleep(5)


@app.get("/reads")
async def reads():
    return database.execute("select 1").fetchone()


@app.get("/computes")
async def computes():
    total = 0
    for number in range(12_000_000):
        total += number
    return total


@app.get("/good")
def good():
    time.sleep(0.2)
"""


def test_a_trace(engine: "DockerClient", spec: MakeSpec) -> None:
    # With the runner's own packages and Python, from evidence to lines.
    sandbox = DockerSandbox(Settings(), engine)
    graded = spec({"main.py": APP}, runtime=sandbox.prepare(Dependencies(), print))
    sent = [
        Exchange(method="GET", url=f"http://127.0.0.1:8000{path}")
        for path in ("/sleeps", "/reads", "/computes", "/good")
    ]
    result = CheckResult(id="async.a", verdict=Verdict.FAILED, credit=0, evidence=Evidence(exchanges=sent))
    info = CheckInfo(id="async.a", category="async", level=Level.MID, title="x", why="y", file="a.py", line=1)
    insights = explain(graded, [info], {"async.a": result}, sandbox, print)
    assert [(insight.call, insight.function) for insight in insights] == [
        ("time.sleep", "sleeps"),
        ("sqlite3.Connection.execute", "reads"),
        ("computing", "computes"),
    ]
