"""Charts show what was measured: in order, within their box, and nothing where there is nothing."""

import math
import re

import pytest

from grader.report.html.charts import BOTTOM, LEFT, RIGHT, TOP, distribution_chart, ratio_chart


def test_both_curves_rise_from_nothing_to_all_on_one_axis() -> None:
    """The slower one lies further right, by the same share of the axis wherever it is twice as slow."""
    mine, theirs = [float(n) for n in range(10, 110)], [2.0 * n for n in range(10, 110)]
    chart = distribution_chart(mine, theirs)
    assert chart is not None
    for curve in (chart.application, chart.reference):
        points = [tuple(map(float, point.split())) for point in re.split("[ML] ?", curve.path) if point]
        assert points == sorted(points, key=lambda point: (point[0], -point[1]))
        assert (points[0][1], points[-1][1]) == (BOTTOM, TOP)
        assert all(LEFT <= x <= RIGHT for x, _ in points)
    apart = [their[0] - my[0] for my, their in zip(chart.application.dots, chart.reference.dots, strict=True)]
    assert apart[0] > 0
    assert apart[0] == pytest.approx(apart[1], abs=1)


@pytest.mark.parametrize(("mine", "theirs"), [([], [1.0]), ([1.0], []), ([math.nan], [1.0])])
def test_a_side_without_answers_has_no_chart(mine: list[float], theirs: list[float]) -> None:
    """A saturated application has nothing to compare."""
    assert distribution_chart(mine, theirs) is None


@pytest.mark.parametrize("value", [0.0, 1e-9, 5.0, 1e9])
def test_equal_latencies_make_a_chart_still(value: float) -> None:
    """Also zeros, which have no logarithm."""
    chart = distribution_chart([value] * 5, [value] * 5)
    assert chart is not None
    assert chart.application.path == chart.reference.path


def test_ticks_are_few_and_round() -> None:
    """1, 2, 5, and over many decades only the powers of ten."""
    fine, coarse = distribution_chart([3.0], [70.0]), distribution_chart([0.01], [60_000.0])
    assert fine is not None
    assert coarse is not None
    assert [tick.label for tick in fine.ticks] == ["5", "10", "20", "50"]
    assert [tick.label for tick in coarse.ticks] == ["0.01", "0.1", "1", "10", "100", "1000", "10000"]


def test_an_interval_lies_beside_the_tiers_as_it_should() -> None:
    """Below two is left of the line of two."""
    chart = ratio_chart({"p50": (0.9, 1.2, 1.6), "p95": (3.0, 5.0, 9.0)}, [2.0, 4.0])
    assert chart is not None
    one, two, four = (line.at for line in chart.lines)
    p50, p95 = chart.rows
    assert p50.low < one < p50.at < p50.high < two < p95.low < four < p95.at < p95.high <= RIGHT
    assert [line.label for line in chart.lines] == ["1×", "2×", "4×"]


@pytest.mark.parametrize("ends", [(0.0, 1.0, 2.0), (1.0, math.inf, math.inf), (math.nan,) * 3])
def test_what_cannot_be_drawn_is_left_out(ends: tuple[float, float, float]) -> None:
    """The words and the table still say it."""
    assert ratio_chart({"p50": ends}, [2.0]) is None
