"""The docker backend: images, installed dependencies, pods."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from grader.errors import PodError
from grader.intake.submission import Dependencies
from grader.sandbox.docker_pod import HARNESS_COMMAND, docker_pod
from grader.sandbox.engine import connect, translate
from grader.sandbox.images import Image, build_all
from grader.sandbox.install import install
from grader.sandbox.inventory import image_inventory
from grader.sandbox.pod import PodSpec, Progress, Runtime, SandboxFacts
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
        self._engine = ""

    def prepare(self, dependencies: Dependencies, progress: Progress) -> Runtime:
        """See `grader.sandbox.pod.Sandbox.prepare`."""
        client = self._connected()
        runner, harness = build_all(client, self._settings, progress)
        self._images = {"runner": runner, "harness": harness}
        self._engine = engine_words(client)
        inventory = image_inventory(client, runner, self._settings)
        installed = install(client, runner, dependencies, inventory, self._settings, progress)
        return Runtime(inventory.python, installed.packages, installed.added, installed.volume)

    def pod(self, spec: PodSpec) -> AbstractContextManager[Session]:
        """See `grader.sandbox.pod.Sandbox.pod`."""
        if not self._images:
            raise PodError("a pod was asked for before its images were prepared")
        images = {kind: image.id for kind, image in self._images.items()}
        return docker_pod(self._connected(), self._settings, images, spec, harness_command=self._harness_command)

    def facts(self) -> SandboxFacts:
        """See `grader.sandbox.pod.Sandbox.facts`."""
        digests = {kind: image.digest for kind, image in self._images.items()}
        return SandboxFacts("docker", "container", self._engine, digests, limits(self._settings))

    def _connected(self) -> "DockerClient":
        if self._client is None:
            self._client = connect(self._settings)
        return self._client


def engine_words(client: "DockerClient") -> str:
    """The engine for people, such as `Docker 28.2.2, linux/amd64, cgroup v2, runc`.

    Raises:
        PodError, EngineUnavailable: it does not answer.
    """
    with translate("asking the engine for its version"):
        version, info = client.version(), client.info()
    cgroup = f"cgroup v{info.get('CgroupVersion', '1')}"
    words = (
        f"Docker {version['Version']}",
        f"{version['Os']}/{version['Arch']}",
        cgroup,
        info.get("DefaultRuntime", ""),
    )
    return ", ".join(word for word in words if word)


def limits(settings: Settings) -> dict[str, str]:
    """The limits of a candidate's container, in words."""
    return {
        "memory": f"{settings.memory_bytes // MEBIBYTE} MiB, no swap",
        "cpus": f"{settings.cpus:g}",
        "processes": f"{settings.pids}",
        "open files": f"{settings.nofile:,}",
        "workspace": f"{settings.workspace_bytes // MEBIBYTE} MiB, {settings.inodes:,} inodes",
        "/tmp": f"{settings.tmp_bytes // MEBIBYTE} MiB, {settings.inodes:,} inodes",  # noqa: S108  # a label
        "network": "loopback only",
        "runtime": settings.runtime or "the engine's default",
    }
