"""The checks as people read them: what failed first, each with all that it takes to see and to talk about it."""

from collections.abc import Mapping
from dataclasses import dataclass

from grader.insight.model import Insight
from grader.report.html.commands import CommandView, command_view
from grader.report.html.exchange import ExchangeView, exchange_view
from grader.report.html.ink import Ink
from grader.report.html.timeline import TimelineView, timeline_view
from grader.report.html.words import MARKS, label, percent, points
from grader.report.model import CheckReport, Report
from grader.report.worth import losses
from grader.verdicts import Finding, Verdict

_ALL_FAILURES = 150_000
"""Bytes of the page for the text of all failed checks together."""
_ONE_FAILURE = 14_000
_SHOWN_FINDINGS = 8
_SHOWN_EXCHANGES = 3
_SHOWN_INSIGHTS = 3
_SHOWN_LAST = 2
_MARKUP = 300


@dataclass(frozen=True)
class CheckView:
    """What every check has."""

    anchor: str
    id: str
    title: str
    why: str
    category: str
    level: str
    verdict: str
    mark: str
    lost: str
    """Points that it cost, in words; empty where it cost none."""
    note: str


@dataclass(frozen=True)
class FindingView:
    """Expected and got, and the exchange that shows it."""

    case: str
    expected: str
    got: str
    exchange: ExchangeView | None


@dataclass(frozen=True)
class InsightView:
    """The line that held up the event loop."""

    text: str
    source: str


@dataclass(frozen=True)
class FailureView:
    """A failed check with its evidence."""

    check: CheckView
    share: str
    """Of the cases that hold, where some do."""
    findings: list[FindingView]
    more: int
    last: list[ExchangeView]
    """The exchanges that came before, the latest first, where no finding has one of its own."""
    insights: list[InsightView]
    calls: TimelineView | None
    curl: CommandView | None
    repeat: CommandView
    question: int | None
    """Its number in the interview guide."""


@dataclass(frozen=True)
class ReasonView:
    """Checks that one thing is in the way of."""

    reason: str
    checks: list[CheckView]


def anchor(check: str) -> str:
    """The id of a check's place in the page."""
    return "check-" + "".join(char if char.isalnum() or char in "._-" else "-" for char in check[:120])


def failures(report: Report, questions: Mapping[str, int]) -> list[FailureView]:
    """The failed checks, the costliest first.

    Args:
        report: the report.
        questions: check id → number of its question in the interview guide.
    """
    lost = losses(report)
    failed = [check for check in report.checks if check.verdict is Verdict.FAILED]
    failed.sort(key=lambda check: -lost[check.id])
    room = min(_ONE_FAILURE, _ALL_FAILURES // max(1, len(failed)))
    return [_failure(check, lost[check.id], report.insights, questions.get(check.id), Ink(room)) for check in failed]


def with_verdict(report: Report, verdict: Verdict) -> list[CheckView]:
    """The checks of a verdict, in the pack's order."""
    lost = losses(report)
    return [check_view(check, lost[check.id]) for check in report.checks if check.verdict is verdict]


def by_reason(checks: list[CheckView]) -> list[ReasonView]:
    """Checks together that have the same reason."""
    reasons: dict[str, list[CheckView]] = {}
    for check in checks:
        reasons.setdefault(check.note, []).append(check)
    return [ReasonView(reason, ones) for reason, ones in reasons.items()]


def by_category(checks: list[CheckView]) -> list[ReasonView]:
    """Checks of one category together."""
    categories: dict[str, list[CheckView]] = {}
    for check in checks:
        categories.setdefault(check.category, []).append(check)
    return [ReasonView(category, ones) for category, ones in categories.items()]


def check_view(check: CheckReport, lost: float, ink: Ink | None = None) -> CheckView:
    """What every check has; the reason of one that was not decided is cut short.

    Args:
        check: the check.
        lost: points that it cost.
        ink: what its text is taken from.
    """
    ink = ink or Ink(3_000)
    return CheckView(
        anchor=anchor(check.id),
        id=ink.line(check.id, 120),
        title=ink.line(check.title, 300),
        why=ink.line(check.why, 1_000),
        category=label(ink.line(check.category, 60)),
        level=check.level.value,
        verdict=check.verdict.value,
        mark=MARKS[check.verdict],
        lost=points(lost) if lost > 0 else "",
        note=ink.line(check.evidence.note, 300),
    )


def _failure(check: CheckReport, lost: float, insights: list[Insight], question: int | None, ink: Ink) -> FailureView:
    # In this order the room is shared out: what a reader needs first is written first.
    view = check_view(check, lost, ink)
    curl = command_view(check.curl, ink) if check.curl else None
    repeat = command_view(check.repeat, ink)
    lines = [_insight(insight, ink) for insight in insights if check.id in insight.checks][:_SHOWN_INSIGHTS]
    findings = _findings(check.evidence.findings, ink)
    calls = None if ink.dry else timeline_view(check.evidence.calls, ink)
    before = [] if any(finding.exchange for finding in findings) else check.evidence.exchanges[: -_SHOWN_LAST - 1 : -1]
    return FailureView(
        check=view,
        share=percent(check.credit) if check.credit else "",
        findings=findings,
        more=len(check.evidence.findings) - len(findings),
        last=[exchange_view(exchange, None, ink) for exchange in before if not ink.dry],
        insights=lines,
        calls=calls,
        curl=curl,
        repeat=repeat,
        question=question,
    )


def _findings(findings: list[Finding], ink: Ink) -> list[FindingView]:
    """The first ones; an exchange for as many as there is room for."""
    views: list[FindingView] = []
    for number, finding in enumerate(findings[:_SHOWN_FINDINGS]):
        if number and ink.dry:
            break
        ink.spend(_MARKUP)
        case, expected, got = ink.line(finding.case), ink.line(finding.expected, 500), ink.line(finding.got, 500)
        shown = finding.exchange is not None and number < _SHOWN_EXCHANGES and not ink.dry
        exchange = exchange_view(finding.exchange, finding, ink) if shown and finding.exchange else None
        views.append(FindingView(case, expected, got, exchange))
    return views


def _insight(insight: Insight, ink: Ink) -> InsightView:
    return InsightView(ink.line(insight.text, 300), ink.line(insight.source, 200))
