"""Pods that cannot start, that are left in a hurry, or that lose their engine: nothing of them is left."""

import gc
import threading
import time
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import pytest

from grader.errors import HarnessError, PodError
from grader.sandbox import docker_process
from grader.sandbox.docker_process import DockerProcess
from grader.sandbox.engine import sweep
from grader.sandbox.recipes import PYTHON
from grader.sandbox.session import Session
from grader.settings import MEBIBYTE, Settings
from grader.verdicts import Hello
from tests.docker.pods import RUN_ID, Start, app
from tests.relay import Relay, engine_socket

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = [pytest.mark.docker, pytest.mark.usefixtures("nothing_of_the_run_is_left")]


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
    # See `nothing_of_the_run_is_left`.
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


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # the SDK's, where a connection is refused
def test_an_engine_that_dies_half_way_ends_the_pod_at_once(
    start: Start, engine: "DockerClient", tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Neither waiting nor leaving goes on to a deadline, and what is left is found by its label.
    import docker  # noqa: PLC0415  # only here

    monkeypatch.setattr(docker_process, "_PAUSES", (0.0, 0.01))
    relay = Relay(tmp_path_factory.mktemp("engine") / "s", engine_socket())
    client = docker.DockerClient(base_url=relay.env["DOCKER_HOST"])
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
            relay.cut()
            next(events)

    with pytest.raises(PodError, match="engine was lost") as raised:
        follow()
    return raised.value.__notes__
