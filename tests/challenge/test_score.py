"""From verdicts to a score: shares of weight, level reached, and what is left out."""

from itertools import count

import pytest

from grader.challenge.catalogue import CheckInfo
from grader.challenge.score import Score, score
from grader.verdicts import CheckResult, Level, Verdict

WEIGHTS = {"validation": 60, "async": 40}
_numbers = count()


def graded(*rows: tuple[str, str, float, Verdict, float]) -> Score:
    """Score rows of (category, level, weight, verdict, credit)."""
    checks, results = [], {}
    for category, level, weight, verdict, credit in rows:
        name = f"check.{next(_numbers)}"
        checks.append(
            CheckInfo(
                id=name, category=category, level=Level(level), weight=weight, title="t", why="w", file="f", line=1
            )
        )
        results[name] = CheckResult(id=name, verdict=verdict, credit=credit)
    return score(checks, results, WEIGHTS)


PASSED, FAILED = (Verdict.PASSED, 1.0), (Verdict.FAILED, 0.0)
BLOCKED, INCONCLUSIVE = (Verdict.BLOCKED, 0.0), (Verdict.INCONCLUSIVE, 0.0)


def test_all_passed_is_100() -> None:
    """Whatever the weights, nothing lost is 100."""
    result = graded(
        ("validation", "junior", 3, *PASSED), ("validation", "mid", 0.1, *PASSED), ("async", "mid", 7, *PASSED)
    )
    assert result.total == 100
    assert {name: part.score for name, part in result.categories.items()} == {"validation": 100, "async": 100}


def test_categories_weigh_as_the_rubric_says() -> None:
    """A lost category costs its weight, however many checks it has."""
    result = graded(
        ("validation", "junior", 1, *PASSED), ("async", "junior", 1, *FAILED), ("async", "junior", 9, *FAILED)
    )
    assert result.total == 60


def test_weights_within_a_category_share_it() -> None:
    """A check of weight 3 beside one of weight 1 carries three quarters."""
    result = graded(
        ("validation", "junior", 3, *PASSED), ("validation", "junior", 1, *FAILED), ("async", "junior", 1, *PASSED)
    )
    assert result.categories["validation"].score == 75
    assert result.total == 85


def test_partial_credit_counts_by_share() -> None:
    """Half of the cases earn half of the weight."""
    result = graded(("validation", "junior", 1, Verdict.FAILED, 0.5), ("async", "junior", 1, *PASSED))
    assert result.total == 70


def test_blocked_earns_nothing() -> None:
    """What could not be reached is lost."""
    assert graded(("validation", "junior", 1, *BLOCKED), ("async", "junior", 1, *PASSED)).total == 40


def test_inconclusive_is_left_out_of_both_sides() -> None:
    """The machine's trouble neither earns nor costs."""
    result = graded(
        ("validation", "junior", 9, *INCONCLUSIVE),
        ("validation", "junior", 1, *PASSED),
        ("async", "junior", 1, *PASSED),
    )
    assert result.total == 100


def test_a_category_with_nothing_conclusive_is_left_out() -> None:
    """Its weight goes to the others, and it has no score."""
    result = graded(("validation", "junior", 1, *PASSED), ("async", "junior", 1, *INCONCLUSIVE))
    assert result.total == 100
    assert result.categories["async"].score is None


def test_what_was_lost_shows() -> None:
    """99.99 is not rounded up to 100, and nothing is added by floating point."""
    result = graded(
        ("validation", "junior", 10_000, *PASSED), ("validation", "junior", 1, *FAILED), ("async", "junior", 1, *PASSED)
    )
    assert result.total == 99.9


@pytest.mark.parametrize(
    ("junior", "mid", "senior", "reached"),
    [
        pytest.param(10, 10, 10, Level.SENIOR, id="everything"),
        pytest.param(10, 10, 0, Level.MID, id="all but senior"),
        pytest.param(8, 0, 0, Level.JUNIOR, id="exactly 80 % of junior"),
        pytest.param(7, 0, 0, None, id="not even junior"),
        pytest.param(10, 6, 0, Level.MID, id="80 % of junior and mid together"),
        pytest.param(10, 5, 0, Level.JUNIOR, id="less than that"),
        pytest.param(6, 10, 10, Level.SENIOR, id="a weak start made good above"),
    ],
)
def test_the_level_is_the_highest_with_80_percent_of_its_and_the_lower_weight(
    junior: int, mid: int, senior: int, reached: Level | None
) -> None:
    """Ten checks of equal weight a level."""
    rows = [
        ("validation", level, 1.0, *(PASSED if number < passed else FAILED))
        for level, passed in (("junior", junior), ("mid", mid), ("senior", senior))
        for number in range(10)
    ]
    assert graded(*rows).level is reached


def test_a_level_without_checks_is_never_reached() -> None:
    """A junior challenge cannot make anybody senior."""
    result = graded(("validation", "junior", 1, *PASSED))
    assert result.level is Level.JUNIOR
    assert list(result.levels) == [Level.JUNIOR]
