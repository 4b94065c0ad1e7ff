"""The folder of one submission in a batch's: what it is graded by, and its report once there is one.

    <name>/job.json                  written before it is graded
    <name>/report.json, report.html  written after it, both or neither

So whatever is killed when, a report that stands there is of the job that stands there.
"""

from pathlib import Path
from typing import Final

from pydantic import ValidationError

from grader.batch.job import Job
from grader.challenge.pack import load_pack
from grader.errors import InfrastructureError, UsageError
from grader.report.load import load_report
from grader.report.model import Report, Status
from grader.report.write import DATA, PAGE, write_json, write_report

JOB: Final = "job.json"


class JobFolder:
    """The folder of one submission.

    Args:
        batch: the batch's folder.
        job: what is graded there.
    """

    def __init__(self, batch: Path, job: Job) -> None:
        self.path = batch / job.name
        self._job = job

    def finished(self) -> Report | None:
        """The report, if it is of this job and says something of the submission; else it has to be graded (again)."""
        try:
            before = Job.model_validate_json((self.path / JOB).read_bytes())
            report = load_report(self.path / DATA)
        except (OSError, ValidationError, UsageError):
            return None
        if before.key != self._job.key or report.status is Status.INFRASTRUCTURE_ERROR:
            return None
        return report if (self.path / PAGE).is_file() and _same_challenge(report) else None

    def begin(self) -> None:
        """Take note that this job is graded now; what an earlier one left is gone.

        Raises:
            InfrastructureError: it cannot be written.
        """
        try:
            for name in (DATA, PAGE):
                (self.path / name).unlink(missing_ok=True)
            write_json(self._job.model_dump(mode="json"), self.path / JOB)
        except (OSError, UsageError) as error:
            raise InfrastructureError(
                f"{self.path} cannot be written: {error}", hint="free some space, or see to its rights; then --resume"
            ) from error

    def finish(self, report: Report) -> None:
        """Write the report.

        Raises:
            InfrastructureError: it cannot be written.
        """
        write_report(report, self.path)


def _same_challenge(report: Report) -> bool:
    """Whether the challenge, which the submission may have named itself, is still what it was."""
    if report.challenge is None:
        return True
    try:
        return load_pack(report.challenge.slug).digest == report.challenge.hash
    except UsageError:  # a pack in a folder: its hash is part of the job's key
        return True
