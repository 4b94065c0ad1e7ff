import gc
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from grader.errors import HarnessError, PodError
from grader.intake.submission import EntryPoint, Tree
from grader.sandbox import docker_process
from grader.sandbox.docker_pod import HARNESS_COMMAND, docker_pod
from grader.sandbox.docker_process import DockerProcess
from grader.sandbox.engine import RUN_LABEL, sweep
from grader.sandbox.images import Image
from grader.sandbox.pod import PodSpec, Runtime
from grader.sandbox.recipes import PYTHON
from grader.sandbox.session import Session
from grader.settings import MEBIBYTE, Settings
from grader.verdicts import Finished, Hello, Job, Listening, NotListening, Route, Routes, UpstreamsReady

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = pytest.mark.docker

STAND_INS = Path(__file__).parents[1] / "sandbox"
HARNESS = [PYTHON, "-c", (STAND_INS / "stand_in_harness.py").read_text()]
APP = (STAND_INS / "stand_in_app.py").read_text()
RUN_ID = f"test-{os.getpid()}"

Start = Callable[..., AbstractContextManager[Session]]


@pytest.fixture
def start(engine: "DockerClient", runner: Image, harness: Image, tmp_path: Path) -> Start:
    """Start a pod with a test's own files; the stand-in harness tells what GET / answers."""

    def pod(
        files: Mapping[str, str],
        *,
        client: "DockerClient | None" = None,
        command: list[str] = HARNESS,
        settings: Settings | None = None,
        job: Mapping[str, Any] | None = None,
        **spec: Any,
    ) -> AbstractContextManager[Session]:
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        given: dict[str, Any] = {
            "runtime": Runtime("3", {}),
            "entry_point": EntryPoint("main", "app"),
            "environment": {},
            "pack": None,
        }
        tree = Tree(tmp_path, tuple(sorted(files)), "", 0)
        order = Job(pack="", seed=1, **{"startup_deadline": 60, **(job or {})})
        pod_spec = PodSpec(run_id=RUN_ID, tree=tree, job=order, **(given | spec))
        ids = {"runner": runner.id, "harness": harness.id}
        return docker_pod(client or engine, settings or Settings(), ids, pod_spec, harness_command=command)

    return pod


@pytest.fixture(autouse=True)
def nothing_is_left(engine: "DockerClient") -> Iterator[None]:
    """Whatever a test did, the engine holds nothing of its run, and this process no watcher."""
    yield
    left = [
        container.name for container in engine.containers.list(all=True, filters={"label": f"{RUN_LABEL}={RUN_ID}"})
    ]
    watchers = [
        thread.name for thread in threading.enumerate() if thread.name in {"grader-harness", "grader-candidate"}
    ]
    assert (left, watchers) == ([], [])


def answer_of(pod: AbstractContextManager[Session]) -> Any:
    """What the application answered to GET /."""
    with pod as session:
        events = list(session.events())
        problems = [event.problem for event in events if isinstance(event, Routes)]
        assert problems, f"{events}\n{session.candidate_log()}"
    return json.loads(problems[0])


def app(answer: str) -> dict[str, str]:
    return {"main.py": f"{APP}\ndef answer():\n    return {answer}\n"}


def test_an_application_is_served_to_the_harness(start: Start) -> None:
    # The two containers meet on loopback; while the app runs it has no status.
    with start(app("'hi'")) as pod:
        events = list(pod.events())
        assert pod.candidate_status() is None
        assert "Application startup complete" in pod.candidate_log()
    assert events == [Hello(), Listening(seconds=0), Routes(routes=[], problem='"hi"'), Finished()]


def states(engine: "DockerClient") -> list[str]:
    """What the engine says of the containers of a test's pod, sorted."""
    mine = engine.api.containers(all=True, filters={"label": f"{RUN_LABEL}={RUN_ID}"})
    return sorted(one["State"] for one in mine)


def test_upstreams_are_there_before_the_first_instruction_of_the_candidate(
    engine: "DockerClient", start: Start
) -> None:
    # Its container is started once the ports are bound; an import that calls an upstream finds it.
    calling = "import os, socket\nurl = os.environ['CATALOG_URL']\n"
    calling += "socket.create_connection(('127.0.0.1', int(url.rpartition(':')[2]))).close()\n"
    files = {"main.py": f"{calling}{APP}\ndef answer(): return url"}
    with start(files, upstreams={"catalog": "CATALOG_URL"}) as pod:
        events = pod.events()
        assert next(events) == Hello()
        assert states(engine) == ["created", "running"]
        assert next(events) == UpstreamsReady()
        assert states(engine) == ["running", "running"]
        rest = list(events)
    assert rest == [Listening(seconds=0), Routes(routes=[], problem='"http://127.0.0.1:9001"'), Finished()]


