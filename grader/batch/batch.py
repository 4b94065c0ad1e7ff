"""A batch as a whole: what is finished already, what is to be done, and the summary at the end, however it ends."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grader.batch.folder import JobFolder
from grader.batch.job import Job
from grader.batch.outcome import Outcome
from grader.batch.runner import Runner
from grader.batch.summary import write_summary
from grader.report.model import Status


@dataclass
class Batch:
    """Jobs, and what became of them.

    Attributes:
        folder: where all of it stands; the caller holds it (`grader.batch.record.alone_in`).
        jobs: in the order of the submissions.
        outcomes: name → outcome, of those that have a report.
    """

    folder: Path
    jobs: Sequence[Job]
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def recall(self) -> None:
        """Take over the reports of an earlier call, one after another."""
        for job in self.jobs:
            if report := JobFolder(self.folder, job).finished():
                self.outcomes[job.name] = Outcome.of(job, report)

    @property
    def to_do(self) -> list[Job]:
        """The jobs without a report."""
        return [job for job in self.jobs if job.name not in self.outcomes]

    @property
    def is_sound(self) -> bool:
        """Whether every submission has got what it deserves: a score, or the reason why there is none."""
        return not self.to_do and all(one.status is not Status.INFRASTRUCTURE_ERROR for one in self.outcomes.values())

    def run(self, runner: Runner, ended: Callable[[Outcome], None]) -> None:
        """Have done what is to be done.

        Args:
            runner: has it done.
            ended: called with each outcome.

        Raises:
            GraderError: it cannot go on; the outcomes until then are kept.
        """
        for outcome in runner.run(self.to_do):
            self.outcomes[outcome.name] = outcome
            ended(outcome)

    def summarise(self) -> list[Path]:
        """Write table and comparison of what there is.

        Returns:
            What was written.

        Raises:
            UsageError: it cannot be written.
        """
        known = [self.outcomes[job.name] for job in self.jobs if job.name in self.outcomes]
        return write_summary(self.folder, known)
