"""The tables of docs/scale.md, as Markdown. Each is made of simulations alone, and the same each time."""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from benchmarks.measured import AFTER, BEFORE, LATENCY, POD, ServiceTimes
from benchmarks.scale import outcome
from benchmarks.scale.arrivals import PATTERNS, at_once
from benchmarks.scale.jobs import Mix, jobs
from benchmarks.scale.outcome import Outcome
from benchmarks.scale.plant import DAY, HOUR, MINUTE, Faults, Plant
from benchmarks.scale.sizing import Day, machines_needed

COUNT = 10_000
TARGETS = {5 * MINUTE: "5 minutes", HOUR: "an hour", 8 * HOUR: "by the morning (8 h)"}
WORST = "deadline at midnight"
FLEETS = (1, 4, 16, 64)
SATURATING = 600
"""Submissions for each machine that lie there at once, where machines are to be busy all the time."""


def markdown(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; all but the first column are numbers, and stand to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def measured(times: ServiceTimes) -> str:
    """What was measured, a row for each grading."""
    where, loads = times.where, [one.load for one in times.gradings]
    head = (
        "challenge",
        "submission",
        "before",
        "pod",
        "latency",
        "after",
        "total s",
        "CPU s",
        "MiB",
        "calls",
        "kB in",
        "kB out",
    )
    rows = [
        (
            one.challenge,
            f"{one.kind}{'' if one.measured else ', no latency'}",
            *(f"{one.seconds(*names):.1f}" for names in (BEFORE, (POD,), (LATENCY,), AFTER, ("total", "report"))),
            f"{sum(one.cpu.values()):.0f}",
            f"{one.peak_mib:.0f}",
            f"{one.engine_calls} ({one.engine_seconds:.1f} s)",
            f"{one.archive_bytes / 1000:.0f}",
            f"{(one.report_bytes + one.page_bytes) / 1000:.0f}",
        )
        for one in times.gradings
    ]
    installs = [
        f"- `{' '.join(one.requirements)}`: {one.seconds:.1f} s to install, {one.cached_seconds:.2f} s to find again,"
        f" {one.installed_bytes / 1e6:.0f} MB"
        for one in times.installations
    ]
    compared = [
        f"- `grader compare` of {one.reports} reports ({one.bytes / 1e6:.0f} MB): {one.seconds:.1f} s,"
        f" {one.peak_mib:.0f} MiB"
        for one in times.comparisons
    ]
    place = (
        f"{where.date}, grader {where.grader}, {where.cpu}, {where.cpus} cores, {where.memory_mib / 1024:.0f} GiB,"
        f" {where.engine}; load average {min(loads)} to {max(loads)}"
    )
    return "\n\n".join([f"Measured on {place}.", markdown(head, rows), "\n".join([*installs, *compared])])


def needed(times: ServiceTimes) -> str:
    """Machines for 10,000 a day, by pattern and target."""
    head = (
        "arrivals",
        "95 % wait less than",
        "machines",
        "they wait",
        "slots busy",
        "last report after",
        "regraded",
        "no verdict",
        "machine hours",
    )
    rows = [
        (name, TARGETS[target], number, *day_cells(outcomes))
        for name, pattern in PATTERNS.items()
        for target, number, outcomes in machines_needed(Day(times, pattern, COUNT), tuple(TARGETS))
    ]
    return markdown(head, rows)


def day_cells(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """The worst of some days with as many machines."""
    yield span(max(one.wait(0.95) for one in outcomes))
    yield percent(max(one.used(outcome.SLOTS) for one in outcomes))
    yield f"{max(one.span for one in outcomes) / HOUR:.1f} h"
    yield f"{max(one.regraded for one in outcomes):.2%}"
    yield str(max(one.given_up for one in outcomes))
    yield f"{max(one.machine_hours for one in outcomes):.0f}"


def kinds(times: ServiceTimes) -> str:
    """What each kind of submission takes where nobody else is there, and its share of all that is taken."""
    rng = random.Random(1)  # noqa: S311  # repeats
    taken: dict[str, list[float]] = {}
    for job in jobs(times, Mix(), [0.0] * COUNT, rng):
        taken.setdefault(job.kind, []).append(job.engine_seconds + sum(stage.seconds for stage in job.stages))
    whole = sum(map(sum, taken.values()))
    rows = [
        (kind, percent(len(each) / COUNT), f"{sum(each) / len(each):.3g} s", percent(sum(each) / whole))
        for kind, each in sorted(taken.items(), key=lambda item: -sum(item[1]))
    ]
    rows.append(("all", "100%", f"{whole / COUNT:.3g} s", "100%"))
    return markdown(("submission", "of all", "takes, with its dependencies there", "of all that is taken"), rows)


def saturation(times: ServiceTimes) -> str:
    """Machines that are never without work: what they do, and how busy everything is."""
    names = (outcome.SLOTS, outcome.CPU, outcome.LATENCY, outcome.ENGINE, *outcome.SHARED)
    rows = []
    for machines in FLEETS:
        one = Day(times, at_once, machines * SATURATING, seeds=(1,)).simulate(machines, 1)
        rows.append((machines, f"{one.a_day:,.0f}", *(percent(one.used(name)) for name in names)))
    return markdown(("machines", "reports a day", *names), rows)


def limits(times: ServiceTimes) -> str:
    """What each resource alone could do: no system does more than its scarcest resource lets through.

    What a report takes is seen where nobody waits for anybody: with one slot on each machine.
    """
    fleet = FLEETS[2]
    one = Day(times, at_once, fleet * SATURATING, Plant(1, slots=1), seeds=(1,)).simulate(fleet, 1)
    own = {outcome.SLOTS: Plant(1).slots, outcome.CPU: Plant(1).cores, outcome.LATENCY: 1.0, outcome.ENGINE: 1.0}
    most = {name: DAY * own.get(name, 1.0) / one.demand(name) for name in one.busy}
    machine = min(most[name] for name in own)
    shared = {name: most[name] for name in outcome.SHARED}
    if len(times.comparisons) > 1:
        shared["comparing"] = DAY / comparing(times)
    rows = [
        (name, f"each machine: {own[name]:g}", f"{one.demand(name):.3g} s", f"{most[name]:,.0f}", "")
        for name in sorted(own, key=most.__getitem__)
    ] + [
        (name, "one for all", f"{DAY / shared[name]:.2g} s", f"{shared[name]:,.0f}", f"{shared[name] / machine:,.0f}")
        for name in sorted(shared, key=shared.__getitem__)
    ]
    return markdown(("resource", "there is", "a report takes of it", "at most a day", "machines that fill it"), rows)


def comparing(times: ServiceTimes) -> float:
    """Seconds that one more report takes of the process that compares all at the end."""
    few, many = times.comparisons[0], times.comparisons[-1]
    return (many.seconds - few.seconds) / (many.reports - few.reports)


def shapes(times: ServiceTimes) -> str:
    """The same evening on machines of other sizes and with other numbers of slots."""
    rows = []
    for cores, slots in ((2, 1), (2, 2), (2, 3), (2, 4), (4, 4), (8, 8), (16, 16)):
        day = Day(times, PATTERNS[WORST], COUNT, Plant(1, cores=cores, slots=slots), seeds=(1,))
        ((_, number, (one,)),) = machines_needed(day, (HOUR,))
        busy = Day(times, at_once, SATURATING * 4, day.plant, seeds=(1,)).simulate(4, 1)
        used = (percent(busy.used(name)) for name in (outcome.SLOTS, outcome.CPU, outcome.LATENCY))
        rows.append(
            (
                f"{cores} cores, {slots} slots",
                number,
                number * cores,
                span(one.wait(0.95)),
                f"{busy.a_day / 4:,.0f}",
                *used,
            )
        )
    head = (
        "machine",
        "machines",
        "cores in all",
        "95 % wait",
        "reports a day of one at most",
        "slots",
        "CPU",
        "latency phase",
    )
    return markdown(head, rows)


Change = Callable[[Day], Day]
CHANGES: dict[str, Change] = {
    "as assumed": lambda day: day,
    "each grading takes half": lambda day: replace(day, mix=replace(day.mix, pace=0.5)),
    "each grading takes half as long again": lambda day: replace(day, mix=replace(day.mix, pace=1.5)),
    "three times as many hostile ones": lambda day: replace(day, mix=Mix(hostile=0.03, good=0.39, poor=0.39)),
    "ten times as many faults": lambda day: replace(
        day, faults=Faults(machine_every=0.7 * DAY, engine_every=0.2 * DAY, share=0.05)
    ),
    "lost jobs visible after 5 minutes, not an hour": lambda day: replace(day, faults=Faults(visibility=5 * MINUTE)),
    "everybody's dependencies are in the image": lambda day: replace(day, mix=replace(day.mix, extra=0)),
    "every second one needs others": lambda day: replace(day, mix=replace(day.mix, extra=0.5, sets=1000)),
    "latency of the best fifth alone": lambda day: replace(day, mix=replace(day.mix, latency=False)),
    "no latency at all": lambda day: replace(day, mix=replace(day.mix, latency=False, finalists=0)),
}


def sensitivity(times: ServiceTimes) -> str:
    """The same evening with one assumption changed."""
    head = (
        "change",
        "machines",
        "they wait",
        "slots busy",
        "last report after",
        "regraded",
        "no verdict",
        "machine hours",
        "redelivered too early",
    )
    rows = []
    for name, change in CHANGES.items():
        day = change(Day(times, PATTERNS[WORST], COUNT, seeds=(1,)))
        ((_, number, outcomes),) = machines_needed(day, (HOUR,))
        rows.append((name, number, *day_cells(outcomes), outcomes[0].overdue))
    return markdown(head, rows)


def percent(share: float) -> str:
    """Whole percents, or the first that is not nothing."""
    return f"{share:.0%}" if share >= 0.01 else f"{share:.2%}"


def span(seconds: float) -> str:
    """A time in the unit in which people would say it."""
    if seconds < 2 * MINUTE:
        return f"{seconds:.0f} s"
    return f"{seconds / MINUTE:.0f} min" if seconds < 2 * HOUR else f"{seconds / HOUR:.1f} h"


TABLES: dict[str, Callable[[ServiceTimes], str]] = {
    "measured": measured,
    "needed": needed,
    "kinds": kinds,
    "limits": limits,
    "saturation": saturation,
    "shapes": shapes,
    "sensitivity": sensitivity,
}
