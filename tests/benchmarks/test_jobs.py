"""Submissions that are drawn from what was measured."""

import random
from collections import Counter

import pytest

from benchmarks.measured import ServiceTimes
from benchmarks.scale.arrivals import PATTERNS
from benchmarks.scale.jobs import Job, Mix, jobs
from benchmarks.scale.plant import DAY, HOUR
from grader.settings import Settings


def drawn(times: ServiceTimes, mix: Mix, count: int = 4000) -> list[Job]:
    return list(jobs(times, mix, [0.0] * count, random.Random(1)))


def test_kinds_have_their_shares(times: ServiceTimes) -> None:
    mix = Mix()

    counts = Counter(job.kind for job in drawn(times, mix))

    for kind in ("good", "poor", "empty", "rejected", "hostile"):
        assert counts[kind] / 4000 == pytest.approx(getattr(mix, kind), abs=0.03)


def test_a_good_one_takes_on_average_what_was_measured(times: ServiceTimes) -> None:
    """With its stages, and the calls to the engine beside them."""
    good = [job for job in drawn(times, Mix()) if job.kind == "good"]

    taken = [sum(stage.seconds for stage in job.stages) + job.engine_seconds for job in good]

    assert sum(taken) / len(taken) == pytest.approx(0.5 + 12 + 15 + 1.5, rel=0.02)
    assert {sum(stage.exclusive for stage in job.stages) for job in good} == {1}


def test_cpu_time_is_what_was_measured(times: ServiceTimes) -> None:
    """That of engine calls goes with the stage that they belong to, and is left out with it: at most 2 of 13 s."""
    (job,) = (job for job in drawn(times, Mix(good=1, poor=0, empty=0, rejected=0, hostile=0, spread=0), 1))

    used = sum(stage.seconds * stage.share for stage in job.stages)

    assert used == pytest.approx(18 + 7 * 12 / 14)


def test_pace_changes_all_times(times: ServiceTimes) -> None:
    plain, slow = (drawn(times, Mix(pace=pace, hostile=0, extra=0), 50) for pace in (1.0, 1.5))

    for one, other in zip(plain, slow, strict=True):
        for stage, longer in zip(one.stages, other.stages, strict=True):
            assert longer.seconds == pytest.approx(stage.seconds * 1.5)


def test_hostile_ones_hang_until_a_deadline(times: ServiceTimes) -> None:
    limits = Settings()

    hostile = [job for job in drawn(times, Mix()) if job.kind == "hostile"]

    assert all(limits.startup_deadline <= job.stages[-1].seconds <= limits.total_deadline for job in hostile)


def test_without_latency_only_finalists_are_measured(times: ServiceTimes) -> None:
    good = [job for job in drawn(times, Mix(latency=False)) if job.kind == "good"]

    measured = [job for job in good if any(stage.exclusive for stage in job.stages)]

    assert len(measured) / len(good) == pytest.approx(0.2, abs=0.05)
    assert {len(job.stages) for job in measured} == {5}  # without it, and then wholly


@pytest.mark.parametrize("name", PATTERNS)
def test_a_day_has_all_its_submissions_in_order(name: str) -> None:
    arrivals = PATTERNS[name](1000, random.Random(1))

    assert len(arrivals) == 1000
    assert arrivals == sorted(arrivals)
    assert 0 <= arrivals[0] <= arrivals[-1] <= DAY


def test_half_come_in_the_last_two_hours_before_a_deadline() -> None:
    arrivals = PATTERNS["deadline at midnight"](10_000, random.Random(1))

    assert sum(at > DAY - 2 * HOUR for at in arrivals) / 10_000 == pytest.approx(0.5, abs=0.02)
