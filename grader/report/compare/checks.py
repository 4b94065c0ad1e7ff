"""The checks over all candidates: how many passed each."""

from collections import Counter
from collections.abc import Sequence

from grader.report.compare.entry import CheckEntry, Entry
from grader.report.compare.model import CheckCompared
from grader.verdicts import Verdict


def compared_checks(entries: Sequence[Entry]) -> list[CheckCompared]:
    """Every check that was run for anybody: category by category, else in the challenge's order.

    Args:
        entries: reports with a score.
    """
    known: dict[str, CheckEntry] = {}
    seen: dict[str, Counter[Verdict]] = {}
    # Those with most checks first: they have the whole order, and others add what is of another version.
    for entry in sorted(entries, key=lambda one: -len(one.checks)):
        for check in entry.checks:
            known.setdefault(check.id, check)
            seen.setdefault(check.id, Counter())[check.verdict] += 1
    places = {category: place for place, category in enumerate(dict.fromkeys(one.category for one in known.values()))}
    ordered = sorted(known.values(), key=lambda check: places[check.category])
    return [_compared(check, seen[check.id]) for check in ordered]


def _compared(check: CheckEntry, seen: Counter[Verdict]) -> CheckCompared:
    decided = seen[Verdict.PASSED] + seen[Verdict.FAILED] + seen[Verdict.BLOCKED]
    return CheckCompared(
        id=check.id,
        title=check.title,
        category=check.category,
        level=check.level,
        passed=seen[Verdict.PASSED],
        failed=seen[Verdict.FAILED],
        blocked=seen[Verdict.BLOCKED],
        inconclusive=seen[Verdict.INCONCLUSIVE],
        share=seen[Verdict.PASSED] / decided if decided else None,
    )
