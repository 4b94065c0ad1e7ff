import json
import os
import shutil
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.errors import PodError, UsageError
from grader.intake.submission import Dependencies, EntryPoint, Tree
from grader.sandbox import local_backend, local_install, ports
from grader.sandbox.local_backend import LocalSandbox
from grader.sandbox.local_process import LocalProcess, started
from grader.sandbox.pod import PodSpec, Runtime
from grader.settings import Settings
from grader.verdicts import Fault, Finished, Hello, Job, Listening, NotListening, Routes, UpstreamsReady

MakeSpec = Callable[..., PodSpec]

STAND_IN = Path(__file__).with_name("stand_in_harness.py").read_text()
APP = Path(__file__).with_name("stand_in_app.py").read_text()


@pytest.fixture
def sandbox(tmp_path: Path) -> LocalSandbox:
    return LocalSandbox(Settings(cache_dir=tmp_path / "cache"), harness_command=[sys.executable, "-c", STAND_IN])


@pytest.fixture
def spec(tmp_path: Path) -> MakeSpec:
    def make(
        files: Mapping[str, str],
        entry: EntryPoint | None = None,
        environment: Mapping[str, str] | None = None,
        pack: Path | None = None,
    ) -> PodSpec:
        root = tmp_path / "submission"
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        return PodSpec(
            run_id="test",
            runtime=Runtime("3", {}),
            tree=Tree(root, tuple(sorted(files)), "", 0),
            entry_point=entry or EntryPoint("main", "app"),
            environment=environment or {},
            pack=pack,
            job=Job(pack="", seed=1, startup_deadline=30),
        )

    return make


def answer_of(sandbox: LocalSandbox, pod_spec: PodSpec) -> str:
    """What the application answered to GET /."""
    with sandbox.pod(pod_spec) as pod:
        events = list(pod.events())
        problems = [event.problem for event in events if isinstance(event, Routes)]
        assert problems, f"{events}\n{pod.candidate_log()}"
    return problems[0]


def test_an_application_is_served_to_the_harness(sandbox: LocalSandbox, spec: MakeSpec) -> None:
    # Harness and candidate meet on a port of this machine.
    with sandbox.pod(spec({"main.py": APP + "\ndef answer(): return 'hi'"})) as pod:
        events = list(pod.events())
        assert pod.candidate_status() is None
        assert "Application startup complete" in pod.candidate_log()
    assert events == [Hello(), Listening(seconds=0), Routes(routes=[], problem='"hi"'), Finished()]


def test_a_crash_at_import_is_told_with_its_traceback(sandbox: LocalSandbox, spec: MakeSpec) -> None:
    # The traceback is whole when the harness says that nobody listens.
    with sandbox.pod(spec({"main.py": "raise RuntimeError('no database')"})) as pod:
        events = list(pod.events())
        assert NotListening(seconds=0, exited=True) in events
        assert "RuntimeError: no database" in pod.candidate_log()
        assert pod.candidate_status() == 1


def test_a_factory_is_called(sandbox: LocalSandbox, spec: MakeSpec) -> None:
    # `uvicorn --factory` for an entry point that is a function.
    files = {"main.py": APP + "\ndef answer(): return 1\ndef make(): return app"}
    assert answer_of(sandbox, spec(files, EntryPoint("main", "make", factory=True))) == "1"


def test_import_paths_win_in_their_order(sandbox: LocalSandbox, spec: MakeSpec) -> None:
    # The first path shadows the second, and both shadow the working directory.
    files = {
        "main.py": "raise SystemExit('the working directory won')",
        "b/main.py": "raise SystemExit('the second path won')",
        "b/only.py": "where = 'b'",
        "a/main.py": APP + "\nimport only\ndef answer(): return [only.where, os.path.basename(os.getcwd())]",
    }
    entry = EntryPoint("main", "app", directory=".", import_paths=("a", "b"))
    assert answer_of(sandbox, spec(files, entry)) == '["b", "work"]'


