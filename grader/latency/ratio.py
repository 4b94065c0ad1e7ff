"""From blocks to ratios with their uncertainty, and from ratios to tiers.

A pair is a block of the application and one of the reference, one after the other. What the machine did meanwhile, it
did to both, so the ratio of a pair says more than the two figures. Its logarithm is averaged over pairs; the interval
is bootstrapped over them. Taken as they come, percentiles of few resampled pairs lie too close together, so they are
expanded (T. Hesterberg, "What Teachers Should Know About the Bootstrap", 2015, section 5.3.3,
https://arxiv.org/abs/1411.5279).

Two processes of one program differ a little for as long as they live: by where their memory lies, by the seed of their
hashes, by the CPU they are on. More pairs of the same two do not average that out, so the interval is wider by what was
seen of it (T. Kalibera, R. Jones, "Rigorous Benchmarking in Reasonable Time", 2013,
https://doi.org/10.1145/2464157.2464160; the figures are in docs/latency.md).
"""

import math
import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from grader.verdicts import LoadSeen

RESAMPLES: Final = 2_000
CONFIDENCE: Final = 0.99
"""Higher than usual: it is looked at after every pair, and each look is an occasion to be wrong."""
ALIKE: Final = 1.05
"""How much two processes of one program may differ, as a ratio."""
QUANTILES: Final = (0.5, 0.95)


@dataclass(frozen=True, slots=True)
class Interval:
    """A ratio: application over reference, with its uncertainty."""

    ratio: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.ratio:.2f} (between {self.low:.2f} and {self.high:.2f})"


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies (nearest rank).

    Args:
        values: at least one, in any order.
        share: 0 to 1.
    """
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def interval(pairs: Sequence[tuple[LoadSeen, LoadSeen]], share: float, rng: random.Random) -> Interval:
    """The ratio of a quantile of the latency.

    Args:
        pairs: (application, reference), at least two, each with latencies.
        share: which quantile, 0 to 1.
        rng: draws the resamples.
    """
    logs = [
        math.log(quantile(mine.latencies, share) / quantile(reference.latencies, share)) for mine, reference in pairs
    ]
    means = sorted(statistics.fmean(rng.choices(logs, k=len(logs))) for _ in range(RESAMPLES))
    tail = _expanded((1 - CONFIDENCE) / 2, len(logs))
    low, high = quantile(means, tail), quantile(means, 1 - tail)
    return Interval(math.exp(statistics.fmean(logs)), math.exp(low) / ALIKE, math.exp(high) * ALIKE)


def _expanded(tail: float, count: int) -> float:
    """The share of resamples to cut off at each end, so that the interval is as wide as Student's would be."""
    normal = statistics.NormalDist()
    return normal.cdf(-math.sqrt(count / (count - 1)) * _student(-normal.inv_cdf(tail), count - 1))


def _student(z: float, degrees: int) -> float:
    """Student's quantile for the normal one (Abramowitz and Stegun, "Handbook of Mathematical Functions", 26.7.5)."""
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / degrees + second / degrees**2 + third / degrees**3


def reached(intervals: Sequence[Interval], factor: float) -> bool | None:
    """Whether all ratios are at most a factor; None while that cannot be told."""
    if any(one.low > factor for one in intervals):
        return False
    return True if all(one.high <= factor for one in intervals) else None
