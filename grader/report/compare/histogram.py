"""Geometry of the histogram of scores, in units of its view box."""

from dataclasses import dataclass
from typing import Final

from grader.report.compare.model import Distribution
from grader.report.html.charts import BOTTOM, LEFT, RIGHT, Tick

_TALLEST: Final = 150.0
_GAP: Final = 2.0


@dataclass(frozen=True)
class Bar:
    """One bin of scores."""

    x: float
    y: float
    width: float
    height: float
    middle: float
    count: int
    words: str
    """Such as `30 to below 40`."""


@dataclass(frozen=True)
class Histogram:
    """Bars, the scores below them, and where the median lies."""

    bars: list[Bar]
    ticks: list[Tick]
    median: Tick


def histogram(distribution: Distribution) -> Histogram:
    """Lay out the bars; the fullest is as tall as there is room."""
    fullest = max(one.candidates for one in distribution.bins)
    bars = []
    for one in distribution.bins:
        height = round(_TALLEST * one.candidates / fullest, 1)
        left, right = _at(one.low), _at(one.high)
        words = f"{one.low} to {one.high}" if one.high == 100 else f"{one.low} to below {one.high}"  # noqa: PLR2004
        bars.append(
            Bar(
                x=left + _GAP / 2,
                y=round(BOTTOM - height, 1),
                width=round(right - left - _GAP, 1),
                height=height,
                middle=round((left + right) / 2, 1),
                count=one.candidates,
                words=words,
            )
        )
    ticks = [Tick(_at(score), str(score)) for score in range(0, 101, 20)]
    return Histogram(bars, ticks, Tick(_at(distribution.median), f"{distribution.median:g}"))


def _at(score: float) -> float:
    return round(LEFT + (RIGHT - LEFT) * score / 100, 1)
