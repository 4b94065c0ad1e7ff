"""The docker backend: images, installed dependencies, pods."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from typing import TYPE_CHECKING, Any

from grader.errors import DependenciesRejected, PodError, UsageError
from grader.intake.submission import Dependencies
from grader.sandbox.docker_pod import HARNESS_COMMAND, docker_pod, docker_tool
from grader.sandbox.engine import connect, translate
from grader.sandbox.images import Image, ensure_harness, ensure_postgres, ensure_runner
from grader.sandbox.install import install
from grader.sandbox.inventory import image_inventory, python_mismatch
from grader.sandbox.pod import PodSpec, Progress, Runtime, SandboxFacts
from grader.sandbox.pythons import another_could_help, choices
from grader.sandbox.session import Session
from grader.settings import MEBIBYTE, Settings

if TYPE_CHECKING:
    from docker import DockerClient


class DockerSandbox:
    """Runs pods on a Docker engine; implements `grader.sandbox.pod.Sandbox`.

    Args:
        settings: limits and deadlines.
        client: the engine; without one, `connect` finds it.
        harness_command: what runs in the harness's container.
    """

    def __init__(
        self,
        settings: Settings,
        client: "DockerClient | None" = None,
        *,
        harness_command: Sequence[str] = HARNESS_COMMAND,
    ) -> None:
        self._settings = settings
        self._client = client
        self._harness_command = harness_command
        self._images: dict[str, Image] = {}
        self._services: dict[str, Image] = {}
        self._info: Mapping[str, Any] = {}
        self._engine = ""

    def prepare(self, dependencies: Dependencies, progress: Progress) -> Runtime:
        """See `grader.sandbox.pod.Sandbox.prepare`."""
        client = self._connected()
        self._info = engine_info(client)
        self._engine = engine_words(client, self._info)
        require_runtime(self._settings, self._info)
        harness = ensure_harness(client, self._settings, progress)
        first, *others = choices(dependencies, self._settings)
        try:
            runner, runtime = self._prepare_on(first, dependencies, progress)
        except DependenciesRejected as error:
            if not others or not another_could_help(error):
                raise
            runner, runtime = self._prepare_on_older(others, dependencies, progress, error)
        self._images = {"runner": runner, "harness": harness}
        return runtime

    def provide(self, services: Collection[str], progress: Progress) -> None:
        """See `grader.sandbox.pod.Sandbox.provide`."""
        for name in services:
            self._services[name] = ensure_postgres(self._connected(), self._settings, progress)

    def _prepare_on(self, python: str, dependencies: Dependencies, progress: Progress) -> tuple[Image, Runtime]:
        client, settings = self._connected(), self._settings.model_copy(update={"python_version": python})
        runner = ensure_runner(client, settings, progress)
        inventory = image_inventory(client, runner, settings)
        installed = install(client, runner, dependencies, inventory, settings, progress)
        mismatch = python_mismatch(dependencies, inventory)
        return runner, Runtime(
            inventory.python,
            installed.packages,
            installed.added,
            installed.volume,
            runner.id,
            (*installed.warnings, *((mismatch,) if mismatch else ())),
        )

    def _prepare_on_older(
        self, pythons: list[str], dependencies: Dependencies, progress: Progress, first: DependenciesRejected
    ) -> tuple[Image, Runtime]:
        """Raises the first refusal where no other Python helps: it is about the one that is meant."""
        for python in pythons:
            progress(f"trying Python {python}")
            with suppress(DependenciesRejected):
                return self._prepare_on(python, dependencies, progress)
        raise first

    def pod(self, spec: PodSpec) -> AbstractContextManager[Session]:
        """See `grader.sandbox.pod.Sandbox.pod`."""
        if not self._images:
            raise PodError("a pod was asked for before its images were prepared")
        if missing := set(spec.services) - self._services.keys():
            raise PodError(f"a pod was asked for before its services were provided: {', '.join(sorted(missing))}")
        services = {name: self._services[name].id for name in spec.services}
        images = {"runner": spec.runtime.image, "harness": self._images["harness"].id, **services}
        return docker_pod(self._connected(), self._settings, images, spec, harness_command=self._harness_command)

    def run_tool(self, spec: PodSpec, script: str, job: str, seconds: float) -> bytes:
        """See `grader.sandbox.pod.Sandbox.run_tool`."""
        return docker_tool(self._connected(), self._settings, spec, script, job, seconds)

    def facts(self) -> SandboxFacts:
        """See `grader.sandbox.pod.Sandbox.facts`."""
        digests = {kind: image.digest for kind, image in {**self._images, **self._services}.items()}
        return SandboxFacts("docker", "container", self._engine, digests, limits(self._settings, self._info))

    def _connected(self) -> "DockerClient":
        if self._client is None:
            self._client = connect(self._settings)
        return self._client


def engine_info(client: "DockerClient") -> dict[str, Any]:
    """What the engine says of itself and its machine.

    Raises:
        PodError, EngineUnavailable: it does not answer.
    """
    with translate("asking the engine what it can do"):
        return dict(client.info())


def engine_words(client: "DockerClient", info: Mapping[str, Any]) -> str:
    """The engine for people, such as `Docker 28.2.2, linux/amd64, cgroup v2, runc`.

    Args:
        client: the engine.
        info: of `engine_info`.

    Raises:
        PodError, EngineUnavailable: it does not answer.
    """
    with translate("asking the engine for its version"):
        version = client.version()
    cgroup = f"cgroup v{info.get('CgroupVersion', '1')}"
    words = (
        f"Docker {version['Version']}",
        f"{version['Os']}/{version['Arch']}",
        cgroup,
        info.get("DefaultRuntime", ""),
    )
    return ", ".join(word for word in words if word)


def require_runtime(settings: Settings, info: Mapping[str, Any]) -> None:
    """See that the engine has the runtime that is asked for, before anything is begun.

    Raises:
        UsageError: it has no such runtime. The caller's word is wrong, and nothing has failed; so this is no fault.
    """
    known = sorted(info.get("Runtimes") or {})
    # A shim is found by its name where it is installed, without being listed; the engine itself says if it is not.
    if settings.runtime and settings.runtime not in known and not settings.runtime.startswith("io.containerd."):
        raise UsageError(
            f"the engine has no runtime {settings.runtime}; it has {', '.join(known) or 'none that it names'}",
            hint="install it (SECURITY.md says how), or leave out --runtime and GRADER_RUNTIME",
        )


_NEEDED = {"memory": ("MemoryLimit", "SwapLimit"), "cpus": ("CpuCfsQuota",), "processes": ("PidsLimit",)}
"""What the engine must be able to do for a limit, as `GET /info` names it; older engines say nothing of some."""


def limits(settings: Settings, info: Mapping[str, Any]) -> dict[str, str]:
    """The limits of a candidate's container, in words; one that the engine cannot enforce says so.

    Args:
        settings: the limits.
        info: of `engine_info`.
    """
    default = info.get("DefaultRuntime")
    asked = {
        "memory": f"{settings.memory_bytes // MEBIBYTE} MiB, no swap",
        "cpus": f"{settings.cpus:g}",
        "processes": f"{settings.pids}",
        "open files": f"{settings.nofile:,}",
        "workspace": f"{settings.workspace_bytes // MEBIBYTE} MiB, {settings.inodes:,} inodes",
        "/tmp": f"{settings.tmp_bytes // MEBIBYTE} MiB, {settings.inodes:,} inodes",  # noqa: S108  # a label
        "network": "loopback only",
        "runtime": settings.runtime or (f"{default}, the engine's default" if default else "the engine's default"),
    }
    lacking = missing_limits(info)
    return {
        name: value + (f"; not enforced: {lacking[name]}" if name in lacking else "") for name, value in asked.items()
    }


def missing_limits(info: Mapping[str, Any]) -> dict[str, str]:
    """Limit → why the engine's kernel cannot enforce it."""
    return {
        name: f"the engine says that its kernel lacks {', '.join(lacking)}"
        for name, flags in _NEEDED.items()
        if (lacking := [flag for flag in flags if flag in info and not info[flag]])
    }
