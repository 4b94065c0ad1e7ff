"""What each check was worth, in points of the total, and what of it was lost; worked out from the report alone."""

from grader.report.model import CheckReport, Report
from grader.verdicts import Verdict


def worths(report: Report) -> dict[str, float]:
    """Points of the total that each check carries, as `grader.challenge.score` shares them out.

    Args:
        report: any; without a score nothing is worth anything.

    Returns:
        Check id → points. What is inconclusive carries none, and its category's weight goes to the others.
    """
    if report.score is None:
        return {check.id: 0.0 for check in report.checks}
    shares = dict.fromkeys((check.category for check in report.checks), 0.0)
    for check in report.checks:
        shares[check.category] += _share(check)
    weights = {name: part.weight for name, part in report.score.categories.items() if shares.get(name)}
    whole = sum(weights.values())
    return {
        check.id: 100 * weights[check.category] / whole * _share(check) / shares[check.category]
        if whole and check.category in weights
        else 0.0
        for check in report.checks
    }


def losses(report: Report) -> dict[str, float]:
    """Check id → points that were not earned."""
    carried = worths(report)
    return {check.id: carried[check.id] * (1 - check.credit) for check in report.checks}


def _share(check: CheckReport) -> float:
    return 0.0 if check.verdict is Verdict.INCONCLUSIVE else check.weight
