"""Calls that take turns, and calls that do not; each is told as (key, arrival, end, outcome)."""

from collections.abc import Sequence

import pytest

from grader.harness.mismatch import Mismatch
from grader.harness.probes.turns import one_at_a_time, take_turns
from grader.harness.upstream.call import Call

Told = tuple[str, float, float | None, str]
WHAT = "events of one payment"


def calls(*told: Told) -> list[Call]:
    """Calls as an upstream records them, in the order of arrival."""
    return [
        Call("ledger", number, 1, "POST", "/", "/", [("key", key)], b"", 1, True, 1, None, at, None, outcome, ended)
        for number, (key, at, ended, outcome) in enumerate(told, 1)
    ]


def key(call: Call) -> str | None:
    return call.header("key")


def answered_well(attempts: Sequence[Call]) -> bool:
    return attempts[-1].outcome == "answered 201"


OK = "answered 201"
BUSY = "answered 503"
GONE = "closed by the caller"


@pytest.mark.parametrize(
    "told",
    [
        pytest.param([("a", 1, 2, OK), ("b", 2, 3, OK), ("c", 4, 5, OK)], id="one-after-another"),
        pytest.param([("a", 1, 2, BUSY), ("a", 3, 4, OK), ("b", 5, None, "")], id="second-attempt"),
        pytest.param([("x", 1, None, ""), ("a", 2, 3, OK), ("x", 3, 9, OK), ("b", 4, 5, OK)], id="others-beside"),
        pytest.param([("a", 1, None, ""), ("a", 3, 4, OK), ("b", 5, 6, OK)], id="an-attempt-left-open"),
    ],
)
def test_turns_are_taken(told: list[Told]) -> None:
    """Whatever of other keys is sent meanwhile."""
    order = [one for one in "abc" if any(each[0] == one for each in told)]
    take_turns(calls(*told), order, key, answered_well, what=WHAT)


@pytest.mark.parametrize(
    ("told", "got"),
    [
        pytest.param([("b", 1, 2, OK), ("a", 3, 4, OK)], "the 2nd came before an attempt at the 1st", id="other-order"),
        pytest.param([("a", 1, 4, OK), ("b", 2, 3, OK)], "the 2nd came while the 1st was in flight", id="beside"),
        pytest.param([("a", 1, None, ""), ("b", 2, 3, OK)], "the 2nd came while the 1st was in flight", id="held"),
        pytest.param(
            [("a", 1, 2, BUSY), ("b", 3, 4, OK), ("a", 5, 6, OK)], "the 2nd came before an attempt", id="in-its-pause"
        ),
        pytest.param(
            [("a", 1, 2, GONE), ("b", 3, 4, OK)], "the 2nd came after 1 attempts at the 1st", id="left-behind"
        ),
        pytest.param([("a", 1, 2, OK)], "the 2nd did not come: b", id="missing"),
    ],
)
def test_turns_are_not_taken(told: list[Told], got: str) -> None:
    """What is found says which of them, and what became of the call."""
    with pytest.raises(Mismatch, match=got):
        take_turns(calls(*told), ["a", "b"], key, answered_well, what=WHAT)


@pytest.mark.parametrize(
    "told",
    [
        pytest.param([("b", 1, 2, OK), ("a", 2, 3, OK)], id="in any order"),
        pytest.param([("a", 1, 2, BUSY), ("b", 3, 4, OK), ("a", 5, 6, OK)], id="between two attempts"),
        pytest.param([("a", 1, 3, GONE), ("b", 2, 4, OK)], id="given up"),
        pytest.param([("a", 1, None, ""), ("b", 2, 4, OK)], id="never answered"),
        pytest.param([], id="none"),
    ],
)
def test_one_goes_at_a_time(told: list[Told]) -> None:
    """That a call was given up is known to the application before it is known to the upstream."""
    one_at_a_time(calls(*told), what=WHAT)


@pytest.mark.parametrize(
    "told",
    [
        pytest.param([("a", 1, 3, OK), ("b", 2, 4, OK)], id="another"),
        pytest.param([("a", 1, 3, OK), ("a", 2, 4, OK)], id="the same"),
        pytest.param([("a", 1, 9, BUSY), ("b", 2, 3, GONE), ("c", 4, 5, OK)], id="many"),
    ],
)
def test_two_go_at_the_same_time(told: list[Told]) -> None:
    """The evidence is the pair."""
    with pytest.raises(Mismatch, match="sent one at a time") as caught:
        one_at_a_time(calls(*told), what=WHAT)
    assert "came while this was in flight" in caught.value.got
