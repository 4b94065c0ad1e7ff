"""One job, on whichever machine: graded, and again where the machine failed, so often and no more."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock
from typing import Final

from grader.batch.job import Job
from grader.batch.place import TurnSandbox
from grader.batch.slots import Slots
from grader.challenge.stoppable import StoppableSandbox
from grader.errors import EngineUnavailable, InfrastructureError, PodError, UsageError
from grader.grade import grade
from grader.intake.submission import Dependencies
from grader.report.logbook import Logbook
from grader.report.model import Report, Status
from grader.request import Request, Watch
from grader.sandbox.pod import Progress, Sandbox
from grader.settings import Settings

TRIES: Final = 3
"""How often a job is graded at most: once, and again after faults of the machine."""
_LOOK: Final = 2.0
"""Seconds between two looks whether the engine is back."""


class Cancelled(Exception):
    """The caller wants no report any more."""


class Performer:
    """Grades jobs side by side, each in a sandbox of its own.

    Args:
        make_sandbox: opens one; it costs a connection.
        settings: caps, deadlines and the patience with an engine that is gone.
        slots: how many pods may run checks at once.
    """

    def __init__(self, make_sandbox: Callable[[], Sandbox], settings: Settings, slots: Slots) -> None:
        self._make_sandbox = make_sandbox
        self._settings = settings
        self._slots = slots
        self._cancelled = Event()
        self._running: set[StoppableSandbox] = set()
        self._counting = Lock()

    def warm_up(self, step: Progress) -> None:
        """Build what all jobs need, before several of them would at once.

        Raises:
            GraderError: nothing can be graded here.
        """
        self._make_sandbox().prepare(Dependencies(), step)

    def perform(self, job: Job, source: Path, watch: Watch) -> Report:
        """Grade a job. The machine's faults are tried again; a submission's and a caller's are its report.

        Args:
            job: what to grade.
            source: where the submission is on this machine.
            watch: looks on.

        Raises:
            Cancelled: `cancel` was called.
            EngineUnavailable: the engine is gone, and did not come back within `engine_patience`.
        """
        for _ in range(TRIES - 1):
            report = self._report(job.request(source), watch)
            if report.status is not Status.INFRASTRUCTURE_ERROR or _is_usage(report):
                return report
            self._wait_for_engine(watch)
        return self._report(job.request(source), watch)

    def cancel(self) -> None:
        """Let all that runs end soon, with `Cancelled`, and nothing more begin; from any thread."""
        self._cancelled.set()
        with self._counting:
            for sandbox in self._running:
                sandbox.stop()

    def _report(self, request: Request, watch: Watch) -> Report:
        with self._sandbox() as sandbox:
            try:
                report = grade(request, sandbox, self._settings, watch)
            except UsageError as error:  # such as a submission that names no challenge: the others go on
                report = _unusable(request, error)
        if self._cancelled.is_set():
            raise Cancelled
        return report

    @contextmanager
    def _sandbox(self) -> Iterator[Sandbox]:
        sandbox = StoppableSandbox(self._make_sandbox())
        with self._counting:
            self._running.add(sandbox)
        try:
            if self._cancelled.is_set():
                raise Cancelled
            yield TurnSandbox(sandbox, self._slots, self._go_on)
        finally:
            with self._counting:
                self._running.remove(sandbox)

    def _go_on(self) -> None:
        if self._cancelled.is_set():
            raise PodError("the batch was stopped")

    def _wait_for_engine(self, watch: Watch) -> None:
        last = time.monotonic() + self._settings.engine_patience
        while True:
            try:
                self.warm_up(watch.step)
            except EngineUnavailable:
                if time.monotonic() > last:
                    raise
            except InfrastructureError:
                return  # it answers; the next try tells what it lacks
            else:
                return
            watch.step("waiting for the engine")
            if self._cancelled.wait(_LOOK):
                raise Cancelled


def _is_usage(report: Report) -> bool:
    return report.problem is not None and report.problem.kind == UsageError.__name__


def _unusable(request: Request, error: UsageError) -> Report:
    book = Logbook(request)
    book.fail(error)
    return book.report()
