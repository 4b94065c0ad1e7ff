"""Services of a pod on a Docker engine: each in a container of its own, in the pod's network namespace."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from threading import Thread
from typing import TYPE_CHECKING, Final

from grader.errors import PodError
from grader.sandbox import hardening, postgres, tool
from grader.sandbox.docker_part import Part, placed
from grader.sandbox.docker_process import DockerProcess
from grader.sandbox.payload import Payload
from grader.settings import Settings

if TYPE_CHECKING:
    from docker import DockerClient

START_SECONDS: Final = 120.0
"""A database is made and started in a second or two; on a machine that does much else, later."""
FULL: Final = b"No space left on device"
"""What a server logs once its tmpfs is full (errno(3), ENOSPC); without room for its own log of changes it ends."""


def service_part(settings: Settings, image: str, name: str, service: postgres.Service, harness_id: str) -> Part:
    """The container of a service.

    Args:
        settings: the limits.
        image: its id.
        name: of the service.
        service: its passwords.
        harness_id: whose network namespace it joins.
    """
    return Part(
        role=name,
        image=image,
        options=hardening.service_options(settings, harness=harness_id),
        root=hardening.SERVICE_ROOT,
        files=Payload(()),
        command=postgres.COMMAND,
        environment=service.environment,
    )


@contextmanager
def serving(client: "DockerClient", settings: Settings, parts: Sequence[Part], pod: str, run_id: str) -> Iterator[None]:
    """Services that take connections; gone on leaving.

    Args:
        client: the engine.
        settings: deadlines.
        parts: of running harness's pod.
        pod: its name.
        run_id: for the labels.

    Raises:
        PodError: one does not start, or has ended before it was left, and not because the application used it up.
    """
    with ExitStack() as stack:
        processes = [stack.enter_context(placed(client, settings, part, pod, run_id))[0] for part in parts]
        for process, part in zip(processes, parts, strict=True):
            process.start(part.files.chunks())
        for process, part in zip(processes, parts, strict=True):
            _await(process, part.role)
            Thread(target=_drain, args=(process,), name=f"grader-{part.role}", daemon=True).start()
        yield
        for process in processes:
            require_served(process)


def _drain(process: DockerProcess) -> None:
    """Take what it writes, to its end: each statement that fails is a line, and a server whose log is full stands."""
    with suppress(PodError):
        for _ in process.chunks():
            pass


def require_served(process: DockerProcess) -> None:
    """See that it served to the end, or that its end is the application's doing: nobody else stores anything in it.

    Args:
        process: of a service that was ready once.

    Raises:
        PodError: it has ended, with room left.
    """
    try:
        process.require_running()
    except PodError:
        if not (process.is_out_of_memory() or FULL in process.tail()):
            raise


def _await(process: DockerProcess, name: str) -> None:
    """Wait for the word that it is ready; nothing else comes before."""
    with tool.ended_after(START_SECONDS, process.close):
        said = next(process.chunks(), b"")
    if said != postgres.READY:
        detail = process.tail().decode(errors="replace")
        raise PodError(f"{name} did not start in the pod", hint="see `docker info` and the free memory", detail=detail)
