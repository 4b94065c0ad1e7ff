"""Pauses between attempts that an upstream has seen, each attempt told as (arrival, end)."""

from collections.abc import Callable, Sequence

import pytest

from grader.harness.mismatch import DeadlinePassed
from grader.harness.probes.pauses import first_within, last_longer_than_first, none_over, pauses_of, shortest
from grader.harness.upstream.call import Call


def attempts(*times: tuple[float, float | None]) -> list[Call]:
    """Calls as an upstream records them."""
    return [
        Call("ledger", number, 1, "POST", "/", "/", [], b"", number, True, 1, None, at, None, "answered 503", ended)
        for number, (at, ended) in enumerate(times, 1)
    ]


def series(*pauses: float, since: float = 100.0) -> list[Call]:
    """Attempts of a tenth of a second with these pauses in between."""
    times = [(since, since + 0.1)]
    for pause in pauses:
        begun = times[-1][1] + pause
        times.append((begun, begun + 0.1))
    return attempts(*times)


def test_a_pause_is_from_an_end_to_the_next_arrival() -> None:
    """However long the attempts take; one that the upstream never saw end is no pause."""
    found = pauses_of(attempts((1, 3), (3.5, 4), (6, None), (9, None)))
    assert [pause.seconds for pause in found] == [0.5, 2, 0]
    assert (found[1].since, found[1].until) == (4, 6)


def test_for_each_place_the_shortest_counts() -> None:
    """A stall of the machine makes one series longer, and hardly ever all of them."""
    found = shortest([series(0.5, 1, 4), series(2.5, 1.5, 2), series(0.6, 3, 2.5)])
    assert [round(pause.seconds, 6) for pause in found] == [0.5, 1, 2]


def test_series_of_different_lengths_are_the_packs_fault() -> None:
    """What is compared with what would not be known."""
    with pytest.raises(ValueError, match="shorter"):
        shortest([series(0.5, 1), series(0.5)])


@pytest.mark.parametrize("first", [0.0, 0.5, 1.0, 1.7])
def test_a_first_pause_within_the_limit_passes(first: float) -> None:
    """And so does one a little over it: workers look now and then."""
    first_within([series(first, 1, 2)], 1.0)


def test_a_long_first_pause_fails_by_the_clock() -> None:
    """The times are those of the pause, so that the control is asked about no other."""
    with pytest.raises(DeadlinePassed, match=r"the first pause is at most 1 s, got it was 2\.50 s") as caught:
        first_within([series(2.5, 3, 4, since=100.0), series(3, 3, 4)], 1.0)
    assert (caught.value.since, caught.value.until) == (100.1, 102.6)


def test_the_longest_pause_counts_wherever_it_is() -> None:
    """In the middle as well."""
    none_over([series(1, 5.5, 5)], 5.0)
    with pytest.raises(DeadlinePassed, match=r"no pause is over 5 s, got it was 8\.00 s"):
        none_over([series(1, 8, 5)], 5.0)


@pytest.mark.parametrize("pauses", [(0.01, 0.02, 0.04), (1, 1, 1.1), (0.5, 9, 0.6)])
def test_growing_pauses_pass(pauses: Sequence[float]) -> None:
    """However short they are; only the first and the last are compared."""
    last_longer_than_first([series(*pauses)])


@pytest.mark.parametrize("pauses", [(1, 1, 1), (1, 1, 1.02), (2, 1, 0.5)])
def test_pauses_that_do_not_grow_fail(pauses: Sequence[float]) -> None:
    """Two that are meant to be alike are never quite alike."""
    with pytest.raises(DeadlinePassed, match="the last pause is longer than the first"):
        last_longer_than_first([series(*pauses)])


def test_more_growth_can_be_asked_for() -> None:
    """Where it is clear, one look is enough."""
    last_longer_than_first([series(1, 1, 1.31)], growth=1.3)
    with pytest.raises(DeadlinePassed, match="the last pause is longer than the first"):
        last_longer_than_first([series(1, 1, 1.29)], growth=1.3)


@pytest.mark.parametrize("judge", [lambda made: first_within(made, 1.0), last_longer_than_first])
def test_one_series_with_a_stall_costs_nothing(judge: Callable[[list[list[Call]]], None]) -> None:
    """The others show what was meant."""
    judge([series(4, 1, 2), series(0.5, 1, 2)])
