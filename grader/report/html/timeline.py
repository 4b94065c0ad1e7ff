"""When the application's calls came to the upstreams, and how long each was kept, on one axis."""

from dataclasses import dataclass

from grader.report.html.ink import Ink
from grader.report.html.words import seconds
from grader.verdicts import UpstreamCall

_SHOWN = 16
_MARKUP = 350
_THINNEST = 0.8
"""Per cent of the width: what took no time is still seen."""


@dataclass(frozen=True)
class CallRow:
    """One call, its bar in per cent of the axis."""

    number: int
    what: str
    outcome: str
    answered: bool
    arrived: str
    held: str
    left: float
    width: float


@dataclass(frozen=True)
class TimelineView:
    """The calls of one check."""

    rows: list[CallRow]
    more: int
    span: str
    """The length of the whole axis."""
    overlap: str
    """In words, whether calls were there at the same time: what a rendezvous is about."""


def timeline_view(calls: list[UpstreamCall], ink: Ink) -> TimelineView | None:
    """Put calls on one axis, the first ones where there are many.

    Args:
        calls: in order of arrival.
        ink: what their text is taken from.

    Returns:
        None where there are no calls.
    """
    if not calls:
        return None
    shown = calls[:_SHOWN]
    begin = min(call.seconds for call in shown)
    span = max(call.seconds + call.held for call in shown) - begin
    rows = [_row(call, begin, span, ink) for number, call in enumerate(shown) if not (number and ink.dry)]
    return TimelineView(rows, len(calls) - len(rows), seconds(span), _overlap(calls))


def _row(call: UpstreamCall, begin: float, span: float, ink: Ink) -> CallRow:
    ink.spend(_MARKUP)
    left = 100 * (call.seconds - begin) / span if span else 0.0
    width = 100 * call.held / span if span else 0.0
    left = min(left, 100 - _THINNEST)
    attempt = f" (attempt {call.attempt})" if call.attempt > 1 else ""
    return CallRow(
        number=call.number,
        what=ink.line(f"{call.upstream} {call.method} {call.target}{attempt}", 160),
        outcome=ink.line(call.outcome, 80),
        answered=call.outcome.startswith("answered"),
        arrived=seconds(call.seconds - begin),
        held=seconds(call.held),
        left=round(left, 2),
        width=round(min(max(width, _THINNEST), 100 - left), 2),
    )


def _overlap(calls: list[UpstreamCall]) -> str:
    most = max(sum(_meets(one, other) for other in calls) for one in calls)
    if len(calls) == 1:
        return "Only this call came."
    if most <= 1:
        return "No two calls were there at the same time: each came after the one before had ended."
    return f"At most {most} of {len(calls)} calls were there at the same time."


def _meets(one: UpstreamCall, other: UpstreamCall) -> bool:
    """Whether `other` was there when `one` came."""
    return other.seconds <= one.seconds and (one is other or one.seconds < other.seconds + other.held)
