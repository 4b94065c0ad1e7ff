"""The vocabulary that harness and host share: Pydantic models, and JSON lines on the wire.

The harness writes events (`Event`) to its standard output, one JSON object a line; the host writes orders (`Order`) to
its standard input. Nothing else is on either stream. Text that came from a candidate is in these models as plain data,
already cut to a bounded length.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

PROTOCOL = 1
POSTGRES = "postgres"
"""The service of a pod that is a PostgreSQL server."""


class Verdict(StrEnum):
    """What a check decided."""

    PASSED = "passed"
    FAILED = "failed"
    """The candidate's fault; `Evidence` shows it."""
    BLOCKED = "blocked"
    """It needs something that already failed; earns nothing."""
    INCONCLUSIVE = "inconclusive"
    """The machine was in the way; left out of the score."""
    ERROR = "error"
    """The grader's own fault; the whole report then has no score."""


class Level(StrEnum):
    """The experience at which a check is expected to pass, in ascending order."""

    JUNIOR = "junior"
    MID = "mid"
    SENIOR = "senior"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Exchange(_Frozen):
    """One request and what came back. Bodies are text, cut to a bounded length with a marker."""

    method: str
    url: str
    request_headers: list[tuple[str, str]] = []
    request_body: str | None = None
    status: int | None = None
    response_headers: list[tuple[str, str]] = []
    response_body: str | None = None
    error: str | None = None
    """Why there is no (whole) response."""
    seconds: float = 0.0
    curl: str = ""
    """A command line that repeats the request."""


class Finding(_Frozen):
    """One thing that was expected and what was got instead."""

    expected: str
    got: str
    case: str = ""
    """Which of several cases, such as `name: null`."""
    exchange: Exchange | None = None


class UpstreamCall(_Frozen):
    """One call that the application made to an upstream while a check ran."""

    upstream: str
    number: int
    """Order of arrival in the check, over all upstreams, from 1."""
    method: str
    target: str
    """Path and query."""
    attempt: int
    """Which call of this method and target it was, from 1."""
    outcome: str
    """In words, such as `answered 200`, `closed by the caller` or `never answered`."""
    seconds: float
    """When it arrived, since the first call of the check."""
    held: float
    """Seconds from its arrival until it was answered or closed."""


class Evidence(_Frozen):
    """What a verdict rests on: findings first, then the exchanges that led to them, oldest first."""

    findings: list[Finding] = []
    exchanges: list[Exchange] = []
    calls: list[UpstreamCall] = []
    """What the application asked of upstreams meanwhile, in order of arrival."""
    note: str = ""


class CheckResult(_Frozen):
    """The outcome of one check."""

    id: str
    verdict: Verdict
    credit: float = Field(ge=0.0, le=1.0)
    evidence: Evidence = Evidence()
    seconds: float = 0.0


class Route(_Frozen):
    """An operation that the candidate's own `/openapi.json` lists."""

    method: str
    path: str


# --- events: harness → host ---------------------------------------------------------------------------------------


class Hello(_Frozen):
    """The first event: the harness runs."""

    event: Literal["hello"] = "hello"
    protocol: int = PROTOCOL


class UpstreamsReady(_Frozen):
    """The ports of the job's upstreams are bound: the candidate may start. Only a job that has upstreams has it."""

    event: Literal["upstreams_ready"] = "upstreams_ready"


class Listening(_Frozen):
    """The candidate accepts connections. `seconds` since the harness began to try."""

    event: Literal["listening"] = "listening"
    seconds: float


class NotListening(_Frozen):
    """The candidate exited, or the start-up deadline passed, before it accepted a connection."""

    event: Literal["not_listening"] = "not_listening"
    seconds: float
    exited: bool


class Routes(_Frozen):
    """Answer to an `inspect` job: what the candidate says it offers; `problem` where its document cannot be read."""

    event: Literal["routes"] = "routes"
    routes: list[Route]
    health: int | None = None
    problem: str = ""


class CheckStarted(_Frozen):
    """A check begins."""

    event: Literal["check_started"] = "check_started"
    id: str


class CheckFinished(_Frozen):
    """A check ended."""

    event: Literal["check_finished"] = "check_finished"
    result: CheckResult


class LoadSeen(_Frozen):
    """What was seen of one block of load. Times are in seconds."""

    latencies: list[float]
    """Of each right answer, from the instant at which its request was due."""
    lags: list[float]
    """How late the driver itself was, for each request that it sent."""
    scheduled: int
    """Requests that were due."""
    wrong: int = 0
    """Answers that are not what the contract says."""
    unanswered: int = 0
    """Requests without a whole answer, and those that were not sent because too many were outstanding."""
    cpu_seconds: float | None = None
    """CPU time that the application used meanwhile; the host adds it. None where nobody can say."""


AskedFor = Literal["pause", "resume", "look", "terminate", "kill", "start", "load"]


