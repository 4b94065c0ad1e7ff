"""Submissions as the simulation sees them: when they come, and what each stage of theirs takes and keeps busy."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from benchmarks.measured import AFTER, BEFORE, EMPTY, GOOD, LATENCY, POD, POOR, Grading, Installation, ServiceTimes
from grader.settings import Settings

REJECTED, HOSTILE = "rejected", "hostile"


@dataclass(frozen=True, slots=True)
class Stage:
    """Part of a grading.

    Attributes:
        seconds: that it takes on cores that nobody else wants.
        share: cores that it keeps busy meanwhile.
        exclusive: whether a machine does one such at a time.
    """

    seconds: float
    share: float = 0.0
    exclusive: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """Dependencies that the image lacks; `key` is one for all that declare the same."""

    key: str
    seconds: float
    bytes: float


@dataclass(frozen=True, slots=True)
class Job:
    """One submission.

    Attributes:
        at: seconds since the day began.
        kind: what sort of submission, for counting.
        stages: in their order.
        dependencies: what has to be there before the first stage; None where the image has all.
        engine_seconds: of calls to the machine's engine, beside the stages.
    """

    at: float
    kind: str
    stages: tuple[Stage, ...]
    dependencies: Wanted | None = None
    engine_seconds: float = 0.0
    archive_bytes: float = 0.0
    report_bytes: float = 0.0


@dataclass(frozen=True, slots=True)
class Mix:
    """Who hands in what. Shares of one; these are assumptions, the times of each kind are measured.

    Attributes:
        good: correct ones.
        poor: with a defect for which checks wait.
        empty: hardly anything answers.
        rejected: refused as they are read.
        hostile: hang until a deadline of the grader's ends them.
        extra: of those that are graded, how many declare something that the image lacks.
        sets: different sets of such dependencies; the n-th is 1/n as frequent as the first (Zipf).
        spread: standard deviation of the logarithm of a factor by which each grading differs from a measured one.
        pace: factor of all measured times.
        latency: whether latency is measured with everybody.
        finalists: share of good ones that are graded a second time and wholly, where it is not.
    """

    good: float = 0.40
    poor: float = 0.40
    empty: float = 0.10
    rejected: float = 0.09
    hostile: float = 0.01
    extra: float = 0.2
    sets: int = 200
    spread: float = 0.2
    pace: float = 1.0
    latency: bool = True
    finalists: float = 0.2


def jobs(times: ServiceTimes, mix: Mix, arrivals: Iterable[float], rng: random.Random) -> Iterator[Job]:
    """A submission for each arrival: one of those that were measured of its kind, and a factor of its own."""
    kinds = (GOOD, POOR, EMPTY, REJECTED, HOSTILE)
    shares = [getattr(mix, kind) for kind in kinds]
    ranks = range(1, mix.sets + 1)
    limits = Settings()
    for at in arrivals:
        kind = rng.choices(kinds, shares)[0]
        model = rng.choice(times.of(kind) or times.of(GOOD))
        factor = mix.pace * rng.lognormvariate(-(mix.spread**2) / 2, mix.spread)
        if kind == REJECTED:
            stages: tuple[Stage, ...] = (Stage(model.seconds("intake") * factor, 1.0),)
        elif kind == HOSTILE:
            hangs = rng.uniform(limits.startup_deadline, limits.total_deadline)
            stages = (Stage(model.seconds(*BEFORE) * factor, model.busy), Stage(hangs, limits.cpus))
        else:
            stages = tuple(_stages(model, factor, mix, again=kind == GOOD and rng.random() < mix.finalists))
        wanted = None
        if kind != REJECTED and times.installations and rng.random() < mix.extra:
            wanted = _wanted(times.installations, rng.choices(ranks, [1 / rank for rank in ranks])[0], mix.pace)
        yield Job(
            at=at,
            kind=kind,
            stages=stages,
            dependencies=wanted,
            engine_seconds=0.0 if kind == REJECTED else min(model.engine_seconds, model.seconds(POD) / 2) * mix.pace,
            archive_bytes=model.archive_bytes,
            report_bytes=(model.report_bytes + model.page_bytes) / (100 if kind == REJECTED else 1),
        )


def _stages(model: Grading, factor: float, mix: Mix, *, again: bool) -> Iterator[Stage]:
    """The stages of a whole grading; where latency is left out, without it, and for a finalist all of it again."""
    engine = min(model.engine_seconds, model.seconds(POD) / 2)
    pod = Stage((model.seconds(*BEFORE, POD) - engine) * factor, model.busy)
    latency = Stage(model.seconds(LATENCY) * factor, model.busy_measuring, exclusive=True)
    after = Stage(model.seconds(*AFTER) * factor, model.busy)
    measures = (latency,) if latency.seconds > 0.1 else ()  # else it was blocked
    if mix.latency:
        yield from (pod, *measures, after)
    else:
        yield from (pod, after)
        yield from (pod, *measures, after) if again else ()


def _wanted(installations: tuple[Installation, ...], rank: int, pace: float) -> Wanted:
    """Sets take turns in being of the one or the other measured kind."""
    model = installations[rank % len(installations)]
    return Wanted(f"set-{rank}", max(0.0, model.seconds - model.cached_seconds) * pace, model.installed_bytes)
