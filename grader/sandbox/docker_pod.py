"""One pod on a Docker engine: the harness's container owns a network namespace, the candidate's joins it.

Both boot at the same time: the second starts as soon as the first has a namespace to join, and, where there are
upstreams, their ports are bound in it. Services join it too, and take connections before the application starts. Where
checks start the application again, each start has a container of its own, and a volume has the files.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import chain, repeat
from typing import TYPE_CHECKING

from grader.sandbox import hardening, launch, postgres, recipes, tool
from grader.sandbox.docker_part import Part, placed
from grader.sandbox.docker_process import DockerProcess
from grader.sandbox.docker_service import service_part, serving
from grader.sandbox.docker_workspace import KEEPER_COMMAND, workspace_volume
from grader.sandbox.engine import translate
from grader.sandbox.payload import PACK, Payload, harness_payload, submission_payload
from grader.sandbox.pod import PodSpec
from grader.sandbox.session import Session, running
from grader.settings import Settings

if TYPE_CHECKING:
    from docker import DockerClient

HARNESS_COMMAND = (recipes.PYTHON, "-m", "grader.harness")


@contextmanager
def docker_pod(
    client: "DockerClient",
    settings: Settings,
    images: Mapping[str, str],
    spec: PodSpec,
    *,
    harness_command: Sequence[str] = HARNESS_COMMAND,
) -> Iterator[Session]:
    """Start a pod; nothing of it is left on leaving.

    Args:
        client: the engine.
        settings: limits and deadlines.
        images: ids of the `runner` and the `harness` image, and of those of the services.
        spec: what it runs.
        harness_command: the harness.

    Raises:
        PodError: it could not be started, or something of it is left.
    """
    services = {name: postgres.fresh() for name in spec.services}
    spec = _placed(spec).with_services_at({name: one.access for name, one in services.items()})
    harness_part = _harness(settings, images["harness"], spec, harness_command)
    name = f"grader-{spec.run_id}-{secrets.token_hex(3)}"
    with (
        _kept_workspace(client, settings, images["runner"], spec, name) as workspace,
        placed(client, settings, harness_part, name, spec.run_id) as (harness, harness_id),
    ):
        candidate_part = _candidate(client, settings, images["runner"], spec, harness_id, workspace)
        with _starts(client, settings, candidate_part, name, spec.run_id) as launched:
            harness.start(harness_part.files.chunks())
            job = spec.job.model_copy(update={"port": launch.PORT, "pack": f"{hardening.HARNESS_ROOT}/{PACK}"})
            parts = [service_part(settings, images[kind], kind, one, harness_id) for kind, one in services.items()]
            with (
                serving(client, settings, parts, name, spec.run_id),
                running(harness, launched, job, spec.loading, spec.turn) as session,
            ):
                yield session


@contextmanager
def _starts(
    client: "DockerClient", settings: Settings, part: Part, pod: str, run_id: str
) -> Iterator[Callable[[], DockerProcess]]:
    """What starts the part: at first in a container that is there already, later in a new one, with the same files."""
    with ExitStack() as stack:
        ready = [stack.enter_context(placed(client, settings, part, pod, run_id))]
        parts = chain((part,), repeat(replace(part, files=Payload(()))))

        def start() -> DockerProcess:
            now = next(parts)
            process, _ = ready.pop() if ready else stack.enter_context(placed(client, settings, now, pod, run_id))
            process.start(now.files.chunks())
            return process

        yield start


@contextmanager
def _kept_workspace(client: "DockerClient", settings: Settings, image: str, spec: PodSpec, pod: str) -> Iterator[str]:
    """A volume for the candidate's files, and a container that keeps it; "" where one start is all there is."""
    if not spec.job.restarts:
        yield ""
        return
    with workspace_volume(client, settings, f"{pod}-workspace", spec.run_id) as volume:
        options = hardening.candidate_options(settings, harness="", workspace=volume)
        part = Part(
            role="keeper",
            image=image,
            options=hardening.alone(options),
            root=hardening.CANDIDATE_ROOT,
            files=Payload(()),
            command=KEEPER_COMMAND,
            environment={},
        )
        with placed(client, settings, part, pod, spec.run_id) as (keeper, _):
            keeper.start(part.files.chunks())
            yield volume


def docker_tool(
    client: "DockerClient", settings: Settings, spec: PodSpec, script: str, job: str, seconds: float
) -> bytes:
    """See `grader.sandbox.pod.Sandbox.run_tool`: a container like a candidate's, but with a network of its own."""
    spec = _placed(spec)
    like = _candidate(client, settings, spec.runtime.image, spec, harness_id="")
    command = launch.prepared(tool.command(like.command[0], script, job), spec, root=hardening.CANDIDATE_ROOT)
    part = replace(like, options=hardening.alone(like.options), command=command)
    name = f"grader-{spec.run_id}-{secrets.token_hex(3)}"
    with placed(client, settings, part, name, spec.run_id) as (process, _), tool.ended_after(seconds, process.close):
        process.start(part.files.chunks())
        for _ in process.chunks():
            pass
        return process.tail()


def _placed(spec: PodSpec) -> PodSpec:
    ports, data = launch.upstream_ports(spec.upstreams), launch.data_folder(hardening.CANDIDATE_ROOT)
    return spec.with_upstreams_at(ports).with_data_in(data)


def _harness(settings: Settings, image: str, spec: PodSpec, command: Sequence[str]) -> Part:
    environment = {"PYTHONPATH": hardening.HARNESS_ROOT, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}
    return Part(
        role="harness",
        image=image,
        options=hardening.harness_options(settings),
        root=hardening.HARNESS_ROOT,
        files=harness_payload(spec.pack),
        command=command,
        environment={**environment, "HOME": "/tmp"},  # noqa: S108  # a path inside the container
    )


def _candidate(
    client: "DockerClient", settings: Settings, image: str, spec: PodSpec, harness_id: str, workspace: str = ""
) -> Part:
    volume = spec.runtime.handle
    if volume:
        # Else the engine would make an empty one under that name, and the candidate would be blamed.
        with translate("looking for the installed dependencies"):
            client.volumes.get(volume)
    python = f"{recipes.DEPENDENCIES}/bin/python" if volume else recipes.PYTHON
    uvicorn = launch.command(python, spec.entry_point, root=hardening.CANDIDATE_ROOT)
    return Part(
        role="candidate",
        image=image,
        options=hardening.candidate_options(settings, harness=harness_id, volume=volume, workspace=workspace),
        root=hardening.CANDIDATE_ROOT,
        files=submission_payload(spec.tree),
        command=launch.prepared(uvicorn, spec, root=hardening.CANDIDATE_ROOT),
        environment={**launch.environment("/tmp"), **spec.environment},  # noqa: S108  # a path inside the container
        directory=spec.entry_point.directory,
    )
