"""A script of ours in a candidate's place: it gets what the application had, and ends in time whatever it does."""

import json
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from grader.errors import PodError
from grader.intake.submission import EntryPoint, Tree
from grader.sandbox.local_backend import LocalSandbox
from grader.sandbox.pod import PodSpec, Runtime
from grader.sandbox.tool import command, ended_after
from grader.settings import Settings
from grader.verdicts import Job

LOOKS = """\
import json, os, sys
print(json.dumps({
    "job": sys.argv[1:], "here": os.path.basename(os.getcwd()), "files": sorted(os.listdir()),
    "variables": dict(os.environ), "input": sys.stdin.read(), "path": sys.path[0],
}))
print("for people", file=sys.stderr)
"""
HANGS = "import time\ntime.sleep(3600)"
FLOODS = "import os\nwhile True: os.write(1, b'x' * 65536)"
LEAVES = "import os, subprocess, sys\nprint(os.getpid(), subprocess.Popen(['sleep', '3600']).pid)"

MakeSpec = Callable[..., PodSpec]


@pytest.fixture
def spec(tmp_path: Path) -> MakeSpec:
    """A specification for a test's own files."""

    def make(files: Mapping[str, str] | None = None, **changes: Any) -> PodSpec:
        listed = files or {"main.py": ""}
        for name, text in listed.items():
            (tmp_path / "submission" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "submission" / name).write_text(text)
        given = {
            "run_id": "test",
            "runtime": Runtime("3", {}),
            "tree": Tree(tmp_path / "submission", tuple(sorted(listed)), "", 0),
            "entry_point": EntryPoint("main", "app"),
            "environment": {},
            "pack": None,
            "job": Job(pack="", seed=1),
        }
        return PodSpec(**(given | changes))

    return make


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalSandbox:
    """A local sandbox whose temporary files are the test's own, and gone afterwards."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    return LocalSandbox(Settings(cache_dir=tmp_path / "cache"))


def test_it_sees_what_the_application_saw(
    sandbox: LocalSandbox, spec: MakeSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Its files, its working directory, the brief's variables and those of upstreams; nothing of the host, no input.
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    asked = spec(
        {"backend/main.py": "", "backend/json.py": "raise SystemExit('shadowed')"},
        entry_point=EntryPoint("main", "app", directory="backend"),
        environment={"JWT": "x"},
        upstreams={"stock": "STOCK_URL"},
    )
    output = sandbox.run_tool(asked, LOOKS, '{"é": 1}', 60).decode()
    first, second = output.splitlines()
    seen = json.loads(first)
    variables = seen.pop("variables")
    assert second == "for people"
    assert seen.pop("path") != ""
    assert seen == {"job": ['{"é": 1}'], "here": "backend", "files": ["json.py", "main.py"], "input": ""}
    assert variables["STOCK_URL"].startswith("http://127.0.0.1:")
    own = {"PATH", "HOME", "TMPDIR", "LANG", "LC_CTYPE", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
    assert variables.keys() <= own | {"JWT", "STOCK_URL"}
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize("script", [HANGS, FLOODS], ids=["hangs", "floods"])
def test_it_is_ended_in_time(sandbox: LocalSandbox, spec: MakeSpec, tmp_path: Path, script: str) -> None:
    # With whatever it wrote until then, of which the end is kept.
    output = sandbox.run_tool(spec(), script, "", 1)
    assert output == b"x" * len(output)
    assert len(output) <= 64 * 1024
    assert list((tmp_path / "tmp").iterdir()) == []
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("grader-")]


def test_its_children_end_with_it(sandbox: LocalSandbox, spec: MakeSpec) -> None:
    # They hold its output open, and would outlive the run.
    pids = sandbox.run_tool(spec(), LEAVES, "", 60).split()
    assert len(pids) == 2
    assert [pid for pid in pids if _runs(int(pid))] == []


def test_a_script_that_fails_says_why(sandbox: LocalSandbox, spec: MakeSpec) -> None:
    # It is an answer like any other, for whoever asked.
    assert b"ZeroDivisionError" in sandbox.run_tool(spec(), "1 / 0", "", 60)


def test_an_interpreter_that_is_gone_is_a_pod_error(sandbox: LocalSandbox, spec: MakeSpec) -> None:
    # The machine's fault, and told as such.
    with pytest.raises(PodError, match="cannot start"):
        sandbox.run_tool(spec(runtime=Runtime("3", {}, handle="/nonexistent")), "", "", 60)


def test_the_command_keeps_the_candidates_folder_out_of_the_way() -> None:
    # A `types.py` there would be imported while the interpreter starts.
    assert command(sys.executable, "text", "job") == [sys.executable, "-P", "-c", "text", "job"]


def test_a_deadline_ends_the_block() -> None:
    # In a thread of its own; what goes wrong there is said by whoever cleans up.
    ended = threading.Event()

    def end() -> None:
        ended.set()
        raise PodError("still there")

    with ended_after(0, end):
        assert ended.wait(60)


def test_a_block_that_is_left_before_is_not_ended() -> None:
    # Nor is anything left of the clock.
    with ended_after(3600, lambda: pytest.fail("too late")):
        pass
    assert not [thread.name for thread in threading.enumerate() if thread.name == "grader-deadline"]


def _runs(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
