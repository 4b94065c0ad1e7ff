"""What checks were worth and what was lost of it, from a report alone, agrees with the score."""

from typing import Any

import pytest

from grader.challenge.catalogue import CheckInfo
from grader.challenge.score import score
from grader.report.worth import losses, worths
from grader.verdicts import CheckResult, Level, Verdict

WEIGHTS = {"a": 30.0, "b": 60.0, "c": 10.0}


def row(name: str, weight: float, verdict: str, credit: float) -> tuple[str, float, Verdict, float]:
    """One check and what became of it."""
    return name, weight, Verdict(verdict), credit


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([row("a.1", 1, "passed", 1), row("b.1", 1, "passed", 1)], id="nothing lost"),
        pytest.param([row("a.1", 1, "failed", 0), row("a.2", 3, "passed", 1), row("b.1", 1, "failed", 0.5)], id="some"),
        pytest.param([row("a.1", 1, "blocked", 0), row("b.1", 1, "failed", 0)], id="all"),
        pytest.param([row("a.1", 2, "inconclusive", 0), row("a.2", 3, "failed", 0.5)], id="a part inconclusive"),
        pytest.param([row("a.1", 2, "inconclusive", 0), row("b.1", 1, "failed", 0.2)], id="a category inconclusive"),
        pytest.param([row("a.1", 2, "inconclusive", 0)], id="all inconclusive"),
    ],
)
def test_what_was_lost_is_what_the_score_lacks(samples: Any, rows: list[tuple[str, float, Verdict, float]]) -> None:
    """Losses add up to 100 less the total, worths to 100 where anything counts."""
    infos = [
        CheckInfo(id=name, category=name[0], level=Level.JUNIOR, weight=weight, title="t", why="w", file="a.py", line=1)
        for name, weight, *_ in rows
    ]
    results = {name: CheckResult(id=name, verdict=verdict, credit=credit) for name, _, verdict, credit in rows}
    checks = [samples.check(name, verdict, weight=weight, credit=credit) for name, weight, verdict, credit in rows]
    report = samples.report(*checks).model_copy(update={"score": score(infos, results, WEIGHTS)})
    counts = any(verdict is not Verdict.INCONCLUSIVE for _, _, verdict, _ in rows)
    assert sum(worths(report).values()) == pytest.approx(100 if counts else 0)
    if counts:
        assert 100 - sum(losses(report).values()) == pytest.approx(report.score.total, abs=0.1)


def test_without_a_score_nothing_is_worth_anything(samples: Any) -> None:
    """A run that failed has lost nothing for the candidate."""
    report = samples.report(samples.check("a.1", Verdict.FAILED)).model_copy(update={"score": None})
    assert losses(report) == {"a.1": 0.0}