class Ask(_Frozen):
    """The harness asks for what only the host can do.

    `pause` stops the candidate's processes, `resume` lets them go on, `look` asks what they are doing. `terminate`
    sends SIGTERM to the application's process, `kill` sends SIGKILL to all of its processes, `start` starts it again
    in the same folder once it has ended. `load` asks for the next block of load, once it is this pod's turn.
    """

    event: Literal["ask"] = "ask"
    number: int
    what: AskedFor
    check: str = ""
    """With `load`: whose load it is."""
    load: LoadSeen | None = None
    """With `load`: what was seen of the block before; None for the first."""


class Fault(_Frozen):
    """The harness itself failed; no verdict on the candidate."""

    event: Literal["fault"] = "fault"
    message: str
    detail: str = ""
    pack: bool = False
    """The pack cannot be loaded, whoever is graded."""


class Finished(_Frozen):
    """The last event."""

    event: Literal["finished"] = "finished"


Event = Annotated[
    Hello | UpstreamsReady | Listening | NotListening | Routes | CheckStarted | CheckFinished | Ask | Fault | Finished,
    Field(discriminator="event"),
]


# --- orders: host → harness ---------------------------------------------------------------------------------------


class Job(_Frozen):
    """The first order: what to do. Times are in seconds."""

    order: Literal["job"] = "job"
    mode: Literal["grade", "inspect"] = "grade"
    host: str = "127.0.0.1"
    port: int = 8000
    pack: str
    """Folder of the pack as the harness sees it; holds `openapi.yaml` and `checks/`."""
    seed: int
    only: list[str] | None = None
    """Check ids to run. None runs all."""
    alone: bool = False
    """Whether what they require is taken for granted; else it is run too."""
    environment: dict[str, str] = {}
    """The environment variables that the candidate was given."""
    upstreams: dict[str, int] = {}
    """Name of an upstream → TCP port of 127.0.0.1 that the harness binds before the candidate starts."""
    services: dict[str, str] = {}
    """Name of a service that runs in the pod → URL with which the harness may look into it, never the candidate's."""
    restarts: bool = False
    """Checks may end and start the candidate; its files outlive that."""
    startup_deadline: float = 60.0
    check_deadline: float = 120.0
    total_deadline: float = 900.0


class CandidateStarted(_Frozen):
    """The candidate's process was started; told where it had to wait for `UpstreamsReady`, and for each later start."""

    order: Literal["candidate_started"] = "candidate_started"


class CandidateExited(_Frozen):
    """The candidate's process ended; negative status is a signal number."""

    order: Literal["candidate_exited"] = "candidate_exited"
    status: int


FAIR_SHARE = 0.25
"""Of one CPU: who had less, and wants more, was kept from running by others."""
LOOKS = 3
"""In a row that must agree: who sleeps may just have been woken."""
LOOK_PAUSE = 0.5
"""Seconds between two of them."""


class Look(_Frozen):
    """What the candidate's processes were doing at one moment."""

    asleep: bool
    """Every thread waited for something; none ran or wanted to."""
    cpu_seconds: float | None = None
    """CPU time that they have used in all; None where it was not asked for, since they were asleep."""


def kept_from_running(looks: Sequence[tuple[float, Look]], since: float) -> bool:
    """Whether processes want to run, and hardly get to: neither while they are looked at nor before.

    Args:
        looks: at least two, each with its time in seconds.
        since: when they were started, likewise.
    """
    if any(look.asleep or look.cpu_seconds is None for _, look in looks):
        return False
    (first, early), (last, late) = looks[0], looks[-1]
    used, before = late.cpu_seconds or 0.0, early.cpu_seconds or 0.0
    return used < FAIR_SHARE * (last - since) and used - before < FAIR_SHARE * (last - first)


class Tier(_Frozen):
    """One step of credit for speed, and whether it was reached."""

    name: str
    """Such as `at most 2 times the reference's`."""
    expected: str
    got: str
    reached: bool


class LoadOrder(_Frozen):
    """What the harness does next about a load."""

    seconds: float = 0.0
    """Length of the block to send; 0 once there are no more."""
    tiers: list[Tier] = []
    """The verdict, once there are no more blocks; empty where none could be reached."""
    note: str = ""
    """Why none could be reached."""


class Answer(_Frozen):
    """The answer to an `Ask`; `done` is false where it could not be."""

    order: Literal["answer"] = "answer"
    number: int
    done: bool
    look: Look | None = None
    """What was seen, if that was asked for."""
    load: LoadOrder | None = None
    """What to send, if that was asked for."""


Order = Annotated[Job | CandidateStarted | CandidateExited | Answer, Field(discriminator="order")]

EVENTS: TypeAdapter[Event] = TypeAdapter(Event)
ORDERS: TypeAdapter[Order] = TypeAdapter(Order)
