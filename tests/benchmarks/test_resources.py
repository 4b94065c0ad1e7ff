"""Cores that are shared, and lines."""

import pytest
import simpy

from benchmarks.scale.resources import Cores, Line


def test_what_is_stopped_leaves_the_cores_to_others() -> None:
    """Two that take ten seconds share a core for five; then one has 7.5 left, and the core for itself."""
    env = simpy.Environment()
    cores = Cores(env, 1)
    stopped, other = cores.work(10.0, 1.0), cores.work(10.0, 1.0)

    env.run(until=5)
    cores.stop(stopped)
    env.run(until=other)

    assert env.now == pytest.approx(12.5)
    assert cores.busy == pytest.approx(12.5)
    assert not stopped.triggered


def test_what_fits_is_not_slowed() -> None:
    """Four that keep half a core busy fit on two."""
    env = simpy.Environment()
    cores = Cores(env, 2)

    env.run(until=simpy.AllOf(env, [cores.work(10.0, 0.5) for _ in range(4)]))

    assert env.now == pytest.approx(10)
    assert cores.busy == pytest.approx(20)


def test_a_line_serves_one_after_another() -> None:
    env = simpy.Environment()
    line = Line(env)
    ends = []
    for event in (line.serve(2.0), line.serve(3.0)):
        env.run(until=event)
        ends.append(env.now)
    env.run(until=10)

    env.run(until=line.serve(1.0))

    assert (*ends, env.now) == (2, 5, 11)
    assert line.busy == 6
