"""The images that tests in this folder use, and pods of them."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from grader.intake.submission import EntryPoint, Tree
from grader.sandbox.docker_pod import docker_pod
from grader.sandbox.engine import RUN_LABEL
from grader.sandbox.images import Image, ensure_harness, ensure_runner
from grader.sandbox.pod import PodSpec, Runtime
from grader.sandbox.session import Session
from grader.settings import Settings
from grader.verdicts import Job
from tests.docker.pods import HARNESS, RUN_ID, Start

if TYPE_CHECKING:
    from docker import DockerClient


@pytest.fixture(scope="session")
def runner(engine: "DockerClient") -> Image:
    """The runner image."""
    return ensure_runner(engine, Settings(), print)


@pytest.fixture(scope="session")
def harness(engine: "DockerClient") -> Image:
    """The harness image."""
    return ensure_harness(engine, Settings(), print)


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


@pytest.fixture
def nothing_of_the_run_is_left(engine: "DockerClient") -> Iterator[None]:
    """Whatever a test did, the engine holds nothing of its run, and this process no watcher."""
    yield
    left = [
        container.name for container in engine.containers.list(all=True, filters={"label": f"{RUN_LABEL}={RUN_ID}"})
    ]
    watchers = [
        thread.name for thread in threading.enumerate() if thread.name in {"grader-harness", "grader-candidate"}
    ]
    assert (left, watchers) == ([], [])
