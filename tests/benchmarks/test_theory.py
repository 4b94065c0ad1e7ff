"""Where a formula says what must come out, the simulation says the same."""

import itertools
import math
import random
import statistics
from collections.abc import Callable, Iterator

import pytest

from benchmarks.scale import outcome
from benchmarks.scale.jobs import Job, Stage
from benchmarks.scale.outcome import Outcome
from benchmarks.scale.plant import NOTHING_BREAKS, Plant
from benchmarks.scale.simulation import Simulation

FREE = {"broker_seconds": 0.0, "store_seconds": 0.0}
RUNS, COUNT, WARM_UP = 10, 2000, 300
T_999 = 4.78
"""Of Student's distribution with 9 degrees of freedom: 99.9 % of all means are within so many standard errors."""

Draw = Callable[[random.Random], float]


def poisson(rate: float, service: Draw, rng: random.Random, share: float = 0.0) -> Iterator[Job]:
    at = 0.0
    for _ in range(COUNT):
        at += rng.expovariate(rate)
        yield Job(at, "made up", (Stage(service(rng), share),))


def simulated(seed: int, plant: Plant, rate: float, service: Draw, share: float = 0.0) -> tuple[Simulation, Outcome]:
    rng = random.Random(seed)
    simulation = Simulation(plant, NOTHING_BREAKS, random.Random(seed))
    return simulation, simulation.run(poisson(rate, service, rng, share))


def means(figure: Callable[[Simulation, Outcome], float], *how: object) -> tuple[float, float]:
    """Mean over independent runs, and how far the truth may be from it."""
    found = [figure(*simulated(seed, *how)) for seed in range(RUNS)]  # type: ignore[arg-type]
    return statistics.mean(found), T_999 * statistics.stdev(found) / math.sqrt(RUNS)


def wait_in_the_long_run(simulation: Simulation, _: Outcome) -> float:
    """Mean wait, without those who came while the queue was still shorter than it will be."""
    return statistics.mean(entry.began - entry.job.at for entry in simulation.entries[WARM_UP:])


def time_in_the_long_run(simulation: Simulation, _: Outcome) -> float:
    return statistics.mean((entry.reported or 0) - entry.job.at for entry in simulation.entries[WARM_UP:])


def erlang_c(servers: int, load: float) -> float:
    """The probability that one has to wait: https://en.wikipedia.org/wiki/Erlang_(unit)#Erlang_C_formula."""
    busy = load**servers / math.factorial(servers) * servers / (servers - load)
    return busy / (sum(load**k / math.factorial(k) for k in range(servers)) + busy)


@pytest.mark.parametrize(
    ("machines", "slots"), [pytest.param(1, 4, id="one-with-four-slots"), pytest.param(4, 1, id="four-with-one")]
)
def test_a_plant_of_equal_servers_waits_as_erlang_c_says(machines: int, slots: int) -> None:
    """M/M/c: the mean wait is C(c, λ/μ) / (cμ - λ)."""
    rate, service, servers = 0.7, 4.0, machines * slots
    expected = erlang_c(servers, rate * service) / (servers / service - rate)

    plant = Plant(machines, slots=slots, **FREE)
    mean, margin = means(wait_in_the_long_run, plant, rate, lambda rng: rng.expovariate(1 / service))

    assert expected == pytest.approx(mean, abs=margin)
    assert margin < expected / 3  # so narrow that it says something


def test_slots_are_busy_as_little_says() -> None:
    """Utilisation is λ/(cμ)."""
    rate, service, slots = 0.5, 4.0, 4

    plant = Plant(1, slots=slots, **FREE)
    mean, margin = means(lambda _, one: one.used(outcome.SLOTS), plant, rate, lambda rng: rng.expovariate(1 / service))

    assert rate * service / slots == pytest.approx(mean, abs=margin)
    assert margin < 0.02


@pytest.mark.parametrize(
    "service",
    [
        pytest.param(lambda rng: rng.expovariate(1 / 2), id="exponential"),
        pytest.param(lambda _: 2.0, id="all-alike"),
        pytest.param(lambda rng: 20.0 if rng.random() < 0.05 else 20 / 19, id="a-few-long-ones"),
    ],
)
def test_shared_cores_slow_all_down_alike(service: Draw) -> None:
    """M/G/1 with processor sharing: the mean time is E[S] / (1 - ρ), however service times are distributed."""
    rate, mean_service = 0.3, 2.0
    expected = mean_service / (1 - rate * mean_service)

    plant = Plant(1, cores=1, slots=1000, **FREE)
    mean, margin = means(time_in_the_long_run, plant, rate, service, 1.0)

    assert expected == pytest.approx(mean, abs=margin)
    assert margin < expected / 5


def test_latency_is_measured_one_at_a_time_on_each_machine() -> None:
    """Ten exclusive stages of ten seconds take a hundred on one machine, however many slots, and fifty on two."""
    jobs = [Job(0.0, "made up", (Stage(10.0, exclusive=True),)) for _ in range(10)]

    spans = [
        Simulation(Plant(count, slots=5, **FREE), NOTHING_BREAKS, random.Random(1)).run(jobs).span for count in (1, 2)
    ]

    assert spans == pytest.approx([100.0, 50.0])


def test_what_is_there_once_bounds_all_machines() -> None:
    """However many machines: a broker that takes a second for a message lets a job through every four seconds."""
    jobs = [Job(0.0, "made up", (Stage(1.0),)) for _ in range(200)]

    plant = Plant(64, broker_seconds=1.0, store_seconds=0.0)
    one = Simulation(plant, NOTHING_BREAKS, random.Random(1)).run(jobs)

    messages = 3  # handed in, fetched, acknowledged
    assert one.demand(outcome.BROKER) == pytest.approx(messages)
    assert one.used(outcome.BROKER) == pytest.approx(1, abs=0.02)
    assert one.span == pytest.approx(200 * messages, rel=0.02)


def test_more_machines_never_wait_longer() -> None:
    waits = [
        statistics.mean(simulated(3, Plant(count, **FREE), 0.7, lambda rng: rng.expovariate(0.25))[1].waits)
        for count in (2, 3, 4)
    ]

    assert all(fewer > more for fewer, more in itertools.pairwise(waits))
