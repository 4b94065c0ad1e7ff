"""Geometry of the charts, in units of their view box. Templates draw it; what is drawn is also in a table."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 400.0
LEFT: Final = 44.0
RIGHT: Final = 388.0
TOP: Final = 12.0
BOTTOM: Final = 190.0
ROW: Final = 34.0
_STEPS = 100
_MOST_TICKS = 7


@dataclass(frozen=True)
class Tick:
    """A place on an axis."""

    at: float
    label: str


@dataclass(frozen=True)
class Axis:
    """A logarithmic axis, since what matters of latencies is how many times longer one is than another."""

    low: float
    high: float

    def at(self, value: float) -> float:
        """Where a value lies; what is beyond the ends lies at them."""
        value = min(max(value, self.low), self.high)
        return round(LEFT + (RIGHT - LEFT) * math.log(value / self.low) / math.log(self.high / self.low), 1)

    def ticks(self) -> list[Tick]:
        """Round values, few enough to be told apart."""
        first = math.floor(math.log10(self.low))
        powers = range(first, math.ceil(math.log10(self.high)) + 1)
        fine = [digit * 10.0**power for power in powers for digit in (1, 2, 5)]
        coarse = [10.0**power for power in powers]
        within = [value for value in fine if self.low <= value <= self.high]
        if len(within) > _MOST_TICKS:
            within = [value for value in coarse if self.low <= value <= self.high]
        return [Tick(self.at(value), f"{value:g}") for value in within]


@dataclass(frozen=True)
class Curve:
    """The share of requests that were answered within a time, as a path, and the two points of it that are judged."""

    path: str
    dots: list[tuple[float, float]]


@dataclass(frozen=True)
class DistributionChart:
    """Both distributions on one axis of milliseconds."""

    ticks: list[Tick]
    shares: list[Tick]
    application: Curve
    reference: Curve


@dataclass(frozen=True)
class RatioRow:
    """An interval, and the ratio in it."""

    name: str
    y: float
    low: float
    at: float
    high: float


@dataclass(frozen=True)
class RatioChart:
    """Intervals beside the tiers."""

    rows: list[RatioRow]
    lines: list[Tick]
    bottom: float


def distribution_chart(application: Sequence[float], reference: Sequence[float]) -> DistributionChart | None:
    """Both distributions; None where one of them is empty.

    Args:
        application: its latencies in milliseconds.
        reference: those of the reference.
    """
    mine, theirs = _sound(application), _sound(reference)
    if not mine or not theirs:
        return None
    low, high = min(mine[0], theirs[0]), max(mine[-1], theirs[-1])
    axis = Axis(low, high) if high > 1.5 * low else Axis(low / 1.3, high * 1.3)  # room to see it
    shares = [Tick(_height(share), f"{share:.0%}") for share in (0, 0.5, 0.95)]
    return DistributionChart(axis.ticks(), shares, _curve(mine, axis), _curve(theirs, axis))


def ratio_chart(ratios: dict[str, tuple[float, float, float]], factors: Sequence[float]) -> RatioChart | None:
    """Intervals; None where there is none.

    Args:
        ratios: name → low, ratio, high.
        factors: of the tiers.
    """
    sound = {name: ends for name, ends in ratios.items() if all(0 < end < math.inf for end in ends)}
    if not sound:
        return None
    low = min(0.5, *(ends[0] / 1.1 for ends in sound.values()))
    high = max(2.0, *(1.3 * factor for factor in factors), *(ends[2] * 1.1 for ends in sound.values()))
    axis = Axis(low, high)
    rows = [
        RatioRow(name, TOP + ROW * (number + 0.9), axis.at(ends[0]), axis.at(ends[1]), axis.at(ends[2]))
        for number, (name, ends) in enumerate(sound.items())
    ]
    lines = [Tick(axis.at(factor), f"{factor:g}×") for factor in (1.0, *factors)]
    return RatioChart(rows, lines, TOP + ROW * (len(rows) + 0.4))


def _sound(latencies: Sequence[float]) -> list[float]:
    # A thousandth of a millisecond for what was rounded to none: a logarithm needs it.
    return sorted(max(value, 0.001) for value in latencies if math.isfinite(value))


def _curve(ordered: list[float], axis: Axis) -> Curve:
    points = [(axis.at(_at(ordered, step / _STEPS)), _height(step / _STEPS)) for step in range(_STEPS + 1)]
    path = "M" + " L".join(f"{x:g} {y:g}" for x, y in points)
    return Curve(path, [(axis.at(_at(ordered, share)), _height(share)) for share in (0.5, 0.95)])


def _at(ordered: list[float], share: float) -> float:
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _height(share: float) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * share, 1)
