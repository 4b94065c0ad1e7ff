"""The local backend: the same harness against a plain subprocess. For trusted code; it isolates nothing."""

import os
import socket
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from grader.intake.submission import Dependencies
from grader.sandbox import launch
from grader.sandbox.inventory import local_inventory, unsatisfied
from grader.sandbox.local_install import install_locally
from grader.sandbox.local_process import started
from grader.sandbox.payload import PACK, harness_payload, submission_payload
from grader.sandbox.pod import PodSpec, Progress, Runtime, SandboxFacts
from grader.sandbox.session import Session, running
from grader.settings import Settings

HARNESS_COMMAND = (sys.executable, "-m", "grader.harness")


class LocalSandbox:
    """Runs pods as subprocesses of this machine; implements `grader.sandbox.pod.Sandbox`.

    Args:
        settings: deadlines and the cache folder.
        harness_command: the harness.
    """

    def __init__(self, settings: Settings, *, harness_command: Sequence[str] = HARNESS_COMMAND) -> None:
        self._settings = settings
        self._harness_command = harness_command

    def prepare(self, dependencies: Dependencies, progress: Progress) -> Runtime:
        """See `grader.sandbox.pod.Sandbox.prepare`.

        Raises:
            UsageError: something is missing, and there is no uv to install it.
        """
        inventory = local_inventory()
        missing = unsatisfied(dependencies, inventory)
        if missing:
            return install_locally(dependencies, missing, inventory, self._settings, progress)
        return Runtime(inventory.python, inventory.versions)

    @contextmanager
    def pod(self, spec: PodSpec) -> Iterator[Session]:
        """See `grader.sandbox.pod.Sandbox.pod`."""
        # What an escaped child still writes into the folder is no reason to fail: this backend promises no isolation.
        with tempfile.TemporaryDirectory(prefix="grader-pod-", ignore_cleanup_errors=True) as name:
            guards, work, home = (Path(name) / part for part in ("harness", "work", "home"))
            home.mkdir()
            harness_payload(spec.pack).unpack(guards)
            submission_payload(spec.tree).unpack(work)
            port = _free_port()
            job = spec.job.model_copy(update={"host": "127.0.0.1", "port": port, "pack": str(guards / PACK)})
            channel = {**_environment(home), "PYTHONPATH": str(guards), "PYTHONUNBUFFERED": "1"}
            python = str(Path(spec.runtime.handle, "bin", "python")) if spec.runtime.handle else sys.executable
            command = launch.command(python, spec.entry_point, root=str(work), port=port)
            variables = {**_environment(home), **launch.environment(str(home)), **spec.environment}
            with (
                started(self._harness_command, cwd=guards, environment=channel, talks=True) as harness,
                started(command, cwd=work / spec.entry_point.directory, environment=variables) as candidate,
                running(harness, candidate, job) as session,
            ):
                yield session

    def facts(self) -> SandboxFacts:
        """See `grader.sandbox.pod.Sandbox.facts`."""
        return SandboxFacts(sandbox="local", isolation="none")


def _environment(home: Path) -> dict[str, str]:
    """What any process needs, and nothing else of the host's environment."""
    return {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(home), "TMPDIR": str(home), "LANG": "C.UTF-8"}


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
