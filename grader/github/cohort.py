"""Several reports in one summary: who has which score, the best first."""

from collections.abc import Iterable

from grader.report.markup import code
from grader.report.model import Report

_SHOWN = 1_000


def table(reports: Iterable[Report]) -> str:
    """A table in Markdown; those without a score stand last, with what became of them.

    Args:
        reports: any. Nothing in them is trusted.
    """
    ordered = sorted(reports, key=lambda report: (-_total(report), report.submission.name))
    lines = ["## Submissions", "", "| submission | score | level | checks passed |", "| --- | ---: | --- | ---: |"]
    lines += [_row(report) for report in ordered[:_SHOWN]]
    more = len(ordered) - _SHOWN
    return "\n".join([*lines, *([f"\nand {more} more"] if more > 0 else [])]) + "\n"


def _row(report: Report) -> str:
    name = code(report.submission.name, 100).replace("|", "\\|")
    if report.score is None:
        return f"| {name} | {str(report.status).replace('_', ' ')} | | |"
    part = " (a part)" if report.public or report.only else ""
    passed = sum(one.passed for one in report.score.categories.values())
    return f"| {name} | {report.score.total:g}{part} | {report.score.level or '–'} | {passed} of {len(report.checks)} |"


def _total(report: Report) -> float:
    return report.score.total if report.score else -1.0
