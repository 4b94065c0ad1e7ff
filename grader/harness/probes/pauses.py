"""Pauses between attempts at an upstream, as the upstream sees them: from the end of one to the arrival of the next.

A contract that has seconds in it needs a clock. But a busy machine makes a pause longer, and never shorter. So several
calls are tried over and over at the same time, and for each place in the series the shortest pause counts: that is the
nearest to what the application meant.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from grader.harness.mismatch import DeadlinePassed
from grader.harness.upstream.call import Call

SLACK: Final = 0.75
"""Seconds over a limit that are forgiven: a worker looks for what is due now and then, and a machine is busy."""
GROWTH: Final = 1.03
"""Two pauses that are meant to be alike differ by less on an idle machine."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Times are seconds of the monotonic clock.

    Attributes:
        since: when an attempt ended.
        until: when the next one had arrived.
    """

    since: float
    until: float

    @property
    def seconds(self) -> float:
        """How long it was."""
        return self.until - self.since


def pauses_of(calls: Sequence[Call]) -> list[Pause]:
    """The pauses between attempts.

    Args:
        calls: all attempts at one thing, in order; each but the last has ended.
    """
    return [
        Pause(one.ended_at if one.ended_at is not None else following.at, following.at)
        for one, following in pairwise(calls)
    ]


def shortest(series: Sequence[Sequence[Call]]) -> list[Pause]:
    """For each place the shortest pause of several series.

    Args:
        series: at least one, with equally many attempts each.

    Raises:
        ValueError: they have not.
    """
    places = zip(*map(pauses_of, series), strict=True)
    return [min(pauses, key=lambda pause: pause.seconds) for pauses in places]


def first_within(series: Sequence[Sequence[Call]], seconds: float, *, slack: float = SLACK) -> None:
    """The first pause is no longer than so many seconds.

    Args:
        series: see `shortest`.
        seconds: the contract's.
        slack: how much more is forgiven.

    Raises:
        DeadlinePassed: it is.
    """
    first = shortest(series)[0]
    if first.seconds > seconds + slack:
        raise _too_long(f"the first pause is at most {seconds:g} s", first)


def none_over(series: Sequence[Sequence[Call]], seconds: float, *, slack: float = SLACK) -> None:
    """No pause is longer than so many seconds; arguments as for `first_within`.

    Raises:
        DeadlinePassed: one is.
    """
    longest = max(shortest(series), key=lambda pause: pause.seconds)
    if longest.seconds > seconds + slack:
        raise _too_long(f"no pause is over {seconds:g} s", longest)


def last_longer_than_first(series: Sequence[Sequence[Call]], *, growth: float = GROWTH) -> None:
    """The last pause is longer than the first.

    Args:
        series: see `shortest`; at least three attempts each.
        growth: how many times as long it must be.

    Raises:
        DeadlinePassed: it is not.
    """
    first, *_, last = shortest(series)
    if last.seconds <= first.seconds * growth:
        got = f"the first was {first.seconds:.2f} s, the last {last.seconds:.2f} s"
        raise DeadlinePassed("the last pause is longer than the first", got, since=first.since, until=last.until)


def _too_long(expected: str, pause: Pause) -> DeadlinePassed:
    return DeadlinePassed(expected, f"it was {pause.seconds:.2f} s", since=pause.since, until=pause.until)
