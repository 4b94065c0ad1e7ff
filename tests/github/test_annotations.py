"""Annotations tell why there is no score, or which public checks failed; of hidden checks they tell nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from grader.github.annotations import SHOWN, annotations
from grader.report.model import Report, Status
from grader.verdicts import Verdict

MakeReport = Callable[..., Report]


def test_only_failed_public_checks_are_told(make_report: MakeReport) -> None:
    """What passed, was blocked or is hidden has none."""
    report = make_report(
        ("a.shown", Verdict.FAILED, True),
        ("a.passed", Verdict.PASSED, True),
        ("a.blocked", Verdict.BLOCKED, True),
        ("a.hidden", Verdict.FAILED, False),
    )
    assert annotations(report) == [
        "::error title=a.shown::What `a.shown` asks for.%0Acase a case%0Aexpected 100%25%0Agot : or ::error::"
    ]


def test_nothing_is_told_where_nothing_failed(make_report: MakeReport) -> None:
    """A job without a fault has no annotation."""
    assert annotations(make_report(("a.one", Verdict.PASSED, True))) == []


def test_their_number_is_bounded(make_report: MakeReport) -> None:
    """GitHub shows ten; the tenth says how many there are besides, and the costliest come first."""
    report = make_report(*((f"a.n{number}", Verdict.FAILED, True) for number in range(30)), weights={"a.n17": 5})
    lines = annotations(report)
    assert len(lines) == SHOWN + 1 == 10
    assert lines[0].startswith("::error title=a.n17::")
    assert lines[-1] == "::error title=More failed::21 more public checks failed; see the summary of this job"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        pytest.param(Status.REJECTED, "The submission cannot be graded", id="rejected"),
        pytest.param(Status.INFRASTRUCTURE_ERROR, "The grader failed; this says nothing about", id="infrastructure"),
    ],
)
def test_why_there_is_no_score_is_told(make_report: MakeReport, status: Status, words: str) -> None:
    """Once, with what to do, and so that a message of the candidate's stays in its place."""
    problem: dict[str, Any] = {"kind": "X", "message": "no\n::add-mask::app", "hint": "mend it"}
    line, *more = annotations(make_report(("a.one", Verdict.FAILED, True), status=status, problem=problem))
    assert line.startswith(f"::error title={words}")
    assert line.endswith("::no%0A::add-mask::app%0Amend it")
    assert more == []