def test_a_paused_application_can_go_on_and_be_removed(engine: "DockerClient", start: Start) -> None:
    # What a burst needs; a run that ends amid one leaves nothing, as the fixture sees.
    with start(app("'hi'")) as pod:
        list(pod.events())
        pod._application._process.pause()
        assert states(engine) == ["paused", "running"]
        pod._application._process.resume()
        assert "paused" not in states(engine)
        pod._application._process.pause()


FULL = """
import errno, os

def answer():
    mount = next(line.split() for line in open("/proc/mounts") if line.split()[1] == os.getcwd())
    with open("big", "wb", buffering=0) as file:
        try:
            file.write(bytes(16 << 20)) and file.write(b"x")
        except OSError as error:
            full = errno.errorcode[error.errno]
    os.remove("big")
    inodes = os.statvfs(".").f_files
    folder = os.stat(".")
    flags = sorted({"nosuid", "nodev"} & set(mount[3].split(",")))
    return [mount[2], flags, full, inodes, folder.st_mode & 0o777, folder.st_uid]
"""


@pytest.mark.parametrize("restarts", [False, True], ids=["tmpfs", "volume"])
def test_a_workspace_has_its_limits_whether_it_outlives_its_container_or_not(start: Start, restarts: bool) -> None:
    # Bytes and inodes end, and nobody else can look into it.
    settings = Settings(workspace_bytes=8 * MEBIBYTE, inodes=500)
    pod = start({"main.py": f"{APP}\n{FULL}"}, settings=settings, job={"restarts": restarts})
    assert answer_of(pod) == ["tmpfs", ["nodev", "nosuid"], "ENOSPC", 500, 0o700, 65532]


def test_an_application_leaves_the_first_cpu_and_comes_back(engine: "DockerClient", start: Start) -> None:
    # While its latency is measured, the driver has that CPU for itself; the CPU time that it uses is known.
    cpus = int(engine.info()["NCPU"])
    with start(app("'hi'")) as pod:
        list(pod.events())
        process = pod._application._process
        assert process.cpu_seconds() > 0
        for change, expected in (
            (process.leave_first_cpu, f"1-{cpus - 1}" if cpus > 1 else ""),
            (process.use_all_cpus, f"0-{cpus - 1}"),
        ):
            change()
            process._container.reload()
            assert process._container.attrs["HostConfig"]["CpusetCpus"] == expected


# The engine can say nothing of a container whose network has ended with the harness.
STAYS = [*HARNESS[:2], f"{HARNESS[2]}\nthreading.Event().wait()\n"]


def test_a_sleeping_application_is_seen_to_sleep(start: Start) -> None:
    # Soon after its answer; one that waited for a CPU would not.
    with start(app("'hi'"), command=STAYS) as pod:
        list(pod.events())
        assert any(pod._application._process.look().asleep for _ in range(200))


def test_a_spinning_application_is_seen_to_use_its_time(start: Start) -> None:
    # In whatever thread: it is awake each time, and its CPU time grows.
    spinning = "import threading\ndef spin():\n    while True: pass\nthreading.Thread(target=spin).start()\n"
    with start({"main.py": f"{spinning}{APP}\ndef answer(): return 'hi'\n"}, command=STAYS) as pod:
        list(pod.events())
        looks = [pod._application._process.look() for _ in range(3)]
    assert [look.asleep for look in looks] == [False] * 3
    assert 0 < looks[0].cpu_seconds < looks[-1].cpu_seconds


def test_the_real_harness_inspects_a_fastapi_application(start: Start) -> None:
    # Nothing that the harness imports is missing in its container.
    code = "from fastapi import FastAPI\napp = FastAPI()\n@app.get('/health')\ndef health(): return {}\n"
    with start({"main.py": code}, command=list(HARNESS_COMMAND), job={"mode": "inspect"}) as pod:
        events = list(pod.events())
    routes = next(event for event in events if isinstance(event, Routes))
    assert (routes.routes, routes.health, routes.problem) == ([Route(method="GET", path="/health")], 200, "")


@pytest.mark.parametrize(
    ("code", "status", "log"),
    [
        pytest.param("raise RuntimeError('no database')", 1, "RuntimeError: no database", id="traceback"),
        pytest.param("raise SystemExit(7)", 7, "", id="exit"),
        pytest.param("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", -11, "", id="signal"),
        pytest.param("x = [b'x' * (1 << 20) for _ in range(1000)]", -9, "for using more than 96 MiB", id="memory"),
        pytest.param("open('/etc/x', 'w')", 1, "Read-only file system", id="read-only"),
    ],
)
def test_an_end_at_import_is_told_with_status_and_log(start: Start, code: str, status: int, log: str) -> None:
    # The log is whole, and the status known, when the harness says that nobody listens.
    settings = Settings(memory_bytes=96 * MEBIBYTE)
    with start({"main.py": code}, settings=settings) as pod:
        assert NotListening(seconds=0, exited=True) in list(pod.events())
        assert pod.candidate_status() == status
        assert log in pod.candidate_log()


