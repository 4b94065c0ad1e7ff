"""The simulation: a queue, workers on machines, what they share, and what breaks."""

import math
import random
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from typing import Any

import simpy

from benchmarks.scale import outcome
from benchmarks.scale.jobs import Job, Stage, Wanted
from benchmarks.scale.outcome import Outcome
from benchmarks.scale.plant import Faults, Plant
from benchmarks.scale.resources import Cores, Line

Steps = Generator[simpy.Event, Any, None]


class InfrastructureFault(Exception):
    """A try ended with exit code 4."""


@dataclass(slots=True)
class Entry:
    """A job's way through: how often it was tried, and when the last try was delivered, began, and gave a report."""

    job: Job
    tries: int = 0
    delivered: float = 0.0
    began: float = 0.0
    reported: float | None = None
    given_up: bool = False


@dataclass(slots=True)
class Machine:
    """One machine; `back` is when it, or its engine, can be used again."""

    cores: Cores
    engine: Line
    measuring: simpy.Resource
    measured: float = 0.0
    graded: float = 0.0
    back: float = 0.0
    installed: set[str] = field(default_factory=set)
    installing: dict[str, simpy.Event] = field(default_factory=dict)
    workers: list[simpy.Process] = field(default_factory=list)


class Simulation:
    """A day, or another span: from the first arrival until every submission has a report or was given up.

    Args:
        plant: machines and what they share.
        faults: what breaks.
        rng: what comes by chance follows from it.
    """

    def __init__(self, plant: Plant, faults: Faults, rng: random.Random) -> None:
        self._plant = plant
        self._faults = faults
        self._rng = rng
        self._env = simpy.Environment()
        self._queue = simpy.Store(self._env)
        self._broker, self._store, self._index = (Line(self._env) for _ in range(3))
        self._machines = [self._machine() for _ in range(plant.machines)]
        self._open = 0
        self._over = self._env.event()
        self._overdue = 0
        self.entries: list[Entry] = []

    def run(self, jobs: Iterable[Job]) -> Outcome:
        """What comes of these jobs, which are in the order of their arrival."""
        self.entries = [Entry(job) for job in jobs]
        self._open = len(self.entries)
        self._env.process(self._arrivals())
        for machine in self._machines:
            for every, strike in (
                (self._faults.machine_every, self._lose_machine),
                (self._faults.engine_every, self._restart_engine),
            ):
                if every < math.inf:
                    self._env.process(self._strikes(every, strike, machine))
            machine.workers += [self._env.process(self._worker(machine)) for _ in range(self._plant.slots)]
        self._env.run(until=self._over)
        return self._outcome()

    def _machine(self) -> Machine:
        return Machine(Cores(self._env, self._plant.cores), Line(self._env), simpy.Resource(self._env))

    # --- arrivals, and the way of a job

    def _arrivals(self) -> Steps:
        for entry in self.entries:
            yield self._env.timeout(entry.job.at - self._env.now)
            self._env.process(self._hand_in(entry))

    def _hand_in(self, entry: Entry) -> Steps:
        yield self._moved(entry.job.archive_bytes)
        yield self._told()
        yield self._queue.put(entry)

    def _worker(self, machine: Machine) -> Steps:
        while True:
            try:
                entry = yield from self._next_entry(machine)
            except simpy.Interrupt:
                continue
            began = entry.delivered = self._env.now
            entry.tries += 1
            try:
                yield from self._grade(machine, entry)
            except InfrastructureFault:
                self._again(entry)
            except simpy.Interrupt as interrupt:
                visible = float(interrupt.cause or 0)  # counted from the delivery
                self._again(entry, after=began + visible - self._env.now)
            else:
                self._close(entry, reported=True)
            self._overdue += self._env.now - began > self._faults.visibility
            machine.graded += self._env.now - began

    def _next_entry(self, machine: Machine) -> Generator[simpy.Event, Any, Entry]:
        while machine.back > self._env.now:
            yield self._env.timeout(machine.back - self._env.now)
        asked = self._queue.get()
        try:
            entry: Entry = yield asked
        except simpy.Interrupt:
            if asked.triggered:  # it was given one in the same instant
                self._queue.put(asked.value)
            asked.cancel()
            raise
        return entry

    def _grade(self, machine: Machine, entry: Entry) -> Steps:
        job = entry.job
        fails = self._rng.random() < self._faults.share
        yield self._told()
        yield self._moved(job.archive_bytes)
        entry.began = self._env.now
        if job.dependencies:
            yield from self._install(machine, job.dependencies)
        yield machine.engine.serve(job.engine_seconds)
        for stage in job.stages:
            if fails:
                yield from self._work(machine, stage.seconds * self._rng.random(), stage.share)
                raise InfrastructureFault
            yield from self._do(machine, stage)
        yield self._moved(job.report_bytes)
        yield self._told()

    def _do(self, machine: Machine, stage: Stage) -> Steps:
        if not stage.exclusive:
            yield from self._work(machine, stage.seconds, stage.share)
            return
        with machine.measuring.request() as turn:  # whoever waits for it keeps its slot, as `grader run` does
            yield turn
            began = self._env.now
            try:
                yield from self._work(machine, stage.seconds, stage.share)
            finally:
                machine.measured += self._env.now - began

    def _work(self, machine: Machine, seconds: float, share: float) -> Steps:
        done = machine.cores.work(seconds, share)
        try:
            yield done
        except simpy.Interrupt:
            machine.cores.stop(done)
            raise

    def _install(self, machine: Machine, wanted: Wanted) -> Steps:
        """Once for each machine; who wants the same meanwhile waits for it."""
        if wanted.key in machine.installed:
            return
        if under_way := machine.installing.get(wanted.key):
            yield under_way
            return
        machine.installing[wanted.key] = self._env.event()
        yield self._index.serve(wanted.bytes / self._plant.index_bytes)
        yield from self._work(machine, wanted.seconds, 1.0)
        machine.installed.add(wanted.key)
        machine.installing.pop(wanted.key).succeed()

    def _again(self, entry: Entry, after: float = 0.0) -> None:
        if entry.tries >= self._faults.tries:
            entry.given_up = True
            self._close(entry, reported=False)
        else:
            self._env.process(self._redeliver(entry, after))

    def _redeliver(self, entry: Entry, after: float) -> Steps:
        yield self._env.timeout(max(0.0, after))
        yield self._told()
        yield self._queue.put(entry)

    def _close(self, entry: Entry, *, reported: bool) -> None:
        if entry.reported is not None:
            raise AssertionError("a submission was reported twice")
        if reported:
            entry.reported = self._env.now
        self._open -= 1
        if not self._open:
            self._over.succeed()

    def _told(self) -> simpy.Event:
        return self._broker.serve(self._plant.broker_seconds)

    def _moved(self, size: float) -> simpy.Event:
        return self._store.serve(self._plant.store_seconds + size / self._plant.store_bytes)

    # --- what breaks

    def _strikes(self, every: float, strike: Any, machine: Machine) -> Steps:
        while True:
            yield self._env.timeout(self._rng.expovariate(1 / every))
            strike(machine)

    def _lose_machine(self, machine: Machine) -> None:
        """Nobody hears of it: its jobs come again when their visibility time is over."""
        machine.installed.clear()
        self._stop(machine, self._faults.machine_gone, self._faults.visibility)

    def _restart_engine(self, machine: Machine) -> None:
        """Its gradings end with a fault, and come again at once."""
        self._stop(machine, self._faults.engine_gone, 0.0)

    def _stop(self, machine: Machine, gone: float, visible_after: float) -> None:
        machine.back = max(machine.back, self._env.now + gone)
        machine.installing.clear()
        for worker in machine.workers:
            worker.interrupt(cause=visible_after)

    def _outcome(self) -> Outcome:
        now, plant = self._env.now, self._plant
        machines = self._machines
        busy = {
            outcome.SLOTS: sum(one.graded for one in machines),
            outcome.CPU: sum(one.cores.busy for one in machines),
            outcome.LATENCY: sum(one.measured for one in machines),
            outcome.ENGINE: sum(one.engine.busy for one in machines),
            outcome.INDEX: self._index.busy,
            outcome.BROKER: self._broker.busy,
            outcome.STORE: self._store.busy,
        }
        each = {outcome.SLOTS: plant.slots, outcome.CPU: plant.cores, outcome.LATENCY: 1, outcome.ENGINE: 1}
        capacity = {name: each[name] * plant.machines if name in each else 1 for name in busy}
        count = len(self.entries)
        given_up = sum(entry.given_up for entry in self.entries)
        return Outcome(
            machines=plant.machines,
            waits=sorted(entry.began - entry.job.at for entry in self.entries),
            reported=count - given_up,
            given_up=given_up,
            regraded=sum(entry.tries > 1 for entry in self.entries) / count,
            overdue=self._overdue,
            span=now,
            busy=busy,
            capacity=capacity,
        )
