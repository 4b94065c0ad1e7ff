"""What became of one submission of a batch: as much as a line of a table needs."""

from pydantic import BaseModel, ConfigDict

from grader.batch.job import Job
from grader.report.model import Report, Status
from grader.verdicts import Verdict


class Outcome(BaseModel):
    """The line of one submission."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    source: str
    challenge: str | None
    status: Status
    score: float | None
    level: str | None
    failed: int
    """Checks."""
    inconclusive: int
    """Checks that the machine was in the way of."""
    seconds: float
    """What the grading took."""
    problem: str
    """Why there is no score, as kind and message."""

    @classmethod
    def of(cls, job: Job, report: Report) -> "Outcome":
        """The line of a report."""
        verdicts = [check.verdict for check in report.checks]
        return cls(
            name=job.name,
            source=job.source,
            challenge=report.challenge.slug if report.challenge else job.challenge,
            status=report.status,
            score=report.score.total if report.score else None,
            level=report.score.level if report.score else None,
            failed=verdicts.count(Verdict.FAILED),
            inconclusive=verdicts.count(Verdict.INCONCLUSIVE),
            seconds=report.timings.get("total", 0.0),
            problem=f"{report.problem.kind}: {report.problem.message}" if report.problem else "",
        )
