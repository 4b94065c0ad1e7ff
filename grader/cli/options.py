"""Arguments and options that several commands share, each with the words that teach it."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.errors import UsageError
from grader.sandbox.pod import Sandbox
from grader.settings import Settings

if TYPE_CHECKING:
    from grader.batch.slots import Slots


class SandboxName(StrEnum):
    """The backends."""

    DOCKER = "docker"
    LOCAL = "local"


Submission = Annotated[
    Path,
    typer.Argument(
        metavar="SUBMISSION",
        help="A .zip, .tar, .tar.gz, .tar.bz2 or .tar.xz with the candidate's project, or its folder.",
    ),
]
Challenge = Annotated[
    str | None,
    typer.Option(
        "--challenge",
        metavar="SLUG",
        help="The challenge to grade against (see: grader challenge list). Default: the one that the submission's "
        "pyproject.toml names under \\[tool.grader].",
    ),
]
App = Annotated[
    str | None,
    typer.Option(
        "--app",
        metavar="MODULE:NAME",
        help="The application, where it cannot be found by reading, such as app.main:app.",
    ),
]
Backend = Annotated[
    SandboxName,
    typer.Option(
        "--sandbox",
        help="docker locks the candidate's code in a container. local runs it as an ordinary process with your rights: "
        "only for code that you trust.",
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="NAME=VALUE", help="An option of the challenge (see: grader challenge show). May be repeated."
    ),
]
Latency = Annotated[
    bool,
    typer.Option(
        "--latency/--no-latency",
        help="Whether latency is measured beside the reference, which takes long, and goes one at a time on a machine. "
        "Without it, the score is one of a part.",
    ),
]
Runtime = Annotated[
    str | None,
    typer.Option(
        "--runtime",
        metavar="NAME",
        help="The engine's OCI runtime, such as runsc for a kernel of the candidate's own (see SECURITY.md). "
        "Default: GRADER_RUNTIME, else the engine's default.",
    ),
]

Broker = Annotated[
    str,
    typer.Option(
        "--broker",
        metavar="URL",
        help="Redis or RabbitMQ, such as redis://host:6379/0. Default: GRADER_BROKER, which keeps a password out of "
        "the list of processes.",
    ),
]
StoreUrl = Annotated[
    str,
    typer.Option(
        "--store",
        metavar="URL",
        help="Where submissions and reports pass: a directory that the workers share, or s3://bucket/folder. "
        "Default: GRADER_STORE.",
    ),
]


def with_runtime(settings: Settings, runtime: str | None) -> Settings:
    """The settings, with the runtime that the command line asks for."""
    return settings if runtime is None else settings.model_copy(update={"runtime": runtime})


def make_sandbox(name: SandboxName, settings: Settings) -> Sandbox:
    """The backend of this name."""
    if name is SandboxName.LOCAL:
        from grader.sandbox.local_backend import LocalSandbox  # noqa: PLC0415 - only what is asked for is imported

        return LocalSandbox(settings)
    from grader.sandbox.docker_backend import DockerSandbox  # noqa: PLC0415 - the Docker SDK takes 0.2 s to import

    return DockerSandbox(settings)


def slots_for(jobs: str, sandbox: SandboxName, settings: Settings) -> "Slots":
    """The turns of a process that grades side by side.

    Args:
        jobs: how many of its pods may run checks at once, or `auto` for what the engine's machine has room for.
        sandbox: where they run.
        settings: the limits of a pod.

    Raises:
        UsageError: it is no number.
        EngineUnavailable, PodError: the engine does not answer.
    """
    from grader.batch.capacity import engines_machine, pods_at_once, this_machine  # noqa: PLC0415 - only for batches
    from grader.batch.slots import Slots  # noqa: PLC0415 - likewise

    if jobs != "auto" and (not jobs.isdecimal() or not int(jobs)):
        raise UsageError(f"--jobs {jobs}: write a number of pods, or auto")
    room = pods_at_once(settings, this_machine() if sandbox is SandboxName.LOCAL else engines_machine(settings))
    own = room if jobs == "auto" else int(jobs)
    return Slots(settings.cache_dir, max(room, own), own)


def sweep_left(sandbox: SandboxName, settings: Settings) -> list[str]:
    """Remove what killed calls left on this machine, which would take memory and CPU from this one.

    Returns:
        What was removed, one line each.

    Raises:
        EngineUnavailable, PodError: the engine does not answer, or refuses.
    """
    from grader.workspace import sweep_workspaces  # noqa: PLC0415 - only for batches

    removed = sweep_workspaces()
    if sandbox is SandboxName.DOCKER:
        from grader.sandbox.engine import connect, sweep  # noqa: PLC0415 - the Docker SDK takes 0.2 s to import

        removed += sweep(connect(settings))
    return removed


def parse_options(pairs: list[str] | None) -> dict[str, str]:
    """`NAME=VALUE` words as a dictionary.

    Raises:
        UsageError: one has no `=`, or no name.
    """
    options = {}
    for pair in pairs or []:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise UsageError(f"--set {pair}: write it as NAME=VALUE")
        options[name] = value
    return options
