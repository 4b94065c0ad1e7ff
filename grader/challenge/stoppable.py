"""A sandbox whose pods can be stopped from another thread, and which prepares equal environments once."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from threading import Lock

from grader.errors import PodError
from grader.intake.submission import Dependencies
from grader.sandbox.pod import Pod, PodSpec, Progress, Runtime, Sandbox, SandboxFacts


class StoppableSandbox:
    """Implements `grader.sandbox.pod.Sandbox` for gradings that run side by side.

    Args:
        sandbox: the backend that does the work.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._runtimes: dict[Dependencies, Runtime] = {}
        self._preparing = Lock()
        self._pods: list[Pod] = []
        self._counting = Lock()
        self._stopped = False

    def prepare(self, dependencies: Dependencies, progress: Progress) -> Runtime:
        """See `grader.sandbox.pod.Sandbox.prepare`; one at a time, and once for equal dependencies."""
        with self._preparing:
            self._go_on()
            if dependencies not in self._runtimes:
                self._runtimes[dependencies] = self._sandbox.prepare(dependencies, progress)
            return self._runtimes[dependencies]

    def provide(self, services: Collection[str], progress: Progress) -> None:
        """See `grader.sandbox.pod.Sandbox.provide`; one at a time."""
        with self._preparing:
            self._go_on()
            self._sandbox.provide(services, progress)

    @contextmanager
    def pod(self, spec: PodSpec) -> Iterator[Pod]:
        """See `grader.sandbox.pod.Sandbox.pod`.

        Raises:
            PodError: it could not be started, or `stop` was called before.
        """
        with self._sandbox.pod(spec) as pod:
            with self._counting:
                self._go_on()
                self._pods.append(pod)
            try:
                yield pod
            finally:
                with self._counting:
                    self._pods.remove(pod)

    def run_tool(self, spec: PodSpec, script: str, job: str, seconds: float) -> bytes:
        """See `grader.sandbox.pod.Sandbox.run_tool`; `stop` does not end it, its own time does.

        Raises:
            PodError: it could not be started, or `stop` was called before.
        """
        self._go_on()
        return self._sandbox.run_tool(spec, script, job, seconds)

    def facts(self) -> SandboxFacts:
        """See `grader.sandbox.pod.Sandbox.facts`."""
        return self._sandbox.facts()

    def stop(self) -> None:
        """Let every running pod end with a `PodError`, and start no other."""
        with self._counting:
            self._stopped = True
            for pod in self._pods:
                pod.stop_early()

    def _go_on(self) -> None:
        if self._stopped:
            raise PodError("the verification was stopped")
