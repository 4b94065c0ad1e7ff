"""Whether a report agrees with itself. One that was edited by hand still validates, but its sums no longer add up."""

from collections.abc import Iterator

from grader.challenge.catalogue import CheckInfo
from grader.challenge.score import Part, Score, score
from grader.report.model import CheckReport, Report, Status
from grader.verdicts import CheckResult, Verdict

_TOLERANCE = 0.11
"""Weights stand in a report with two decimals; the last digit of a total may hang on that."""


def inconsistencies(report: Report) -> list[str]:
    """What in a report contradicts its own verdicts, each in one line; empty for whatever a run wrote.

    Args:
        report: any that validates.
    """
    return [*_ending(report), *_credits(report.checks), *(_sums(report, report.score) if report.score else ())]


def _ending(report: Report) -> Iterator[str]:
    if (report.status is Status.GRADED) != (report.score is not None and report.problem is None):
        score_there = "a score" if report.score else "no score"
        yield f"it says {report.status} and has {score_there} and {'a' if report.problem else 'no'} problem"


def _credits(checks: list[CheckReport]) -> Iterator[str]:
    for check in checks:
        whole = check.verdict is Verdict.PASSED
        if whole != (check.credit == 1) or (check.credit > 0 and not whole and check.verdict is not Verdict.FAILED):
            yield f"{check.id} is {check.verdict} with a credit of {check.credit:g}"


def _sums(report: Report, told: Score) -> Iterator[str]:
    categories = {check.category for check in report.checks}
    if missing := sorted(categories ^ set(told.categories)):
        yield f"checks and score name different categories: {', '.join(missing)}"
        return
    made = _score(report.checks, told)
    if abs(made.total - told.total) > _TOLERANCE:
        yield f"the score says {told.total:g}, its verdicts make {made.total:g}"
    if made.level != told.level:
        yield f"the score says level {told.level or 'none'}, its verdicts make {made.level or 'none'}"
    for name, part in told.categories.items():
        if not _alike(part, made.categories[name]):
            yield f"category {name}: the score says {_words(part)}, its verdicts make {_words(made.categories[name])}"


def _score(checks: list[CheckReport], told: Score) -> Score:
    infos = [
        CheckInfo.model_construct(
            id=one.id, category=one.category, level=one.level, weight=one.weight, title="", why="", file="", line=0
        )
        for one in checks
    ]
    results = {one.id: CheckResult(id=one.id, verdict=one.verdict, credit=one.credit) for one in checks}
    return score(infos, results, {name: part.weight for name, part in told.categories.items()})


def _alike(told: Part, made: Part) -> bool:
    if (told.score is None) != (made.score is None):
        return False
    near = abs((told.score or 0.0) - (made.score or 0.0)) <= _TOLERANCE
    return near and (told.passed, told.checks) == (made.passed, made.checks)


def _words(part: Part) -> str:
    shown = "nothing" if part.score is None else f"{part.score:g}"
    return f"{shown} with {part.passed} of {part.checks} passed"
