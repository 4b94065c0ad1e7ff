"""One part of a pod on a Docker engine: what its container is made of, and its creation."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grader.sandbox import bootstrap
from grader.sandbox.docker_process import DockerProcess, contained
from grader.sandbox.engine import labels
from grader.sandbox.payload import Payload
from grader.settings import Settings

if TYPE_CHECKING:
    from docker import DockerClient


@dataclass(frozen=True, slots=True)
class Part:
    """What one container of a pod runs.

    Attributes:
        role: `candidate`, `harness`, `keeper` or a service's name.
        image: its id, which no other build can take over.
        options: what confines it (`grader.sandbox.hardening`).
        root: folder that the files are unpacked to.
        files: what is unpacked.
        command: what runs then.
        environment: its variables, besides the image's own.
        directory: working directory, relative to `root`.
    """

    role: str
    image: str
    options: Mapping[str, Any]
    root: str
    files: Payload
    command: Sequence[str]
    environment: Mapping[str, str]
    directory: str = "."


def placed(
    client: "DockerClient", settings: Settings, part: Part, pod: str, run_id: str
) -> "AbstractContextManager[tuple[DockerProcess, str]]":
    """A container for one part of a pod, created and attached, not started.

    Args:
        client: the engine.
        settings: `engine_deadline` bounds the sending of files.
        part: what it runs.
        pod: name of the pod.
        run_id: for the labels.

    Returns:
        A context manager that gives the process and the container's id.
    """
    is_harness = part.role == "harness"
    options = {
        **part.options,
        "image": part.image,
        "entrypoint": bootstrap.entrypoint(keep_input=is_harness),
        "command": bootstrap.arguments(part.command, size=part.files.size, root=part.root, directory=part.directory),
        "environment": dict(part.environment),
        "labels": labels(run_id, client),
        "working_dir": "/",
    }
    return contained(
        client,
        part.role,
        name=f"{pod}-{part.role}",
        options=options,
        deadline=settings.engine_deadline,
        tail_stdout=not is_harness,
    )
