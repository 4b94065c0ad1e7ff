"""Who stands where: ranks, ties, one report a submission, and what becomes of those without a score."""

from datetime import timedelta
from typing import Any

import pytest

from grader.errors import UsageError
from grader.report.model import ChallengeFacts, Status


def test_equal_scores_have_one_rank_and_the_next_counts_them(cohort: Any) -> None:
    """1, 2, 2, 4; within a tie the order is that of the names, which says nothing."""
    for name, marks in {"zoe": "+++", "bob": "+-+", "ann": "+-+", "tim": "---"}.items():
        cohort.add(name, marks)
    assert cohort.names() == [(1, "zoe"), (2, "ann"), (2, "bob"), (4, "tim")]
    assert [one.tied for one in cohort.compared().candidates] == [False, True, True, False]


def test_a_tie_of_all_is_one_rank(cohort: Any) -> None:
    """Nobody is second."""
    for name in ("ann", "bob", "tim"):
        cohort.add(name)
    assert cohort.names() == [(1, "ann"), (1, "bob"), (1, "tim")]


def test_the_newest_report_of_the_same_files_counts(cohort: Any, handed_in: Any) -> None:
    """Whatever the files' names and order; all names are kept, and a warning says which report it is."""
    cohort.add("jane", "+++", folder="a", submission=handed_in("jane", "same"))
    cohort.add(
        "jane-final",
        "---",
        folder="b",
        submission=handed_in("jane-final", "same"),
        created_at=cohort.report("x").created_at + timedelta(hours=1),
    )
    compared = cohort.compared()
    assert [(one.name, one.score, one.origin.also) for one in compared.candidates] == [("jane-final", 0.0, ["jane"])]
    (warning,) = compared.warnings
    assert warning.kind == "several-reports"
    assert "b/report.json (jane-final, 2026-03-01 13:00) counts, not" in warning.groups[0].value
    assert "a/report.json (jane, 2026-03-01 12:00)" in warning.groups[0].value


@pytest.mark.parametrize("later", ["infrastructure", "part"])
def test_what_is_no_verdict_on_the_submission_takes_no_verdicts_place(cohort: Any, later: str) -> None:
    """A broken machine, or one check that an interviewer tried again, comes after the grading and counts not."""
    cohort.add("jane", "+++", folder="a")
    at = {"created_at": cohort.report("x").created_at + timedelta(hours=1)}
    if later == "part":
        cohort.add("jane", "-", folder="b", only=["users.list"], **at)
    else:
        cohort.without("jane", "PodError", folder="b", **at)
    compared = cohort.compared()
    assert [(one.rank, one.score) for one in compared.candidates] == [(1, 100.0)]
    assert compared.unscored == []


def test_the_same_name_twice_is_told_apart(cohort: Any, handed_in: Any) -> None:
    """Everybody's archive may be called `submission`."""
    cohort.add("submission", folder="a", submission=handed_in("submission", "one"))
    cohort.add("submission", folder="b", submission=handed_in("submission", "other"))
    names = [name for _, name in cohort.names()]
    assert len(set(names)) == 2
    assert all(name.startswith("submission (") for name in names)


def test_without_a_score_is_not_a_score_of_zero(cohort: Any) -> None:
    """They have no rank, stand apart with the reason, and are in no figure."""
    cohort.add("ann", "+++")
    cohort.add("zero", "---")
    cohort.without("rejected")
    cohort.without("unlucky", "PodError")
    compared = cohort.compared()
    assert cohort.names(compared) == [(1, "ann"), (2, "zero")]
    assert [(one.name, one.status, one.kind) for one in compared.unscored] == [
        ("rejected", Status.REJECTED, "StartRejected"),
        ("unlucky", Status.INFRASTRUCTURE_ERROR, "PodError"),
    ]
    assert "it ended" in compared.unscored[0].reason
    assert (compared.distribution.lowest, compared.distribution.highest) == (0, 100)
    assert sum(one.candidates for one in compared.distribution.bins) == 2
    assert [check.passed + check.failed for check in compared.checks] == [2, 2, 2]


def test_nobody_has_a_score(cohort: Any) -> None:
    """That can be compared too."""
    cohort.without("rejected")
    compared = cohort.compared()
    assert (compared.candidates, compared.distribution, compared.checks) == ([], None, [])


def test_a_score_of_a_part_has_no_rank_beside_scores_of_all(cohort: Any) -> None:
    """One check that passed does not make the best of all."""
    cohort.add("ann", "+-+")
    cohort.add("part", "+", only=["users.list"])
    assert cohort.names() == [(1, "ann"), (None, "part")]
    assert [one.score for one in cohort.compared().candidates] == [70.0, 100.0]


def test_the_same_part_of_all_is_ranked(cohort: Any) -> None:
    """Then the scores are alike."""
    cohort.add("ann", "+", only=["users.list"])
    cohort.add("bob", "-", only=["users.list"])
    assert cohort.names() == [(1, "ann"), (2, "bob")]


def test_different_challenges_are_refused(cohort: Any) -> None:
    """One line that says which."""
    cohort.add("ann")
    cohort.add("bob", challenge=ChallengeFacts(slug="other", title="Other", version="1.0.0", hash="0" * 64))
    with pytest.raises(UsageError, match=r"tiny \(.*ann/report.json\), other \(.*bob/report.json\)"):
        cohort.compared()


def test_each_check_over_all(cohort: Any) -> None:
    """The share is of those for whom it was decided; blocked is not passed."""
    for name, marks in {"ann": "+++", "bob": "+-?", "tim": "+o?"}.items():
        cohort.add(name, marks)
    shares = {check.id: check.share for check in cohort.compared().checks}
    assert shares == {"users.list": 1.0, "users.total": pytest.approx(1 / 3), "async.fan-out": 1.0}


def test_a_check_that_was_decided_for_nobody_has_no_share(cohort: Any) -> None:
    """Neither nobody nor everybody passed it."""
    cohort.add("ann", "++?")
    assert cohort.compared().checks[-1].share is None


def test_the_distribution(cohort: Any) -> None:
    """Bins of ten points; the last one holds 100."""
    for name, marks in {"ann": "+++", "bob": "++-", "tim": "---"}.items():
        cohort.add(name, marks)
    spread = cohort.compared().distribution
    assert {one.low: one.candidates for one in spread.bins if one.candidates} == {0: 1, 60: 1, 90: 1}
    assert (spread.median, spread.bins[-1].high) == (60, 100)


def test_links_lead_to_the_pages_that_are_there(cohort: Any) -> None:
    """Relative, so that the whole folder can be moved; no name of a folder is read as a scheme or as markup."""
    cohort.add("ann", folder="javascript:alert(1)")
    cohort.add("bob", folder="b c?#\"'<é")
    cohort.add("tim").with_suffix(".html").unlink()
    pages = {one.name: one.origin.page for one in cohort.compared().candidates}
    assert pages == {
        "ann": "./reports/javascript%3Aalert%281%29/report.html",
        "bob": "./reports/b%20c%3F%23%22%27%3C%C3%A9/report.html",
        "tim": None,
    }
