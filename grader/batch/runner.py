"""Who has a batch's jobs done, and who looks on."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from grader.batch.job import Job
from grader.batch.outcome import Outcome
from grader.request import Watch


class Runner(Protocol):
    """Has jobs done, here or elsewhere."""

    def run(self, jobs: Sequence[Job]) -> Iterator[Outcome]:
        """Have them done; each outcome comes once its report is in the batch's folder, in the order of their ends.

        Raises:
            GraderError: it cannot go on. What has come until then stands.
        """
        ...

    def drain(self) -> None:
        """Begin nothing more: `run` ends once what is under way has. Safe in a signal's handler."""
        ...

    def cancel(self) -> None:
        """End what is under way, soon and without a report. Safe in a signal's handler."""
        ...


class Onlooker(Protocol):
    """Somebody who looks on while jobs are done."""

    def watching(self, job: Job) -> AbstractContextManager[Watch]:
        """The watch of one job, while it is under way; from any thread."""
        ...
