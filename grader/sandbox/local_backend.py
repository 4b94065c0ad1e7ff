"""The local backend: the same harness against a plain subprocess. For trusted code; it isolates nothing."""

import sys
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from grader.errors import UsageError
from grader.intake.submission import Dependencies
from grader.sandbox import launch, tool
from grader.sandbox.harness_pool import HARNESS_COMMAND, HarnessPool
from grader.sandbox.inventory import local_inventory, unsatisfied
from grader.sandbox.local_install import install_locally
from grader.sandbox.local_process import LocalProcess, bare_environment, started
from grader.sandbox.payload import PACK, harness_payload, pack_payload, submission_payload
from grader.sandbox.pod import PodSpec, Progress, Runtime, SandboxFacts
from grader.sandbox.ports import reserved_port, reserved_ports
from grader.sandbox.process import Process
from grader.sandbox.session import Session, running
from grader.settings import Settings


class LocalSandbox:
    """Runs pods as subprocesses of this machine; implements `grader.sandbox.pod.Sandbox`.

    Args:
        settings: deadlines and the cache folder.
        harness_command: the harness.
        pool: where pods get their harness from instead; the caller closes it.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        harness_command: Sequence[str] = HARNESS_COMMAND,
        pool: HarnessPool | None = None,
    ) -> None:
        self._settings = settings
        self._pool = pool
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

    def provide(self, services: Collection[str], progress: Progress) -> None:  # noqa: ARG002 - nothing is slow here
        """See `grader.sandbox.pod.Sandbox.provide`.

        Raises:
            UsageError: any is asked for.
        """
        if services:
            raise UsageError(f"the local sandbox runs no {' and no '.join(services)}", hint="use --sandbox docker")

    @contextmanager
    def pod(self, spec: PodSpec) -> Iterator[Session]:
        """See `grader.sandbox.pod.Sandbox.pod`."""
        # What an escaped child still writes into the folder is no reason to fail: this backend promises no isolation.
        with (
            tempfile.TemporaryDirectory(prefix="grader-pod-", ignore_cleanup_errors=True) as name,
            reserved_port() as port,
            reserved_ports(spec.upstreams) as upstream_ports,
        ):
            guards, work, home = (Path(name) / part for part in ("harness", "work", "home"))
            spec = spec.with_upstreams_at(upstream_ports).with_data_in(launch.data_folder(str(work)))
            home.mkdir()
            submission_payload(spec.tree).unpack(work)
            job = spec.job.model_copy(update={"host": "127.0.0.1", "port": port, "pack": str(guards / PACK)})
            uvicorn = launch.command(_python(spec), spec.entry_point, root=str(work), port=port)
            command = launch.prepared(uvicorn, spec, root=str(work))
            variables = _variables(spec, home)
            directory = work / spec.entry_point.directory
            candidate = partial(LocalProcess, command, cwd=directory, environment=variables, talks=False)
            with (
                self._harness(spec.pack, guards, home) as harness,
                running(harness, candidate, job, spec.loading, spec.turn) as session,
            ):
                yield session

    @contextmanager
    def _harness(self, pack: Path | None, guards: Path, home: Path) -> Iterator[Process]:
        """A harness that finds the pack below `guards`."""
        if self._pool:
            pack_payload(pack).unpack(guards)
            with self._pool.borrow() as seat:
                yield seat
            return
        harness_payload(pack).unpack(guards)
        channel = {**bare_environment(home), "PYTHONPATH": str(guards), "PYTHONUNBUFFERED": "1"}
        with started(self._harness_command, cwd=guards, environment=channel, talks=True) as process:
            yield process

    def run_tool(self, spec: PodSpec, script: str, job: str, seconds: float) -> bytes:
        """See `grader.sandbox.pod.Sandbox.run_tool`."""
        with (
            tempfile.TemporaryDirectory(prefix="grader-tool-", ignore_cleanup_errors=True) as name,
            reserved_ports(spec.upstreams) as upstream_ports,
        ):
            work, home = Path(name, "work"), Path(name, "home")
            spec = spec.with_upstreams_at(upstream_ports).with_data_in(launch.data_folder(str(work)))
            home.mkdir()
            submission_payload(spec.tree).unpack(work)
            command = launch.prepared(tool.command(_python(spec), script, job), spec, root=str(work))
            variables = _variables(spec, home)
            directory = work / spec.entry_point.directory
            with (
                started(command, cwd=directory, environment=variables) as process,
                tool.ended_after(seconds, process.close),
            ):
                process.wait()
                return process.tail()

    def facts(self) -> SandboxFacts:
        """See `grader.sandbox.pod.Sandbox.facts`."""
        return SandboxFacts(sandbox="local", isolation="none")


def _python(spec: PodSpec) -> str:
    return str(Path(spec.runtime.handle, "bin", "python")) if spec.runtime.handle else sys.executable


def _variables(spec: PodSpec, home: Path) -> dict[str, str]:
    """All variables of the candidate's process."""
    return {**bare_environment(home), **launch.environment(str(home)), **spec.environment}
