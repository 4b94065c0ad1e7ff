"""Calls that must take turns at an upstream: what comes later waits until what came earlier is settled.

Only the order of events at the upstream decides. That one call ended before another arrived is known for certain, since
one process sees both.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from grader.harness.mismatch import Mismatch
from grader.harness.upstream.call import Call

Key = Callable[[Call], Any]
"""What a call stands for, such as the id in its body."""
Settled = Callable[[Sequence[Call]], bool]
"""Whether these are all the attempts that their key needed."""


def take_turns(calls: Sequence[Call], order: Sequence[Any], key: Key, settled: Settled, *, what: str) -> None:
    """What was accepted first is settled before anything of the next is sent.

    Args:
        calls: in the order of arrival; those of other keys are not looked at.
        order: the keys, in the order in which they were accepted.
        key: what a call stands for.
        settled: whether attempts are all that were needed.
        what: the things in words, such as "events of one payment".

    Raises:
        Mismatch: a later one did not wait, or one has not come at all.
    """
    attempts = {one: [call for call in calls if key(call) == one] for one in order}
    for place, one in enumerate(order, 1):
        if not attempts[one]:
            raise Mismatch(f"{what} all come: {_shown(order)}", f"the {_place(place)} did not come: {one}")
    for place, (one, following) in enumerate(pairwise(order), 1):
        _waits(attempts[one], attempts[following][0], settled, f"{what} take turns", place)


def one_at_a_time(calls: Sequence[Call], *, what: str) -> None:
    """No call arrives while another one waits for its answer, in whatever order they come.

    One that was never answered is not looked at: when the application gave it up, nobody can say to the moment.

    Args:
        calls: in the order of arrival.
        what: the things in words, such as "events of one payment".

    Raises:
        Mismatch: two were in flight at the same time.
    """
    for place, later in enumerate(calls):
        for earlier in calls[:place]:
            if earlier.ended_at is not None and earlier.ended_at > later.at and not earlier.given_up:
                raise Mismatch(f"{what} are sent one at a time", f"{later} came while this was in flight: {earlier}")


def _waits(earlier: Sequence[Call], later: Call, settled: Settled, expected: str, place: int) -> None:
    came, before = f"the {_place(place + 1)} came", f"the {_place(place)}"
    if late := next((call for call in earlier if call.number > later.number), None):
        raise Mismatch(expected, f"{came} before an attempt at {before}: {late}")
    # Of earlier attempts it is not asked whether the connection was closed: the application may have given one up.
    if earlier[-1].ended_at is None or earlier[-1].ended_at > later.at:
        raise Mismatch(expected, f"{came} while {before} was in flight: {earlier[-1]}")
    if not settled(earlier):
        raise Mismatch(
            expected, f"{came} after {len(earlier)} attempts at {before}, which was not settled: {earlier[-1]}"
        )


def _place(number: int) -> str:
    return {1: "1st", 2: "2nd", 3: "3rd"}.get(number, f"{number}th")


def _shown(keys: Sequence[Any]) -> str:
    return ", ".join(map(str, keys))
