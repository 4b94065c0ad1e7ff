"""Whatever breaks, each submission gets one report, or is known to have none."""

import random
from dataclasses import replace

import pytest

from benchmarks.scale import outcome
from benchmarks.scale.jobs import Job, Stage, Wanted
from benchmarks.scale.plant import HOUR, MINUTE, NOTHING_BREAKS, Faults, Plant
from benchmarks.scale.simulation import Simulation

HARD = Faults(
    machine_every=20 * MINUTE,
    machine_gone=5 * MINUTE,
    engine_every=10 * MINUTE,
    engine_gone=20.0,
    share=0.1,
    visibility=15 * MINUTE,
    tries=3,
)


def jobs(count: int, seconds: float = 30.0) -> list[Job]:
    stages = (Stage(seconds / 2, 1.0), Stage(seconds / 2, 1.0, exclusive=True))
    return [Job(number * 5.0, "made up", stages, Wanted(f"set-{number % 7}", 20.0, 1e6)) for number in range(count)]


@pytest.mark.parametrize("seed", range(5))
def test_none_is_lost_and_none_is_reported_twice(seed: int) -> None:
    """A machine every twenty minutes, an engine every ten, a tenth of all tries."""
    simulation = Simulation(Plant(6), replace(HARD, tries=10**6), random.Random(seed))

    one = simulation.run(jobs(600))

    assert one.regraded > 0.1  # much has broken
    assert (one.reported, one.given_up) == (600, 0)
    assert all(entry.reported and entry.reported > entry.began for entry in simulation.entries)


@pytest.mark.parametrize("seed", range(5))
def test_whoever_has_no_report_was_tried_as_often_as_allowed(seed: int) -> None:
    simulation = Simulation(Plant(6), HARD, random.Random(seed))

    one = simulation.run(jobs(600))

    assert one.given_up > 0
    assert one.reported + one.given_up == 600
    for entry in simulation.entries:
        assert entry.tries <= HARD.tries
        assert (entry.reported is None) == entry.given_up
        assert not entry.given_up or entry.tries == HARD.tries


def test_a_fault_is_tried_again_three_times_at_most() -> None:
    simulation = Simulation(Plant(1), replace(NOTHING_BREAKS, share=1.0), random.Random(1))

    one = simulation.run(jobs(10))

    assert (one.reported, one.given_up, one.regraded) == (0, 10, 1.0)
    assert {entry.tries for entry in simulation.entries} == {3}


def test_a_lost_machines_job_comes_again_when_its_visibility_time_is_over() -> None:
    """Not before, since nobody knows that it is lost, and counted from its delivery."""
    lost = replace(NOTHING_BREAKS, machine_every=5 * MINUTE, machine_gone=1.0, tries=99)
    simulation = Simulation(Plant(1, slots=1), lost, random.Random(1))

    simulation.run([Job(0.0, "made up", (Stage(8 * MINUTE),))])

    (entry,) = simulation.entries
    assert entry.tries > 1
    # Each delivery but the last was followed by a whole visibility time.
    assert entry.delivered == pytest.approx((entry.tries - 1) * HOUR, abs=entry.tries)


def test_an_engines_restart_is_heard_of_at_once() -> None:
    restarts = replace(NOTHING_BREAKS, engine_every=10 * MINUTE, engine_gone=30.0)
    simulation = Simulation(Plant(1, slots=1), replace(restarts, tries=99), random.Random(1))

    simulation.run([Job(0.0, "made up", (Stage(20 * MINUTE),))])

    (entry,) = simulation.entries
    assert entry.tries > 1
    assert entry.began < (entry.tries - 1) * 20 * MINUTE + entry.tries * 31


def test_what_would_be_delivered_twice_is_counted() -> None:
    """A job that takes longer than the visibility time."""
    short = replace(NOTHING_BREAKS, visibility=10.0)

    assert Simulation(Plant(4), short, random.Random(1)).run(jobs(20)).overdue == 20
    assert Simulation(Plant(4), NOTHING_BREAKS, random.Random(1)).run(jobs(20)).overdue == 0


def test_a_machine_installs_the_same_once() -> None:
    """Seven sets on three machines: twenty-one times at most; who wants one that is under way waits for it."""
    simulation = Simulation(Plant(3), NOTHING_BREAKS, random.Random(1))

    one = simulation.run(jobs(600))

    assert 7 <= one.busy[outcome.INDEX] / (1e6 / Plant(1).index_bytes) <= 21.001
