"""Connecting to an engine, what its errors mean, and which things are abandoned."""

import gc
import os
import socket
import subprocess
import sys
import warnings
from pathlib import Path

import docker.errors
import pytest
import requests
import urllib3.exceptions

from grader.errors import EngineUnavailable, ImageError, InfrastructureError, PodError
from grader.sandbox.engine import abandoned, connect, labels, process_start, sweep, translate
from grader.settings import Settings


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("unix:///nowhere/docker.sock", id="no socket"),
        pytest.param("tcp://127.0.0.1:9", id="nobody listens"),
        pytest.param("gopher://engine", id="no address"),
    ],
)
def test_no_engine(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Whatever keeps the engine away, one line names the address and the hint says what to do.
    monkeypatch.setenv("DOCKER_HOST", address)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the SDK forgets to close a unix socket that does not connect
        with pytest.raises(EngineUnavailable) as caught:
            connect(Settings())
        message, hint = caught.value.message, caught.value.hint
        del caught
        gc.collect()
    assert address in message
    assert "start Docker" in hint


def test_an_engine_that_refuses_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    # A forbidden socket has its own advice: starting an engine would not help.
    def refuse(**_: object) -> None:
        raise docker.errors.DockerException("Error: ('Connection aborted.', PermissionError(13, 'Permission denied'))")

    monkeypatch.setattr(docker, "from_env", refuse)
    with pytest.raises(EngineUnavailable) as caught:
        connect(Settings())
    assert "group" in caught.value.hint


def api_error() -> docker.errors.APIError:
    return docker.errors.APIError("500 Server Error", explanation="no space left\non device")


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        pytest.param(api_error(), ImageError, id="a refusal"),
        pytest.param(docker.errors.ImageNotFound("no such image"), ImageError, id="not found"),
        pytest.param(docker.errors.DockerException("odd"), ImageError, id="the SDK itself"),
        pytest.param(requests.exceptions.ReadTimeout("late"), ImageError, id="no answer in time"),
        pytest.param(requests.exceptions.ConnectionError("gone"), EngineUnavailable, id="connection lost"),
        pytest.param(urllib3.exceptions.ProtocolError("cut"), EngineUnavailable, id="cut off while reading"),
        pytest.param(BrokenPipeError("gone"), EngineUnavailable, id="cut off while writing"),
    ],
)
def test_errors_of_the_sdk_become_our_own(raised: Exception, expected: type[InfrastructureError]) -> None:
    # Each failure of the engine is one of our faults, in one line that says what was being done.
    with pytest.raises(expected) as caught, translate("weighing anchor", fault=ImageError):
        raise raised
    assert type(caught.value) is expected
    assert "weighing anchor" in caught.value.message
    assert "\n" not in caught.value.message


def test_other_errors_pass() -> None:
    # What is not the engine's is not dressed up as such.
    with pytest.raises(ZeroDivisionError), translate("dividing"):
        _ = 1 / 0
    with pytest.raises(PodError, match=r"^as it was$"), translate("raising", fault=ImageError):
        raise PodError("as it was")


def test_what_a_live_process_owns_is_not_abandoned() -> None:
    # This process lives, so its things stay.
    assert not abandoned(labels("run"))


def test_what_a_dead_process_owned_is_abandoned() -> None:
    # The process is gone, whether or not its id is in use again.
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    assert abandoned({**labels("run"), "grader.pid": str(done.pid), "grader.start": "1"})
    assert abandoned({**labels("run"), "grader.pid": str(os.getpid()), "grader.start": "1"})


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"grader.host": f"not-{socket.gethostname()}"}, id="another host's"),
        pytest.param({"grader.namespace": "pid:[1]"}, id="of a container that bears this host's name"),
        pytest.param({"grader.pid": ""}, id="no process"),
        pytest.param({"grader.pid": "-1"}, id="no number"),
    ],
)
def test_what_cannot_be_told_is_not_abandoned(changes: dict[str, str]) -> None:
    # Only what surely belonged to a dead process of this machine is swept.
    assert not abandoned({**labels("run"), "grader.start": "1", **changes})


