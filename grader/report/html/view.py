"""The whole page as plain data: what is shown, in which order, and how much of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from grader.challenge.score import Part
from grader.report.guide import interview_guide
from grader.report.html.checks import (
    CheckView,
    FailureView,
    ReasonView,
    by_category,
    by_reason,
    failures,
    with_verdict,
)
from grader.report.html.commands import CommandView, command_view, start_command
from grader.report.html.facts import Row, environment_rows, submission_rows
from grader.report.html.guide import QuestionView, numbers, question_views
from grader.report.html.ink import Ink, plain, tail
from grader.report.html.latency import LatencyView, latency_view
from grader.report.html.summary import SummaryView, summary_view
from grader.report.html.words import counted, label
from grader.report.model import Problem, Report, Status
from grader.verdicts import Level, Verdict

_LOG = 20_000
_DETAIL = 8_000
_SHOWN_PASSED = 300
_SHOWN_LATENCIES = 8
_SHOWN_STEPS = 8


@dataclass(frozen=True)
class PartView:
    """A category or level with what was earned of it."""

    name: str
    score: str
    share: float
    passed: str
    weight: str


@dataclass(frozen=True)
class ProblemView:
    """Why there is no score."""

    kind: str
    message: str
    hint: str
    detail: str


@dataclass(frozen=True)
class StepView:
    """One step through the migrations."""

    command: str
    shows: str
    ok: bool
    output: str


@dataclass(frozen=True)
class PageView:
    """Everything that the templates get."""

    status: str
    name: str
    challenge: str
    created: str
    summary: SummaryView
    problem: ProblemView | None
    categories: list[PartView]
    levels: list[PartView]
    failures: list[FailureView]
    blocked: list[ReasonView]
    inconclusive: list[CheckView]
    errors: list[CheckView]
    passed: list[ReasonView]
    passed_count: str
    """In words, such as `65 checks`."""
    latencies: list[LatencyView]
    migrations: list[StepView]
    questions: list[QuestionView]
    log: str
    submission: list[Row]
    environment: list[Row]
    repeat: CommandView
    start: CommandView | None

    @property
    def graded(self) -> bool:
        """Whether there is a score."""
        return self.status == Status.GRADED

    @property
    def sections(self) -> list[tuple[str, str]]:
        """Anchor and name of the sections that there are, for the table of contents."""
        return [(anchor, name) for anchor, name, there in _sections(self) if there]


def page_view(report: Report) -> PageView:
    """Choose, order and bound what is shown of a report."""
    questions = interview_guide(report)
    graded = report.score is not None
    passed = with_verdict(report, Verdict.PASSED) if graded else []
    entry = report.submission.entry_point
    return PageView(
        status=report.status.value,
        name=plain(report.submission.name, 120),
        challenge=plain(f"{report.challenge.title} {report.challenge.version}", 160) if report.challenge else "",
        created=f"{report.created_at:%Y-%m-%d %H:%M} {report.created_at.tzname() or ''}".strip(),
        summary=summary_view(report),
        problem=_problem(report.problem) if report.problem else None,
        categories=_parts(report.score.categories) if report.score else [],
        levels=_parts(report.score.levels) if report.score else [],
        failures=failures(report, numbers(questions)) if graded else [],
        blocked=by_reason(with_verdict(report, Verdict.BLOCKED)) if graded else [],
        inconclusive=with_verdict(report, Verdict.INCONCLUSIVE) if graded else [],
        errors=with_verdict(report, Verdict.ERROR),
        passed=by_category(passed[:_SHOWN_PASSED]),
        passed_count=counted(len(passed), "check"),
        latencies=[latency_view(facts) for facts in report.latencies[:_SHOWN_LATENCIES]] if graded else [],
        migrations=_steps(report) if graded else [],
        questions=question_views(questions),
        log=tail(report.log, _LOG),
        submission=submission_rows(report),
        environment=environment_rows(report),
        repeat=command_view(report.repeat, Ink(4_000)),
        start=command_view(start_command(entry), Ink(1_000)) if entry and graded else None,
    )


def _sections(page: PageView) -> Iterator[tuple[str, str, bool]]:
    yield "summary", "Summary", True
    yield "problem", "What happened", page.problem is not None
    yield "score", "Score", bool(page.categories)
    yield "failed", "What does not work", bool(page.failures)
    yield "blocked", "What could not be tried", bool(page.blocked)
    yield "inconclusive", "What could not be decided", bool(page.inconclusive)
    yield "passed", "What works", bool(page.passed)
    yield "latency", "Latency", bool(page.latencies)
    yield "migrations", "Migrations", bool(page.migrations)
    yield "guide", "Interview guide", bool(page.questions)
    yield "log", "Log", bool(page.log)
    yield "environment", "Environment", True
    yield "repeat", "Repeat it", True


def _parts(parts: Mapping[Level, Part] | Mapping[str, Part]) -> list[PartView]:
    return [
        PartView(
            name=label(plain(name, 60)),
            score="–" if part.score is None else f"{part.score:g}",
            share=part.score or 0.0,
            passed=f"{part.passed} of {part.checks}",
            weight=f"{part.weight:g}",
        )
        for name, part in parts.items()
    ]


def _problem(problem: Problem) -> ProblemView:
    return ProblemView(
        kind=plain(problem.kind, 80),
        message=plain(problem.message, 1_000),
        hint=plain(problem.hint, 1_000),
        detail=tail(problem.detail, _DETAIL),
    )


def _steps(report: Report) -> list[StepView]:
    return [
        StepView(plain(step.command, 200), plain(step.shows), step.ok, "" if step.ok else tail(step.output, 2_000))
        for step in report.migrations[:_SHOWN_STEPS]
    ]
