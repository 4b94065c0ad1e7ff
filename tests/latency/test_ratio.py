"""From blocks to ratios: exact where it can be, within the interval where it is drawn."""

import random

import pytest

from grader.latency.ratio import ALIKE, Interval, interval, quantile, reached
from grader.verdicts import LoadSeen


def seen(*latencies: float) -> LoadSeen:
    return LoadSeen(latencies=list(latencies), lags=[0.0] * len(latencies), scheduled=len(latencies))


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1), (0.5, 5), (0.51, 6), (0.95, 10), (1.0, 10)])
def test_a_quantile_is_a_value_that_was_seen(share: float, expected: int) -> None:
    """Nearest rank: at least this share of the values are not above it."""
    assert quantile([3, 1, 2, 10, 9, 8, 4, 5, 6, 7], share) == expected


def test_equal_pairs_leave_what_two_processes_may_differ_by() -> None:
    """Each pair says two, so the ratio is two, as far as two processes of one program are alike."""
    found = interval([(seen(0.2, 0.4), seen(0.1, 0.2))] * 6, 0.5, random.Random(1))
    assert (found.ratio, found.low, found.high) == pytest.approx((2.0, 2.0 / ALIKE, 2.0 * ALIKE))


def test_what_slows_both_down_changes_nothing() -> None:
    """A machine that is ten times slower for some pairs is the same for both sides of them."""
    pairs = [(seen(0.2 * slow), seen(0.1 * slow)) for slow in (1, 10, 3, 7, 1, 5)]
    assert interval(pairs, 0.95, random.Random(1)).ratio == pytest.approx(2.0)


@pytest.mark.parametrize("count", [8, 24])
def test_the_interval_holds_the_truth_as_often_as_it_says(count: int) -> None:
    """Pairs whose logarithms are normal around log 2: nearly always, with few of them as with many."""
    rng = random.Random(7)
    held = 0
    for _ in range(200):
        pairs = [(seen(2 * rng.lognormvariate(0, 0.2)), seen(1.0)) for _ in range(count)]
        found = interval(pairs, 0.5, rng)
        held += found.low <= 2 <= found.high
    assert held >= 192


@pytest.mark.parametrize(
    ("low", "high", "expected"), [(0.9, 1.9, True), (1.9, 2.0, True), (1.9, 2.1, None), (2.1, 3.0, False)]
)
def test_a_tier_is_reached_once_the_interval_clears_it(low: float, high: float, expected: bool | None) -> None:
    """And missed once it is wholly above; in between more is to be seen."""
    assert reached([Interval(1.0, 0.9, 1.1), Interval(2.0, low, high)], 2.0) is expected


def test_one_ratio_that_is_above_is_enough() -> None:
    """Whatever the other one may yet be."""
    assert reached([Interval(2.0, 1.5, 2.5), Interval(3.0, 2.5, 3.5)], 2.0) is False
