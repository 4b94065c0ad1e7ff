"""What a run wrote agrees with itself; what was edited afterwards does not."""

from typing import Any

import pytest

from grader.challenge.catalogue import CheckInfo
from grader.challenge.score import score
from grader.report.consistency import inconsistencies
from grader.report.model import CheckReport, Report, Status
from grader.verdicts import CheckResult, Level, Verdict

CREDITS = {
    Verdict.PASSED: (1.0,),
    Verdict.FAILED: (0.0, 1 / 3, 0.999),
    Verdict.BLOCKED: (0.0,),
    Verdict.INCONCLUSIVE: (0.0,),
}


def scored(checks: list[CheckReport], weights: dict[str, float], samples: Any) -> Report:
    """A report with the score that a run would give it."""
    infos = [
        CheckInfo(
            **check.model_dump(include={"id", "category", "level", "weight"}), title="t", why="w", file="f", line=1
        )
        for check in checks
    ]
    results = {check.id: CheckResult(id=check.id, verdict=check.verdict, credit=check.credit) for check in checks}
    made: Report = samples.report(*checks)
    return made.model_copy(update={"score": score(infos, results, weights)})


@pytest.fixture
def report(samples: Any) -> Report:
    """One of each verdict and credit, in two categories and all levels."""
    checks = [
        samples.check(f"{category}.{level}-{verdict}-{number}", verdict, credit=credit, level=level, weight=1 + number)
        for category in ("users", "async")
        for level in Level
        for verdict, shares in CREDITS.items()
        for number, credit in enumerate(shares)
    ]
    return scored(checks, {"users": 100 / 3, "async": 200 / 3}, samples)


def test_a_run_agrees_with_itself(report: Report) -> None:
    """Nothing is said about what nobody touched, thirds included."""
    assert inconsistencies(report) == []


@pytest.mark.parametrize("status", [Status.REJECTED, Status.INFRASTRUCTURE_ERROR])
def test_a_run_without_a_score_agrees_with_itself(samples: Any, status: Status) -> None:
    """There are no sums."""
    assert inconsistencies(samples.without_score(status)) == []


def test_a_raised_total_is_seen(report: Report) -> None:
    """Both figures are named."""
    assert report.score
    raised = report.model_copy(update={"score": report.score.model_copy(update={"total": 99.0})})
    assert inconsistencies(raised) == [f"the score says 99, its verdicts make {report.score.total:g}"]


def test_a_raised_level_is_seen(report: Report) -> None:
    """A level is not in anybody's gift."""
    assert report.score
    raised = report.model_copy(update={"score": report.score.model_copy(update={"level": Level.SENIOR})})
    assert inconsistencies(raised) == ["the score says level senior, its verdicts make none"]


def test_a_verdict_that_was_turned_is_seen(report: Report) -> None:
    """Then neither total nor category fits, and a credit may not fit its verdict."""
    turned = [
        check.model_copy(update={"verdict": Verdict.PASSED}) if check.verdict is Verdict.FAILED else check
        for check in report.checks
    ]
    found = "\n".join(inconsistencies(report.model_copy(update={"checks": turned})))
    assert "is passed with a credit of 0.333333" in found
    assert "category users: the score says" in found


def test_checks_that_were_taken_out_are_seen(report: Report) -> None:
    """A whole category of them, too."""
    left = [check for check in report.checks if check.category == "users"]
    assert inconsistencies(report.model_copy(update={"checks": left})) == [
        "checks and score name different categories: async"
    ]


def test_a_rejection_that_was_given_a_score_is_seen(report: Report) -> None:
    """Status, score and problem belong together."""
    found = inconsistencies(report.model_copy(update={"status": Status.REJECTED}))
    assert found == ["it says rejected and has a score and no problem"]
