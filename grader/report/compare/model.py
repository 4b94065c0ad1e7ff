"""`compare.json`: everything that is known of a comparison. docs/comparison.schema.json is its JSON Schema."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from grader.report.model import Status
from grader.verdicts import Level, Verdict


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ChallengeCompared(_Frozen):
    """What all of them were asked to build."""

    slug: str
    title: str
    versions: list[str]
    """More than one is a warning as well."""


class Origin(_Frozen):
    """Where a row comes from. All of it is left out of a blind comparison."""

    submission_hash: str | None
    """SHA-256 over the submission's files; None where it did not pass intake."""
    seed: int
    graded_at: datetime
    report: str
    """The report's path, relative to the folder of the comparison."""
    page: str | None
    """Address of `report.html`, relative to the comparison, where it stands beside the report."""
    also: list[str]
    """Other names that the same files were handed in under."""


class Candidate(_Frozen):
    """A submission with a score."""

    name: str
    """As handed in, or a pseudonym."""
    rank: int | None
    """1 for the highest score; equal scores have equal ranks, and the next rank counts them all: 1, 2, 2, 4.
    None for a score of some checks only, where others have one of all."""
    tied: bool
    """Whether others have the same rank."""
    score: float
    level: Level | None
    categories: dict[str, float | None]
    """Category → 0 to 100; None where nothing of it could be decided."""
    passed: int
    failed: int
    blocked: int
    inconclusive: int
    verdicts: dict[str, Verdict]
    """Check id → verdict; a check that was not run is not in it."""
    challenge_version: str
    isolation: str
    origin: Origin | None


class Unscored(_Frozen):
    """A submission without a score, which is not a score of zero."""

    name: str
    status: Status
    kind: str
    """The name of the error, such as `StartRejected`."""
    reason: str
    """What happened, in one line; in a blind comparison, what happens to all of this kind."""
    origin: Origin | None


class CheckCompared(_Frozen):
    """One check over all candidates."""

    id: str
    title: str
    category: str
    level: Level
    passed: int
    failed: int
    blocked: int
    inconclusive: int
    share: float | None
    """Of those for whom it was decided, how many passed it, 0 to 1; None where it was decided for nobody."""


class Bin(_Frozen):
    """Scores from `low` up to, but without `high`; the last bin holds 100 too."""

    low: int
    high: int
    candidates: int


class Distribution(_Frozen):
    """The scores that have a rank."""

    lowest: float
    median: float
    highest: float
    bins: list[Bin]


class Group(_Frozen):
    """The candidates that have something in common."""

    value: str
    candidates: list[str]


class Caution(_Frozen):
    """What a reader has to know before two rows are held against each other."""

    kind: Literal[
        "challenge-version",
        "challenge-hash",
        "grader-version",
        "isolation",
        "images",
        "options",
        "only",
        "inconclusive",
        "several-reports",
    ]
    message: str
    groups: list[Group]


class Comparison(_Frozen):
    """The whole comparison."""

    schema_version: Literal["1.0"] = "1.0"
    grader_version: str
    created_at: datetime
    blind: bool
    """Whether names are pseudonyms, and whatever else identifies is left out."""
    challenge: ChallengeCompared | None
    """None where no report names one."""
    candidates: list[Candidate]
    """The highest score first, those without a rank last."""
    unscored: list[Unscored]
    checks: list[CheckCompared]
    """Category by category, else in the challenge's order."""
    distribution: Distribution | None
    """None where nobody has a rank."""
    warnings: list[Caution]
