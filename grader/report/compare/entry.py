"""What a comparison reads of a report: a tenth of it, so that hundreds are read in seconds."""

import math
from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from grader.challenge.score import Score
from grader.report.model import ChallengeFacts, CheckReport, EnvironmentFacts, Problem, Report, Status, SubmissionFacts
from grader.verdicts import Evidence, Level, Verdict

_NO_EVIDENCE = Evidence()


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", from_attributes=True, allow_inf_nan=False)


class CheckEntry(_Part):
    """One check without its evidence."""

    id: str
    category: str
    level: Level
    weight: float
    verdict: Verdict
    credit: float = Field(ge=0, le=1)
    title: str


class SubmissionEntry(_Part):
    """Whose report it is."""

    name: str
    hash: str | None = None


class Entry(_Part):
    """One report; the fields are those of `grader.report.model.Report`."""

    schema_version: Literal["1.0"]
    grader_version: str
    status: Status
    created_at: datetime
    problem: Problem | None
    challenge: ChallengeFacts | None
    submission: SubmissionEntry
    environment: EnvironmentFacts
    seed: int
    only: list[str]
    options: dict[str, str]
    score: Score | None
    checks: list[CheckEntry]

    @field_validator("created_at")
    @classmethod
    def _with_zone(cls, at: datetime) -> datetime:
        # Times with and without a zone cannot be put in order; runs write UTC.
        return at if at.tzinfo else at.replace(tzinfo=UTC)

    @field_validator("score")
    @classmethod
    def _finite(cls, score: Score | None) -> Score | None:
        parts = [*score.categories.values(), *score.levels.values()] if score else []
        numbers = [number for part in parts for number in (part.score or 0.0, part.weight)]
        if score and not all(map(math.isfinite, [score.total, *numbers])):
            raise ValueError("a score is a finite number")
        return score

    def as_report(self) -> Report:
        """A report of what is known here, for functions that need no more of one; what is not known is empty."""
        return Report.model_construct(
            grader_version=self.grader_version,
            status=self.status,
            exit_code=0,
            created_at=self.created_at,
            problem=self.problem,
            challenge=self.challenge,
            submission=SubmissionFacts(name=self.submission.name, hash=self.submission.hash),
            environment=self.environment,
            seed=self.seed,
            only=self.only,
            options=self.options,
            timings={},
            score=self.score,
            checks=[_check(check) for check in self.checks],
            insights=[],
            migrations=[],
            latencies=[],
            log="",
            repeat="",
        )


def _check(check: CheckEntry) -> CheckReport:
    return CheckReport.model_construct(
        id=check.id,
        category=check.category,
        level=check.level,
        weight=check.weight,
        verdict=check.verdict,
        credit=check.credit,
        title=check.title,
        why="",
        seconds=0.0,
        evidence=_NO_EVIDENCE,
        curl=None,
        question=None,
        repeat="",
    )
