"""`report.json`: everything that is known of one run. Its JSON Schema is printed by `grader schema`."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from grader.challenge.score import Score
from grader.insight.model import Insight, MigrationStep
from grader.latency.facts import LatencyFacts
from grader.verdicts import Evidence, Level, Verdict

SCHEMA_VERSION = "1.0"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Status(StrEnum):
    """How a run ended."""

    GRADED = "graded"
    REJECTED = "rejected"
    """The submission cannot be graded, through its own doing; there is no score."""
    INFRASTRUCTURE_ERROR = "infrastructure_error"
    """The grader or its machine failed; nothing is said about the candidate."""


class Problem(_Frozen):
    """Why there is no score."""

    kind: str
    """The name of the error in the grader's error tree, such as `StartRejected`."""
    message: str
    hint: str = ""
    detail: str = ""


class ChallengeFacts(_Frozen):
    """Which challenge, to the byte."""

    slug: str
    title: str
    version: str
    hash: str
    """SHA-256 over rubric, contract and checks."""


class EntryPointFacts(_Frozen):
    """How the application was started."""

    target: str
    factory: bool
    directory: str
    import_paths: list[str]
    source: str


class DependencyFacts(_Frozen):
    """What was declared, and what was installed besides the runner image's packages."""

    sources: list[str]
    requirements: list[str]
    pinned: int
    installed: list[str]


class SubmissionFacts(_Frozen):
    """What was handed in. Only the name is known of a submission that did not pass intake."""

    name: str
    hash: str | None = None
    """SHA-256 over sorted paths and contents."""
    files: int | None = None
    bytes: int | None = None
    entry_point: EntryPointFacts | None = None
    dependencies: DependencyFacts | None = None
    warnings: list[str] = []


class EnvironmentFacts(_Frozen):
    """Where it ran."""

    sandbox: str
    isolation: str
    """`container`, or `none` for the local sandbox."""
    engine: str
    images: dict[str, str]
    limits: dict[str, str]
    python: str | None
    """Version of the interpreter that ran the candidate's code."""
    cpu: str
    cpus: int
    platform: str


class QuestionFacts(_Frozen):
    """What an interviewer may ask about a check, and what a surface and a deep answer sounds like."""

    question: str
    surface: str
    deep: str


class CheckReport(_Frozen):
    """One check: what it asked, what was seen, and how to see it again."""

    id: str
    category: str
    level: Level
    weight: float
    verdict: Verdict
    credit: float = Field(ge=0, le=1)
    title: str
    why: str
    seconds: float
    evidence: Evidence
    curl: str | None
    """A command line that repeats the request that shows it, against an app on port 8000."""
    question: QuestionFacts | None
    repeat: str
    """The command line that runs this check again with the same inputs."""
    public: bool = False
    """Whether a candidate may run it as well."""


class Rescoring(_Frozen):
    """A note that the score was worked out anew from the recorded verdicts, under a challenge that had changed."""

    at: datetime
    grader_version: str
    challenge: ChallengeFacts
    """The challenge under which the score of before was worked out."""
    total: float
    level: Level | None
    new_total: float
    new_level: Level | None
    dropped: list[str]
    """Checks of the report that the challenge no longer has; their verdicts are not in the report any more."""


class Report(_Frozen):
    """The whole report."""

    schema_version: Literal["1.0"] = "1.0"
    grader_version: str
    status: Status
    exit_code: int
    created_at: datetime
    problem: Problem | None
    challenge: ChallengeFacts | None
    submission: SubmissionFacts
    environment: EnvironmentFacts
    seed: int
    only: list[str]
    """The checks that were asked for, in a public run the public ones; empty for all. A score of a part is not a score
    of the submission."""
    public: bool = False
    """Only the public checks were run. This is for the candidate's own use: a score of a part, without questions."""
    options: dict[str, str]
    timings: dict[str, float]
    """Stage → seconds: `intake`, `environment`, `ready` (from asking for the pod until the application listened),
    `checks` (the sum of their bodies), `pod` (from asking for it until nothing of it is left),
    `insight` (explaining what failed), `latency`, `total`; `waiting` for others that are graded on the machine is in
    none of them."""
    score: Score | None
    checks: list[CheckReport]
    insights: list[Insight]
    """Lines that explain failed checks of the category `async`; the application's own trace, which decides nothing."""
    rescorings: list[Rescoring] = []
    """How the score became what it is, oldest first; empty where it is as the run gave it."""
    migrations: list[MigrationStep]
    """The submission's migrations, tried backwards and forwards, where there are any; they decide nothing."""
    latencies: list[LatencyFacts]
    """What the checks of the category `latency` measured."""
    log: str
    """The tail of what the application wrote to stdout and stderr."""
    repeat: str
    """The command line that repeats this run."""
