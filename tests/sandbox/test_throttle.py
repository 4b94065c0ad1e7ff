"""Output is taken as it comes, until there is more of it than any application has to say."""

import pytest

from grader.sandbox.throttle import BYTES_A_SECOND, FREE_BYTES, Throttle


class Clock:
    """Time that passes only where somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def test_ordinary_output_waits_for_nothing() -> None:
    # Whoever logs what an application logs must never be held up, or it would be slower than it is.
    clock = Clock()
    throttle = Throttle(clock, clock.sleep)
    for _ in range(FREE_BYTES // 1024):
        throttle.take(1024)
    assert clock.slept == []


@pytest.mark.parametrize("piece", [1_000, 65_536, 5_000_000])
def test_a_flood_is_taken_at_the_rate(piece: int) -> None:
    # However it is cut, what comes above the free bytes takes its time.
    clock = Clock()
    throttle = Throttle(clock, clock.sleep)
    total = FREE_BYTES + 10 * BYTES_A_SECOND
    for _ in range(total // piece):
        throttle.take(piece)
    assert clock.now == pytest.approx(10, abs=piece / BYTES_A_SECOND)


def test_who_was_silent_may_speak_again() -> None:
    # A burst an hour later is as free as the first one, and no freer.
    clock = Clock()
    throttle = Throttle(clock, clock.sleep)
    throttle.take(FREE_BYTES)
    clock.now += 3_600
    throttle.take(FREE_BYTES)
    assert clock.slept == []
    throttle.take(BYTES_A_SECOND)
    assert clock.slept == [1.0]
