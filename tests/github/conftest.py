"""Reports and machines for what is shown in GitHub Actions."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from grader.challenge.score import Part, Score
from grader.report.logbook import Logbook
from grader.report.model import CheckReport, Problem, Report, Status
from grader.request import Request
from grader.verdicts import Evidence, Finding, Level, Verdict

FINDING = Finding(case="a case", expected="100%", got=": or ::error::")


def _check(name: str, verdict: Verdict, public: bool, weight: float) -> CheckReport:
    return CheckReport(
        id=name,
        category="a",
        level=Level.JUNIOR,
        weight=weight,
        verdict=verdict,
        credit=1.0 if verdict is Verdict.PASSED else 0.0,
        title=f"What `{name}` asks for.",
        why="It matters.",
        seconds=0.1,
        evidence=Evidence(findings=[FINDING] if verdict is Verdict.FAILED else []),
        curl=None,
        question=None,
        repeat="grader run jane.zip",
        public=public,
    )


@pytest.fixture
def make_report() -> Callable[..., Report]:
    """A report of checks that are given as (id, verdict, public)."""

    def make(
        *checks: tuple[str, Verdict, bool],
        status: Status = Status.GRADED,
        problem: dict[str, Any] | None = None,
        weights: dict[str, float] | None = None,
    ) -> Report:
        found = [_check(name, verdict, public, (weights or {}).get(name, 1)) for name, verdict, public in checks]
        part = Part(score=50.0, weight=100, passed=1, checks=len(found))
        graded = status is Status.GRADED
        blank = Logbook(Request(Path("jane.zip"), seed=1), created_at=datetime(2026, 11, 1, tzinfo=UTC)).report()
        return blank.model_copy(
            update={
                "status": status,
                "checks": found,
                "problem": Problem(**problem) if problem else None,
                "score": Score(total=50.0, level=None, categories={"a": part}, levels={}) if graded else None,
            }
        )

    return make