def test_the_working_directory_is_the_entry_points(sandbox: LocalSandbox, spec: MakeSpec) -> None:
    # Relative paths in the app (a SQLite file, a template) mean what they meant at the candidate's desk.
    files = {"backend/main.py": APP + "\ndef answer(): return os.listdir()"}
    entry = EntryPoint("main", "app", directory="backend", import_paths=("backend",))
    assert answer_of(sandbox, spec(files, entry)) == '["main.py"]'


@pytest.mark.parametrize("name", ["types", "logging", "uvicorn", "click", "enum"])
def test_a_module_named_like_a_library_breaks_nothing(sandbox: LocalSandbox, spec: MakeSpec, name: str) -> None:
    # As with the `uvicorn` command: the interpreter and uvicorn are loaded before the submission's folder is looked at.
    files = {"main.py": APP + "\ndef answer(): return 1", f"{name}.py": "raise SystemExit('shadowed')"}
    assert answer_of(sandbox, spec(files)) == "1"


def test_the_candidate_gets_the_briefs_variables_and_none_of_the_hosts(
    sandbox: LocalSandbox, spec: MakeSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A secret of the host's environment must not reach a submission.
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    files = {"main.py": APP + "\ndef answer(): return list(os.environ)"}
    names = set(json.loads(answer_of(sandbox, spec(files, environment={"JWT": "x"}))))
    allowed = {"PATH", "HOME", "TMPDIR", "LANG", "LC_CTYPE", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "JWT"}
    assert "JWT" in names
    assert names <= allowed


def test_upstreams_are_there_before_the_candidate_is(
    sandbox: LocalSandbox, spec: MakeSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    # When its process is made, the port accepts. Two upstreams have two ports, which are given back.
    def launched(*given: Any, environment: Mapping[str, str], **named: Any) -> LocalProcess:
        for name in ("CATALOG_URL", "PRICING_URL"):
            socket.create_connection(("127.0.0.1", int(environment[name].rpartition(":")[2]))).close()
        return LocalProcess(*given, environment=environment, **named)

    monkeypatch.setattr(local_backend, "LocalProcess", launched)
    calling = replace(
        spec({"main.py": APP + "\ndef answer(): return [os.environ['CATALOG_URL'], os.environ['PRICING_URL']]"}),
        upstreams={"catalog": "CATALOG_URL", "pricing": "PRICING_URL"},
    )
    with sandbox.pod(calling) as pod:
        assert pod.candidate_log() == ""
        events = list(pod.events())
        taken = pod._job.upstreams
    urls = [f"http://127.0.0.1:{taken[name]}" for name in ("catalog", "pricing")]
    assert events == [
        Hello(),
        UpstreamsReady(),
        Listening(seconds=0),
        Routes(routes=[], problem=json.dumps(urls)),
        Finished(),
    ]
    assert pod._job.environment == {"CATALOG_URL": urls[0], "PRICING_URL": urls[1]}
    assert all(ports._is_free(port) for port in taken.values())


def test_a_pod_that_is_left_before_its_upstreams_are_there_starts_no_candidate(
    sandbox: LocalSandbox, spec: MakeSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody would end what nobody waits for.
    monkeypatch.setattr(local_backend, "LocalProcess", lambda *_given, **_named: pytest.fail("it must not start"))
    calling = replace(spec({"main.py": APP}), upstreams={"catalog": "CATALOG_URL"})
    with sandbox.pod(calling) as pod:
        assert next(pod.events()) == Hello()
    assert pod.candidate_status() is None
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("grader-")]


def test_the_pack_comes_without_its_answers(sandbox: LocalSandbox, spec: MakeSpec, tmp_path: Path) -> None:
    # The harness sees the same files as in a container.
    for name in ("challenge.toml", "openapi.yaml", "mutants.toml", "checks/a.py"):
        (tmp_path / "pack" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "pack" / name).touch()
    files = {"main.py": APP + "\ndef answer(): return 1"}
    with sandbox.pod(spec(files, pack=tmp_path / "pack")) as pod:
        assert list(pod.events())[-1] == Fault(message="challenge.toml,checks,openapi.yaml")


@pytest.mark.parametrize("raised", [None, KeyboardInterrupt, PodError], ids=["done", "ctrl-c", "error"])
def test_nothing_is_left(
    sandbox: LocalSandbox,
    spec: MakeSpec,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    raised: type[BaseException] | None,
) -> None:
    # Neither folder, nor process, nor a child of it, nor thread; whichever way the pod was left.
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    child = "import subprocess\nchild = subprocess.Popen(['sleep', '600'])\n"
    files = {"main.py": APP + child + "\ndef answer(): return [os.getpid(), child.pid]"}
    pids: list[int] = []

    def run() -> None:
        with sandbox.pod(spec(files)) as pod:
            pids.extend(json.loads(next(event.problem for event in pod.events() if isinstance(event, Routes))))
            if raised:
                raise raised("stop")

    if raised:
        with pytest.raises(raised):
            run()
    else:
        run()
    assert list((tmp_path / "tmp").iterdir()) == []
    assert [pid for pid in pids if _runs(pid)] == []
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("grader-")]


def _runs(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_a_flood_of_output_is_kept_to_its_tail(tmp_path: Path) -> None:
    # Endless output fills no memory, and does not stop the process.
    code = "import sys\nfor n in range(200_000): print(n)"
    environment = {"PATH": os.defpath}
    with started([sys.executable, "-c", code], cwd=tmp_path, environment=environment) as process:
        assert process.wait() == 0
        assert process.tail().endswith(b"\n199999\n")
        assert len(process.tail()) == 64 * 1024


def test_a_signal_is_a_negative_status(tmp_path: Path) -> None:
    # As the protocol says, for whoever ends it.
    code = "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)"
    with started([sys.executable, "-c", code], cwd=tmp_path, environment={}) as process:
        assert process.wait() == -11


def test_a_command_that_is_not_there_is_a_pod_error(tmp_path: Path) -> None:
    # The machine's fault, not the candidate's.
    with pytest.raises(PodError, match="cannot start"), started(["/nonexistent"], cwd=tmp_path, environment={}):
        pytest.fail("it must not start")


def test_what_this_interpreter_has_costs_nothing(sandbox: LocalSandbox) -> None:
    # No environment is made for what is there.
    runtime = sandbox.prepare(Dependencies(requirements=("fastapi", "uvicorn")), pytest.fail)
    assert (runtime.handle, runtime.installed) == ("", ())
    assert {"fastapi", "uvicorn"} <= set(runtime.packages)


def test_missing_packages_without_uv_are_the_callers_to_install(
    sandbox: LocalSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The submission is not to blame for what this machine lacks.
    monkeypatch.setattr(shutil, "which", lambda *_args, **_options: None)
    with pytest.raises(UsageError, match="no-such-thing") as raised:
        sandbox.prepare(Dependencies(requirements=("no-such-thing",)), print)
    assert "--sandbox docker" in raised.value.hint


def test_missing_packages_are_installed_once(sandbox: LocalSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    # The cache is keyed by what was asked; the installer is the container's own.
    asked = []

    def install(request: dict[str, object], root: Path, _work: Path) -> dict[str, object]:
        asked.append(request["requirements"])
        (root / "bin").mkdir()
        (root / "bin" / "python").touch()
        return {"exit": 0, "output": "", "over": "", "busy": 0.0, "packages": {"No.Such": "1.0"}, "dropped": {}}

    monkeypatch.setattr(shutil, "which", lambda *_args, **_options: "/bin/uv")
    monkeypatch.setattr(local_install.installer, "install", install)
    runtimes = [sandbox.prepare(Dependencies(requirements=("no-such>=1",)), lambda _line: None) for _ in range(2)]
    assert asked == [["no-such>=1", "fastapi", "uvicorn"]]
    assert runtimes[0] == runtimes[1]
    assert (runtimes[0].installed, runtimes[0].packages["no-such"]) == (("no-such==1.0",), "1.0")
    assert Path(runtimes[0].handle, "bin", "python").exists()


def test_it_says_that_it_isolates_nothing(sandbox: LocalSandbox) -> None:
    # The report must never suggest otherwise.
    assert (sandbox.facts().sandbox, sandbox.facts().isolation) == ("local", "none")