def test_the_start_of_a_process_is_told_without_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    # Where there is no /proc (macOS), `ps` tells when a process started.
    def no_proc(*_: object, **__: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", no_proc)
    assert process_start(os.getpid())
    assert process_start(os.getpid()) == process_start(os.getpid())


def test_a_process_that_is_gone_is_told_without_ps(monkeypatch: pytest.MonkeyPatch) -> None:
    # Images are often without `ps`; a sweep in one must not stumble over the first dead process.
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    monkeypatch.setenv("PATH", "/nowhere")
    assert process_start(done.pid) == ""


CONTAINER = "c0ffee" + 58 * "0"
STARTED = "2030-01-02T03:04:05.6Z"


class Containers:
    """Stands for `client.api`: an engine that has one container, or none."""

    def __init__(self, *, running: bool = True, started: str = STARTED, known: bool = True) -> None:
        self.state, self.known = {"Running": running, "StartedAt": started}, known
        self.api = self

    def inspect_container(self, container: str) -> dict[str, object]:
        if container != CONTAINER or not self.known:
            raise docker.errors.NotFound("no such container")
        return {"State": self.state}


@pytest.mark.parametrize(
    "mounted",
    [
        pytest.param(
            f"9 7 8:1 /var/lib/docker/containers/{CONTAINER}/hostname /etc/hostname rw - ext4 /dev/a", id="docker"
        ),
        pytest.param(f"9 7 8:1 /containers/{CONTAINER}/hosts /etc/hosts rw - ext4 /dev/a", id="a disk of its own"),
        pytest.param(
            f"9 7 0:25 /containers/overlay-containers/{CONTAINER}/userdata/hostname /etc/hostname rw - tmpfs tmpfs",
            id="podman",
        ),
    ],
)
def test_what_a_container_makes_is_marked_with_it(mounted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Where the engine knows the container of this process, its end is the end of the run, which anybody can see.
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: f"8 7 8:1 / / rw - ext4 /dev/a\n{mounted}\n")
    assert labels("run", Containers())["grader.home"] == f"{CONTAINER}@{STARTED}"  # type: ignore[arg-type]
    # Another engine's containers tell nothing of it.
    assert labels("run", Containers(known=False))["grader.home"] == ""  # type: ignore[arg-type]


def test_who_is_in_no_container_marks_none(monkeypatch: pytest.MonkeyPatch) -> None:
    # A bind mount from an engine's folder does not make a process one of its containers.
    mounted = f"9 7 8:1 /var/lib/docker/containers/{CONTAINER}/x-json.log /log rw - ext4 /dev/a\n"
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: mounted)
    assert labels("run", Containers())["grader.home"] == ""  # type: ignore[arg-type]  # a stand-in


@pytest.mark.parametrize(
    ("containers", "gone"),
    [
        pytest.param(Containers(), False, id="it runs"),
        pytest.param(Containers(running=False), True, id="it has ended"),
        pytest.param(Containers(known=False), True, id="it was removed"),
        pytest.param(Containers(started="2030-01-02T03:05:00Z"), True, id="it was started again"),
    ],
)
def test_what_a_container_made_ends_with_it(containers: Containers, gone: bool) -> None:
    # Its processes cannot be seen from elsewhere, and their ids mean something else there.
    marks = {**labels("run"), "grader.host": "c0ffee000000", "grader.home": f"{CONTAINER}@{STARTED}"}
    assert abandoned(marks, containers) is gone  # type: ignore[arg-type]  # a stand-in
    assert not abandoned(marks)


class Thing:
    """A container, network or volume that notes its removal."""

    def __init__(self, name: str, marks: dict[str, str], fault: Exception | None = None) -> None:
        self.name, self.labels, self.attrs = name, marks, {"Labels": marks}
        self.fault, self.gone = fault, False

    def remove(self, **_: object) -> None:
        if self.fault:
            raise self.fault
        self.gone = True


class Shelf:
    """Stands for `client.containers` and its like."""

    def __init__(self, *things: Thing) -> None:
        self.things = things

    def list(self, *, filters: dict[str, str], **_: object) -> list[Thing]:
        name, _, value = filters["label"].partition("=")
        return [thing for thing in self.things if name in thing.labels and value in {"", thing.labels[name]}]


class Engine:
    def __init__(self, containers: Shelf, volumes: Shelf | None = None) -> None:
        self.containers, self.networks, self.volumes = containers, Shelf(), volumes or Shelf()


LIVE = labels("live")
DEAD = {**labels("dead"), "grader.start": "1"}


@pytest.mark.parametrize(
    ("options", "removed"),
    [
        pytest.param({}, ["container c-dead (run dead)", "volume v-dead (run dead)"], id="abandoned"),
        pytest.param({"run_id": "live"}, ["container c-live (run live)"], id="one run"),
        pytest.param(
            {"everything": True},
            ["container c-live (run live)", "container c-dead (run dead)", "volume v-dead (run dead)"],
            id="everything",
        ),
    ],
)
def test_what_is_swept(options: dict[str, object], removed: list[str]) -> None:
    # Abandoned runs only, or one run, or all; cached dependencies and strangers' things stay.
    strangers = Thing("theirs", {"grader.run": "", **dict.fromkeys(labels(""), "")})
    containers = Shelf(Thing("c-live", LIVE), Thing("c-dead", DEAD), strangers)
    engine = Engine(containers, Shelf(Thing("v-dead", DEAD), Thing("deps", {"grader.cache": "k"})))
    assert sweep(engine, **options) == removed  # type: ignore[arg-type]  # a stand-in
    assert not strangers.gone


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(docker.errors.NotFound("no such container"), id="gone"),
        pytest.param(docker.errors.APIError("removal of container x is already in progress"), id="going"),
    ],
)
def test_what_somebody_else_removes_is_no_fault(fault: Exception) -> None:
    # Two sweeps at once do not stumble over each other.
    assert sweep(Engine(Shelf(Thing("c", DEAD, fault)))) == []  # type: ignore[arg-type]  # a stand-in


def test_a_refusal_to_remove_is_told() -> None:
    # An engine that will not remove something is a fault of the machine.
    with pytest.raises(PodError, match="sweeping"):
        sweep(Engine(Shelf(Thing("c", DEAD, api_error()))))  # type: ignore[arg-type]  # a stand-in


def test_docker_is_not_imported_before_it_is_needed() -> None:
    # `grader --help` pays nothing for the Docker SDK.
    code = "import sys, grader.sandbox.images, grader.sandbox.install; sys.exit('docker' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
