"""How many machines are enough."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from benchmarks.measured import ServiceTimes
from benchmarks.scale.arrivals import Pattern
from benchmarks.scale.jobs import Mix, jobs
from benchmarks.scale.outcome import Outcome
from benchmarks.scale.plant import Faults, Plant
from benchmarks.scale.simulation import Simulation

SHARE = 0.95
"""Of the submissions that wait no longer than the target."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day to be simulated.

    Attributes:
        times: measured service times.
        pattern: of the arrivals.
        count: submissions.
        plant: its number of machines is replaced.
        mix: who hands in what.
        faults: what breaks.
        seeds: a day is simulated with each.
    """

    times: ServiceTimes
    pattern: Pattern
    count: int
    plant: Plant = field(default_factory=lambda: Plant(1))
    mix: Mix = field(default_factory=Mix)
    faults: Faults = field(default_factory=Faults)
    seeds: tuple[int, ...] = (1, 2)

    def simulate(self, machines: int, seed: int) -> Outcome:
        """One such day. Arrivals and submissions are those of the seed, whatever the number of machines."""
        rng = random.Random(f"jobs {seed}")  # noqa: S311  # repeats
        coming = jobs(self.times, self.mix, self.pattern(self.count, rng), rng)
        chance = random.Random(f"faults {seed}")  # noqa: S311
        return Simulation(replace(self.plant, machines=machines), self.faults, chance).run(coming)

    def outcomes(self, machines: int) -> list[Outcome]:
        """One for each seed."""
        return [self.simulate(machines, seed) for seed in self.seeds]


def fewest(enough: Callable[[int], bool], guess: int = 1) -> int:
    """The smallest number that is enough, where more of what is enough is enough as well.

    Args:
        enough: asked about few numbers, since each answer is dear.
        guess: where to begin; steps away from it double.
    """
    step = 1
    if enough(guess):
        low, high = guess - step, guess
        while low > 0 and enough(low):
            step *= 2
            low, high = low - step, low
    else:
        low, high = guess, guess + step
        while not enough(high):
            step *= 2
            low, high = high, high + step
    low = max(low, 0)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def machines_needed(day: Day, targets: tuple[float, ...], guess: int = 4) -> Iterator[tuple[float, int, list[Outcome]]]:
    """For each target, in seconds, how many machines keep the wait of 95 in 100 below it on every seed's day."""
    number = guess
    seen: dict[int, list[Outcome]] = {}

    def wait(machines: int) -> float:
        if machines not in seen:
            seen[machines] = day.outcomes(machines)
        return max(outcome.wait(SHARE) for outcome in seen[machines])

    for target in targets:
        number = fewest(lambda machines, target=target: wait(machines) <= target, number)  # type: ignore[misc]
        yield target, number, seen[number]
