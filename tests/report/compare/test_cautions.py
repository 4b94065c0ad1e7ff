"""What differs between runs is said, with whom it is about; what does not is not."""

from typing import Any

import pytest

from grader.report.model import ChallengeFacts


def challenge(version: str = "1.0.0", digest: str = "0") -> dict[str, Any]:
    """Change of a report."""
    return {"challenge": ChallengeFacts(slug="tiny", title="Tiny", version=version, hash=digest * 64)}


def environment(cohort: Any, **changes: Any) -> dict[str, Any]:
    """Change of a report."""
    return {"environment": cohort.report("x").environment.model_copy(update=changes)}


def test_a_cohort_of_equal_runs_has_none(cohort: Any) -> None:
    """Nothing is warned of without a reason."""
    cohort.add("ann", seed=1)
    cohort.add("bob", "---", seed=2)
    cohort.without("tim")
    assert cohort.compared().warnings == []


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("challenge-version", "1.1.0"),
        ("challenge-hash", "1.0.0, SHA-256 ffffffffffff"),
        ("grader-version", "9.9.9"),
        ("isolation", "none"),
        ("images", "harness sha256:2"),
        ("options", "database=postgres"),
        ("only", "users.list"),
        ("inconclusive", "async.fan-out"),
    ],
)
def test_each_difference_is_named_with_whom_it_is_about(cohort: Any, kind: str, value: str) -> None:
    """The majority first, then the exception."""
    same = environment(cohort, images={"harness": "sha256:1"})
    other: dict[str, Any] = {
        "challenge-version": challenge("1.1.0"),
        "challenge-hash": challenge(digest="f"),
        "grader-version": {"grader_version": "9.9.9"},
        "isolation": environment(cohort, images={"harness": "sha256:1"}, isolation="none"),
        "images": environment(cohort, images={"harness": "sha256:2"}),
        "options": {"options": {"database": "postgres"}},
        "only": {"only": ["users.list"]},
        "inconclusive": {"marks": "++?"},
    }[kind]
    cohort.add("ann", **same)
    cohort.add("bob", **same)
    cohort.add("odd", **(same | other))
    (warning,) = cohort.compared().warnings
    assert warning.kind == kind
    assert {group.value: group.candidates for group in warning.groups}[value] == ["odd"]
    assert len(warning.groups) == (1 if kind == "inconclusive" else 2)
    assert warning.groups[0].candidates == (["odd"] if kind == "inconclusive" else ["ann", "bob"])


def test_versions_have_hashes_of_their_own(cohort: Any) -> None:
    """That is no second warning."""
    cohort.add("ann", **challenge("1.0.0", "0"))
    cohort.add("bob", **challenge("1.1.0", "1"))
    assert [one.kind for one in cohort.compared().warnings] == ["challenge-version"]


def test_the_same_part_of_all_is_said_once(cohort: Any) -> None:
    """Nothing differs, but no score is one of a submission."""
    cohort.add("ann", "+", only=["users.list"])
    cohort.add("bob", "-", only=["users.list"])
    (warning,) = cohort.compared().warnings
    assert "scores of a part" in warning.message
