"""Grading a batch on this machine: a thread for each job under way, and the next one starts while others run checks."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from threading import Event
from typing import Final

from grader.batch.folder import JobFolder
from grader.batch.job import Job
from grader.batch.outcome import Outcome
from grader.batch.perform import Cancelled, Performer
from grader.batch.runner import Onlooker

_LOOK: Final = 0.2
"""Seconds until a wish to stop is noticed."""


class LocalRunner:
    """Implements `grader.batch.runner.Runner`.

    Args:
        performer: grades them.
        folder: the batch's.
        at_once: how many may run checks at once; one more is started ahead.
        onlooker: looks on.
    """

    def __init__(self, performer: Performer, folder: Path, at_once: int, onlooker: Onlooker) -> None:
        self._performer = performer
        self._folder = folder
        self._under_way = at_once + 1
        self._onlooker = onlooker
        self._draining = Event()
        self._cancelling = Event()

    def run(self, jobs: Sequence[Job]) -> Iterator[Outcome]:
        """See `grader.batch.runner.Runner.run`. Jobs are begun in their order.

        Raises:
            EngineUnavailable: the engine went away and did not come back.
            InfrastructureError: reports cannot be written.
        """
        waiting = deque(jobs)
        with ThreadPoolExecutor(self._under_way, "grader-batch") as pool:
            running: set[Future[Outcome | None]] = set()
            try:
                while running or (waiting and not self._draining.is_set()):
                    while waiting and len(running) < self._under_way and not self._draining.is_set():
                        running.add(pool.submit(self._do, waiting.popleft()))
                    done, running = wait(running, _LOOK, FIRST_COMPLETED)
                    yield from filter(None, (future.result() for future in done))
                    if self._cancelling.is_set():
                        self._performer.cancel()
            finally:
                if running:  # something went wrong, or nobody wants to hear more
                    self._performer.cancel()

    def drain(self) -> None:
        """See `grader.batch.runner.Runner.drain`."""
        self._draining.set()

    def cancel(self) -> None:
        """See `grader.batch.runner.Runner.cancel`."""
        self._draining.set()
        self._cancelling.set()

    def _do(self, job: Job) -> Outcome | None:
        """Grade one; None where it was cancelled."""
        home = JobFolder(self._folder, job)
        home.begin()
        try:
            with self._onlooker.watching(job) as watch:
                report = self._performer.perform(job, Path(job.source), watch)
        except Cancelled:
            return None
        home.finish(report)
        return Outcome.of(job, report)
