"""Where the pods of a batch run: each starts before its turn, and its checks begin when a slot is free."""

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from grader.batch.slots import Slots
from grader.intake.submission import Dependencies
from grader.sandbox.pod import Pod, PodSpec, Progress, Runtime, Sandbox, SandboxFacts


class TurnSandbox:
    """Implements `grader.sandbox.pod.Sandbox`: the next pod's start and the last one's end overlap with checks.

    Args:
        sandbox: the backend that does the work.
        slots: how many pods may run checks at once.
        go_on: called while a pod waits for its turn; raises where it is in vain.
    """

    def __init__(self, sandbox: Sandbox, slots: Slots, go_on: Callable[[], None]) -> None:
        self._sandbox = sandbox
        self._slots = slots
        self._go_on = go_on
        self._waited = 0.0

    @property
    def waited(self) -> float:
        """See `grader.sandbox.pod.Waits`."""
        return self._waited

    def prepare(self, dependencies: Dependencies, progress: Progress) -> Runtime:
        """See `grader.sandbox.pod.Sandbox.prepare`."""
        return self._sandbox.prepare(dependencies, progress)

    def provide(self, services: Collection[str], progress: Progress) -> None:
        """See `grader.sandbox.pod.Sandbox.provide`."""
        self._sandbox.provide(services, progress)

    @contextmanager
    def pod(self, spec: PodSpec) -> Iterator[Pod]:
        """See `grader.sandbox.pod.Sandbox.pod`."""
        # Of a measurement's two pods each waits for the other; they have a lock of their own, one pair at a time.
        if spec.loading is not None:
            with self._sandbox.pod(spec) as pod:
                yield pod
            return
        with ExitStack() as held:

            def turn() -> None:
                began = time.perf_counter()
                held.enter_context(self._slots.taken(self._go_on))
                self._waited += time.perf_counter() - began

            with self._sandbox.pod(replace(spec, turn=turn)) as pod:
                try:
                    yield pod
                finally:
                    held.close()

    def run_tool(self, spec: PodSpec, script: str, job: str, seconds: float) -> bytes:
        """See `grader.sandbox.pod.Sandbox.run_tool`."""
        return self._sandbox.run_tool(spec, script, job, seconds)

    def facts(self) -> SandboxFacts:
        """See `grader.sandbox.pod.Sandbox.facts`."""
        return self._sandbox.facts()
