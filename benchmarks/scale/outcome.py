"""What came out of a simulated day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.scale.plant import DAY, HOUR

SLOTS, CPU, LATENCY, ENGINE = "slots", "CPU", "latency phase", "engine"
INDEX, BROKER, STORE = "package index", "broker", "store"
SHARED = (INDEX, BROKER, STORE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Figures of one run. Times in seconds.

    Attributes:
        machines: how many there were.
        waits: from each submission's arrival until the try began that ended it; ascending.
        reported: submissions that have a report.
        given_up: that had an infrastructure fault in every try.
        regraded: share of the submissions with more than one try.
        overdue: tries that took longer than the visibility time: Redis would have delivered them a second time.
        span: until the last report.
        busy: resource → seconds that it was busy, summed over machines.
        capacity: resource → how many of it there are.
    """

    machines: int
    waits: Sequence[float]
    reported: int
    given_up: int
    regraded: float
    overdue: int
    span: float
    busy: Mapping[str, float]
    capacity: Mapping[str, float]

    def wait(self, share: float) -> float:
        """The wait that this share of the submissions does not exceed."""
        return self.waits[max(0, min(len(self.waits) - 1, round(share * len(self.waits)) - 1))]

    @property
    def mean_wait(self) -> float:
        """Of all submissions."""
        return sum(self.waits) / len(self.waits)

    @property
    def a_day(self) -> float:
        """Reports in a day, at the rate of this run."""
        return self.reported / self.span * DAY

    @property
    def machine_hours(self) -> float:
        """Of machines that run until the last report, and a whole day at least."""
        return self.machines * max(self.span, DAY) / HOUR

    def used(self, resource: str, seconds: float = 0.0) -> float:
        """Share of the time that a resource is busy; over the whole run, or over as many seconds."""
        return self.busy[resource] / self.capacity[resource] / (seconds or self.span)

    def demand(self, resource: str) -> float:
        """Seconds of it that a report takes."""
        return self.busy[resource] / self.reported
