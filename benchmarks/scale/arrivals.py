"""When submissions of one day come, as sorted seconds since midnight."""

import random
from collections.abc import Callable

from benchmarks.scale.plant import DAY, HOUR

EVENING = 2 * HOUR


def even(count: int, rng: random.Random) -> list[float]:
    """All hours alike."""
    return sorted(rng.uniform(0, DAY) for _ in range(count))


def office(count: int, rng: random.Random) -> list[float]:
    """Nine in ten between eight and eighteen, with a peak at fourteen; the others at any time."""
    return sorted(
        rng.triangular(8 * HOUR, 18 * HOUR, 14 * HOUR) if rng.random() < 0.9 else rng.uniform(0, DAY)
        for _ in range(count)
    )


def deadline(count: int, rng: random.Random) -> list[float]:
    """Closing at midnight: half in the last two hours, and of those ever more; the others spread over the day."""
    return sorted(
        rng.triangular(DAY - EVENING, DAY, DAY) if rng.random() < 0.5 else rng.uniform(0, DAY - EVENING)
        for _ in range(count)
    )


def at_once(count: int, rng: random.Random) -> list[float]:  # noqa: ARG001  # a pattern like the others
    """All of them lie there as the day begins."""
    return [0.0] * count


Pattern = Callable[[int, random.Random], list[float]]
PATTERNS: dict[str, Pattern] = {"even": even, "office hours": office, "deadline at midnight": deadline}
