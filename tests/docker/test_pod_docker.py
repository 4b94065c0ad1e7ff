import time
from typing import TYPE_CHECKING

import pytest

from grader.errors import PodError
from grader.intake.submission import EntryPoint
from grader.sandbox.docker_pod import HARNESS_COMMAND
from grader.sandbox.engine import RUN_LABEL
from grader.sandbox.images import Image
from grader.sandbox.pod import Runtime
from grader.sandbox.recipes import PYTHON
from grader.settings import MEBIBYTE, Settings
from grader.verdicts import Finished, Hello, Listening, NotListening, Route, Routes, UpstreamsReady
from tests.docker.pods import APP, HARNESS, RUN_ID, Start, answer_of, app

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = [pytest.mark.docker, pytest.mark.usefixtures("nothing_of_the_run_is_left")]


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