def test_a_flood_of_output_is_kept_to_its_tail(start: Start) -> None:
    # Endless output fills neither memory nor disk, and does not keep the app from answering.
    flood = "for n in range(60_000):\n    print('x' * 1000)\n"
    code = f"{APP}\n{flood}\ndef answer(): return 'alive'\n"
    with start({"main.py": code}) as pod:
        assert Routes(routes=[], problem='"alive"') in list(pod.events())
        # The application's words and the harness's come on two streams: the last line may be a moment later.
        deadline = time.monotonic() + 30
        while not (log := pod.candidate_log()).endswith('"GET / HTTP/1.1" 200 OK\n'):
            assert time.monotonic() < deadline, log[-200:]
    assert len(log) == 64 * 1024


def test_files_import_paths_and_directory_are_as_intended(start: Start) -> None:
    # The first path wins over the second, both over the working directory; long and odd names arrive.
    odd = "deep/" * 30 + "naïve ☃.txt"
    files = {
        "main.py": "raise SystemExit('the working directory won')",
        "types.py": "raise SystemExit('shadowed the standard library')",
        "b/main.py": "raise SystemExit('the second path won')",
        "b/only.py": "where = 'b'",
        odd: "snow",
        "a/main.py": f"{APP}\nimport only\ndef answer(): return [only.where, os.getcwd(), open('{odd}').read()]",
    }
    entry = EntryPoint("main", "app", import_paths=("a", "b"))
    assert answer_of(start(files, entry_point=entry)) == ["b", "/work", "snow"]


def test_a_large_submission_arrives_whole(start: Start) -> None:
    # More than any buffer on the way holds.
    files = app("[len(text := open('data').read()), text[:8], text[-8:]]") | {
        "data": "start..." + "x" * 40_000_000 + "...ended"
    }
    assert answer_of(start(files)) == [40_000_016, "start...", "...ended"]


