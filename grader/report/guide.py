"""What to talk about in the interview: questions that this submission has earned, by what it lost and by what it shows.

The pack has a question for each check, and mostly several checks share one. First come the questions whose checks
failed, the costliest first; then, for depth, those whose checks all passed, the most senior ones first and from one
category after the other. What a failed check stood in the way of is asked only where there is too little else: nothing
is known of it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from grader.report.model import CheckReport, QuestionFacts, Report
from grader.report.worth import losses, worths
from grader.verdicts import Level, Verdict

FEWEST: Final = 6
"""Questions that a conversation needs; fewer only where the checks have no more."""
MOST_FAILED: Final = 8
"""Of them about what failed: a conversation has to show strength as well."""
FEWEST_DEPTH: Final = 2
"""Of them about what went well, where something did."""

_SENIORITY = {level: number for number, level in enumerate(Level)}


class Reason(StrEnum):
    """Why a question is asked."""

    LOST = "lost"
    """A check of it failed."""
    DEPTH = "depth"
    """All its checks passed: how deep does it go?"""
    UNSEEN = "unseen"
    """All its checks were blocked or inconclusive."""


@dataclass(frozen=True)
class Question:
    """One question, and what led to it."""

    facts: QuestionFacts
    reason: Reason
    checks: tuple[CheckReport, ...]
    """The checks that led to it: for what was lost, those that failed, then what they block, the costliest first."""
    lost: float
    """Points of the total that they cost."""


def interview_guide(report: Report) -> list[Question]:
    """Choose six to ten questions; fewer where the checks have no more.

    Args:
        report: of a graded submission. Without a score there is nothing to ask.
    """
    if report.score is None:
        return []
    groups = list(_groups(report))
    lost = sorted(_of(groups, Reason.LOST), key=lambda one: -one.lost)[:MOST_FAILED]
    depth = _alternating(_of(groups, Reason.DEPTH), worths(report))
    chosen = [*lost, *depth[: max(FEWEST_DEPTH, FEWEST - len(lost))]]
    return [*chosen, *_of(groups, Reason.UNSEEN)[: max(0, FEWEST - len(chosen))]]


def _groups(report: Report) -> Iterator[Question]:
    """The questions, each with all its checks."""
    lost = losses(report)
    by_text: dict[str, list[CheckReport]] = {}
    for check in report.checks:
        if check.question:
            by_text.setdefault(" ".join(check.question.question.split()), []).append(check)
    for checks in by_text.values():
        yield _question(checks, lost)


def _question(checks: list[CheckReport], lost: dict[str, float]) -> Question:
    facts = next(check.question for check in checks if check.question)
    if any(check.verdict is Verdict.FAILED for check in checks):
        costly = [check for check in checks if check.verdict in {Verdict.FAILED, Verdict.BLOCKED}]
        costly.sort(key=lambda check: (check.verdict is not Verdict.FAILED, -lost[check.id]))
        return Question(facts, Reason.LOST, tuple(costly), sum(lost[check.id] for check in costly))
    passed = tuple(check for check in checks if check.verdict is Verdict.PASSED)
    if len(passed) == len(checks):
        return Question(facts, Reason.DEPTH, passed, 0.0)
    return Question(facts, Reason.UNSEEN, tuple(checks), sum(lost[check.id] for check in checks))


def _of(groups: Iterable[Question], reason: Reason) -> list[Question]:
    return [group for group in groups if group.reason is reason]


def _alternating(questions: list[Question], worth: dict[str, float]) -> list[Question]:
    """The most telling first, but no second one of a category before each has had its turn."""
    ordered = sorted(questions, key=_telling(worth), reverse=True)
    turns: list[int] = []
    seen = Counter[str]()
    for question in ordered:
        category = question.checks[0].category
        turns.append(seen[category])
        seen[category] += 1
    return [question for _, question in sorted(zip(turns, ordered, strict=True), key=lambda pair: pair[0])]


def _telling(worth: dict[str, float]) -> Callable[[Question], tuple[int, float]]:
    def key(question: Question) -> tuple[int, float]:
        level = max(_SENIORITY[check.level] for check in question.checks)
        return level, sum(worth[check.id] for check in question.checks)

    return key
