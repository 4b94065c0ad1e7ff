"""Turns, pairs and decisions, with blocks that a test makes up."""

import random
import threading
from collections.abc import Callable

import pytest

from grader.errors import HarnessError
from grader.latency import comparison as module
from grader.latency.comparison import FEWEST, MOST, Comparison, Side
from grader.verdicts import LoadOrder, LoadSeen

Make = Callable[[int], LoadSeen]
"""What is seen in a side's block of this number; the first is for warming up."""


def seen(latency: float = 0.01, **changes: object) -> LoadSeen:
    plain: dict[str, object] = {"latencies": [latency] * 20, "lags": [0.0] * 20, "scheduled": 20}
    return LoadSeen.model_validate(plain | changes)


def always(latency: float = 0.01, **changes: object) -> Make:
    return lambda _: seen(latency, **changes)


class Play:
    """Both sides of a comparison, each in a thread; who was sent what, in order."""

    def __init__(self, application: Make, reference: Make, factors: tuple[float, ...] = (2.0, 4.0)) -> None:
        self.sent: list[tuple[Side, float]] = []
        self.ends: dict[Side, LoadOrder | Exception] = {}
        self.comparison = Comparison(factors, random.Random(1))
        threads = [
            threading.Thread(target=self._side, args=("application", application)),
            threading.Thread(target=self._side, args=("reference", reference)),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

    def _side(self, side: Side, make: Make) -> None:
        try:
            number, order = 0, self.comparison.turn(side, None)
            while order.seconds:
                self.sent.append((side, order.seconds))
                order = self.comparison.turn(side, make(number))
                number += 1
            self.ends[side] = order
        except HarnessError as error:
            self.ends[side] = error

    @property
    def tiers(self) -> list[bool]:
        assert self.comparison.outcome
        return [tier.reached for tier in self.comparison.outcome.order.tiers]

    @property
    def note(self) -> str:
        assert self.comparison.outcome
        return self.comparison.outcome.order.note


def test_blocks_come_in_turns_after_one_for_warming_up() -> None:
    """A B, then A B B A A B …: whatever drifts, drifts for both."""
    play = Play(always(), always())
    order = "".join(side[0] for side, _ in play.sent)
    assert order == "ar" + "arra" * (FEWEST // 2)
    assert [seconds for _, seconds in play.sent[:3]] == [0.5, 0.5, module.BLOCK_SECONDS]


def test_both_sides_are_told_the_same_end() -> None:
    """So both pods are left at the same time."""
    play = Play(always(), always())
    assert play.comparison.outcome
    assert play.ends == dict.fromkeys(("application", "reference"), play.comparison.outcome.order)


@pytest.mark.parametrize(
    ("latency", "tiers"),
    [(0.005, [True, True]), (0.019, [True, True]), (0.03, [False, True]), (0.05, [False, False])],
)
def test_the_ratio_decides_the_tiers(latency: float, tiers: list[bool]) -> None:
    """At most twice, at most four times, or neither."""
    assert Play(always(latency), always(0.01)).tiers == tiers


def test_the_tail_counts_as_the_middle_does() -> None:
    """One in ten that is slow shows in p95."""
    tail = LoadSeen(latencies=[0.01] * 18 + [0.05] * 2, lags=[0.0] * 20, scheduled=20)
    assert Play(lambda _: tail, always(0.01)).tiers == [False, False]


def test_warming_up_does_not_count() -> None:
    """However slow the first requests are."""
    assert Play(lambda number: seen(0.01 if number else 5.0), always(0.01)).tiers == [True, True]


def test_what_straddles_a_tier_is_looked_at_longer_then_undecided() -> None:
    """A ratio of exactly two is neither; nobody is punished for it."""
    play = Play(lambda number: seen(0.01 * (1 if number % 2 else 4)), always(0.01))
    assert play.tiers == []
    assert f"after {MOST} pairs" in play.note


def test_a_tier_that_cannot_be_told_is_granted_where_another_is_missed() -> None:
    """Between three and five times: surely above two, and nobody can say of four. So it fails, and keeps its half."""
    play = Play(lambda number: seen(0.01 * (3 if number % 2 else 5)), always(0.01))
    assert play.tiers == [False, True]
    assert play.comparison.outcome
    assert len(play.comparison.outcome.pairs) == MOST


def test_a_pair_counts_only_if_the_driver_was_in_time() -> None:
    """A driver that was late has measured itself; another pair takes its place."""
    late = seen(lags=[0.004] * 20)
    play = Play(lambda number: late if number in (1, 2) else seen(), always())
    assert play.comparison.outcome
    assert (len(play.comparison.outcome.pairs), play.comparison.outcome.void) == (FEWEST, 2)


def test_a_driver_that_is_always_late_decides_nothing() -> None:
    """That is the machine's doing."""
    play = Play(always(lags=[0.02] * 20), always())
    assert play.tiers == []
    assert "of which 0 count" in play.note


def test_who_does_not_keep_the_rate_reaches_no_tier() -> None:
    """Saturation is a verdict of its own, and comes soon: two blocks say it."""
    play = Play(always(unanswered=2), always())
    assert play.tiers == [False, False]
    assert len(play.sent) == 2 + 4


def test_one_block_with_losses_may_be_an_accident() -> None:
    """It is left out of the ratio."""
    play = Play(lambda number: seen(latencies=[], unanswered=20) if number == 3 else seen(), always())
    assert play.tiers == [True, True]


def test_a_rate_that_the_reference_does_not_keep_either_is_the_machines_fault() -> None:
    """The machine is too slow for the load."""
    assert Play(always(unanswered=2), always(unanswered=2)).tiers == []


def test_a_wrong_answer_ends_it() -> None:
    """A fast wrong answer is no answer; the harness has the exchange."""
    play = Play(always(wrong=1), always())
    assert len(play.sent) == 1
    assert "wrong" in play.note


def test_a_reference_that_answers_wrongly_is_the_challenges_fault() -> None:
    """Both sides hear of it."""
    play = Play(always(), always(wrong=1))
    assert all("reference answered wrongly" in str(end) for end in play.ends.values())


def test_a_side_that_does_not_come_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one waits for a bounded time."""
    monkeypatch.setattr(module, "TURN_SECONDS", 0.05)
    comparison = Comparison((2.0,), random.Random(1))
    with pytest.raises(HarnessError, match="stood still"):
        comparison.turn("reference", None)


def test_a_side_that_cannot_go_on_ends_it_for_the_other() -> None:
    """At once, however long it would wait."""
    comparison = Comparison((2.0,), random.Random(1))
    comparison.fail(HarnessError("the reference did not start"))
    with pytest.raises(HarnessError, match="did not start"):
        comparison.turn("application", None)