def test_what_the_candidate_sees(start: Start, monkeypatch: pytest.MonkeyPatch, engine: "DockerClient") -> None:
    # Its variables, its files, its processes: nothing of the host, of the harness, or of the company's proxy.
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    monkeypatch.setitem(engine.api._proxy_configs, "http", "http://user:password@proxy:3128")
    processes = "[open(f'/proc/{p}/cmdline').read() for p in os.listdir('/proc') if p.isdecimal()]"
    answer = (
        "{'environment': sorted(os.environ), 'jwt': os.environ['JWT'], 'grader': os.path.exists('/grader/grader'),"
        " 'work': os.listdir('/work'), 'uid': os.getuid(), 'stdin': os.readlink('/proc/self/fd/0'),"
        f" 'python': sys.executable, 'processes': {processes}}}"
    )
    seen = answer_of(start(app(answer), environment={"JWT": "x"}))
    own = {"HOME", "HOSTNAME", "JWT", "LANG", "PATH", "PWD", "OLDPWD", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
    assert set(seen.pop("environment")) <= own
    assert all("uvicorn" in line for line in seen.pop("processes"))
    expected = {"jwt": "x", "grader": False, "work": ["main.py"], "uid": 65532, "stdin": "/dev/null", "python": PYTHON}
    assert seen == expected


def test_installed_dependencies_are_used_and_cannot_be_changed(
    start: Start, engine: "DockerClient", runner: Image
) -> None:
    # The volume's interpreter runs the app; what one submission wrote there, the next would run.
    volume = engine.volumes.create(labels={RUN_LABEL: RUN_ID})
    try:
        wrapper = f'#!/bin/sh\nVIA=deps exec {PYTHON} "$@"\n'
        make = 'cd /opt/deps && chmod 777 . && mkdir bin && printf %s "$0" > bin/python && chmod 755 bin/python'
        mount = {volume.name: {"bind": "/opt/deps", "mode": "rw"}}
        engine.containers.run(runner.id, ["sh", "-c", make, wrapper], user="0:0", volumes=mount, remove=True)
        code = app("[os.environ['VIA'], os.access('/opt/deps', os.W_OK)]")
        assert answer_of(start(code, runtime=Runtime("3", {}, (), volume.name))) == ["deps", False]
    finally:
        volume.remove()


def test_dependencies_that_are_gone_are_not_the_candidates_fault(start: Start, engine: "DockerClient") -> None:
    # The engine would make an empty volume of that name.
    name = f"grader-deps-{RUN_ID}"
    with pytest.raises(PodError), start(app("1"), runtime=Runtime("3", {}, (), name)):
        pytest.fail("it must not start")
    assert name not in {volume.name for volume in engine.volumes.list()}


def test_files_that_do_not_fit_are_not_the_candidates_fault(start: Start) -> None:
    # A crash is only told once the files are there, which no submission can pretend.
    settings = Settings(workspace_bytes=MEBIBYTE)
    files = app("1") | {"data": "x" * 2 * MEBIBYTE}
    with pytest.raises(PodError, match="did not arrive") as raised, start(files, settings=settings) as pod:
        list(pod.events())
    assert "No space left on device" in raised.value.detail


def test_a_harness_that_dies_is_reported_with_its_last_words(start: Start) -> None:
    # Whether it dies before the candidate joins its network or after; standard error is kept apart from the channel.
    command = [PYTHON, "-c", "print('{\"event\":\"hello\"}', flush=True); raise SystemExit('no pytest here')"]
    with pytest.raises(HarnessError, match="status 1") as raised, start(app("1"), command=command) as pod:
        list(pod.events())
    assert "no pytest here" in raised.value.detail


@pytest.mark.parametrize("raised", [KeyboardInterrupt, ZeroDivisionError], ids=["ctrl-c", "bug"])
def test_a_pod_that_is_left_in_a_hurry_leaves_nothing(start: Start, raised: type[BaseException]) -> None:
    # See `nothing_is_left`.
    with pytest.raises(raised), start(app("1")):
        raise raised


@pytest.mark.parametrize("at", [1, 2], ids=["harness", "candidate"])
@pytest.mark.parametrize("step", ["__init__", "start"])
def test_a_start_that_is_interrupted_leaves_nothing(
    start: Start, monkeypatch: pytest.MonkeyPatch, step: str, at: int
) -> None:
    # What started half-way unwinds too.
    calls = iter(range(1, 10))
    original = getattr(DockerProcess, step)

    def interrupted(*given: Any, **named: Any) -> None:
        turn = next(calls)
        if turn == at and step == "__init__":
            raise KeyboardInterrupt
        original(*given, **named)
        if turn == at:
            raise KeyboardInterrupt

    monkeypatch.setattr(DockerProcess, step, interrupted)
    with pytest.raises(KeyboardInterrupt), start(app("1")):
        pytest.fail("it must not start")


def test_a_container_that_the_engine_makes_late_is_removed(
    start: Start, engine: "DockerClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    # Ctrl-C during the call: the engine finishes what nobody waits for any more.
    create = engine.containers.create
    late: list[threading.Timer] = []

    def interrupted(*given: Any, **named: Any) -> None:
        late.append(threading.Timer(0.1, create, given, named))
        late[0].start()
        raise KeyboardInterrupt

    monkeypatch.setattr(type(engine.containers), "create", staticmethod(interrupted))
    with pytest.raises(KeyboardInterrupt), start(app("1")):
        pytest.fail("it must not start")
    late[0].join()


class Relay:
    """A unix socket in front of the engine's, that can die like an engine."""

    def __init__(self, address: Path, engine_address: str) -> None:
        self._engine_address = engine_address
        self._open: list[socket.socket] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(address))
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def die(self) -> None:
        for one in [self._listener, *self._open]:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                upstream = socket.socket(socket.AF_UNIX)
                upstream.connect(self._engine_address)
                self._open += [client, upstream]
                for source, target in ((client, upstream), (upstream, client)):
                    threading.Thread(target=self._pump, args=(source, target), daemon=True).start()

    @staticmethod
    def _pump(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # the SDK's, where a connection is refused
def test_an_engine_that_dies_half_way_ends_the_pod_at_once(
    start: Start, engine: "DockerClient", tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Neither waiting nor leaving goes on to a deadline, and what is left is found by its label.
    import docker  # noqa: PLC0415  # only here

    real = Path("/var/run/docker.sock")
    if not real.is_socket():
        pytest.skip("the engine has no unix socket here")
    monkeypatch.setattr(docker_process, "_PAUSES", (0.0, 0.01))
    address = tmp_path_factory.mktemp("engine") / "s"
    relay = Relay(address, str(real))
    client = docker.DockerClient(base_url=f"unix://{address}")
    began = time.monotonic()
    hang = app("__import__('time').sleep(600)")
    notes = lost_in(start(hang, client=client), relay)
    assert time.monotonic() - began < Settings().engine_deadline / 2
    assert any("cleaning up failed" in note for note in notes)
    assert len(sweep(engine, run_id=RUN_ID)) == 2
    client.close()
    gc.collect()


def lost_in(starting: AbstractContextManager[Session], relay: Relay) -> list[str]:
    """Let the engine die under a pod; what the error says besides."""

    def follow() -> None:
        with starting as pod:
            events = pod.events()
            assert next(events) == Hello()
            relay.die()
            next(events)

    with pytest.raises(PodError, match="engine was lost") as raised:
        follow()
    return raised.value.__notes__
