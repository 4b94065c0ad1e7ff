"""The control of every deadline, with exact clocks."""

import pytest

from grader.harness.starvation import INTERVAL, Watcher, was_starved


def ticking(*gaps: float) -> list[float]:
    """Times with these gaps between them, from 0."""
    times = [0.0]
    for gap in gaps:
        times.append(times[-1] + gap)
    return times


STEADY = [INTERVAL] * 20  # one second


@pytest.mark.parametrize(
    ("ticks", "since", "until", "starved"),
    [
        pytest.param(ticking(*STEADY * 10), 1.0, 9.0, False, id="steady"),
        pytest.param(ticking(*STEADY, 2.1, *STEADY * 9), 0.5, 11.0, True, id="one-long-gap"),
        pytest.param(ticking(*STEADY * 9, 1.9, *STEADY), 0.5, 10.9, False, id="one-gap-that-is-short-enough"),
        pytest.param(ticking(*STEADY, 2.1, *STEADY * 9), 3.2, 11.0, False, id="gap-before-the-wait"),
        pytest.param(ticking(*STEADY, 5.0, *STEADY * 9), 5.9, 14.0, False, id="end-of-a-gap"),
        pytest.param(ticking(*STEADY, 5.0, *STEADY * 9), 3.0, 14.0, True, id="most-of-a-gap"),
        pytest.param(ticking(*[0.07] * 200), 0.0, 14.0, True, id="always-a-little-late"),
        pytest.param(ticking(*[0.06] * 200), 0.0, 12.0, False, id="hardly-late"),
        pytest.param(ticking(0.5), 0.1, 0.4, True, id="a-short-wait-slept-through"),
        pytest.param([0.0, 10.0], 4.0, 4.0, False, id="no-wait"),
    ],
)
def test_starvation_is_a_long_gap_or_much_oversleeping(
    ticks: list[float], since: float, until: float, starved: bool
) -> None:
    """Only what lies within the wait counts."""
    assert was_starved(ticks, since, until) is starved


def test_a_thread_that_sleeps_still_counts_as_starved() -> None:
    """Its gap lasts until now, though it has not ticked again."""
    now = [0.0]
    watcher = Watcher(clock=lambda: now[0])
    for _ in range(20):
        now[0] += INTERVAL
        watcher.tick()
    assert not watcher.starved(0.0, 1.0)
    now[0] += 3.0
    assert watcher.starved(0.0, 4.0)


def test_a_watcher_that_was_stopped_ends() -> None:
    """A harness that takes job after job starts one for each."""
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            watcher.stop()

    watcher = Watcher(pause=pause)
    watcher._run()
    assert pauses == [INTERVAL] * 3
