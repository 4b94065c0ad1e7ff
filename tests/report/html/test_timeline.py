"""Calls on one axis: when each came, how long it was held, and whether any two met."""

from typing import Any

import pytest

from grader.report.html.ink import Ink
from grader.report.html.timeline import TimelineView, timeline_view


def drawn(*calls: Any) -> TimelineView:
    """The time line of these calls."""
    view = timeline_view(list(calls), Ink(100_000))
    assert view is not None
    return view


def test_bars_stand_where_the_calls_were(samples: Any) -> None:
    """In per cent of the whole axis, from the first arrival to the last end."""
    view = drawn(samples.call(1, 10.0, 1.0), samples.call(2, 11.0, 3.0))
    assert [(row.left, row.width) for row in view.rows] == [(0.0, 25.0), (25.0, 75.0)]
    assert [(row.arrived, row.held) for row in view.rows] == [("0.00 s", "1.00 s"), ("1.00 s", "3.00 s")]
    assert view.span == "4.00 s"


@pytest.mark.parametrize(
    ("calls", "words"),
    [
        pytest.param([(0.0, 1.0), (1.0, 1.0)], "No two calls were there at the same time", id="one after the other"),
        pytest.param([(0.0, 1.0), (0.5, 1.0), (2.0, 1.0)], "At most 2 of 3", id="two of three"),
        pytest.param([(0.0, 2.0), (0.0, 2.0), (0.0, 2.0)], "At most 3 of 3", id="all"),
        pytest.param([(0.0, 2.0)], "Only this call came", id="alone"),
    ],
)
def test_whether_calls_met_is_said_in_words(samples: Any, calls: list[tuple[float, float]], words: str) -> None:
    """That is what a rendezvous is about."""
    view = drawn(*(samples.call(number, at, held) for number, (at, held) in enumerate(calls, 1)))
    assert view.overlap.startswith(words)


def test_every_bar_is_seen_and_none_leaves_the_axis(samples: Any) -> None:
    """Also of a call that took no time, at the very end, or where all took none."""
    for calls in ([(0.0, 1.0), (1.0, 0.0)], [(0.0, 0.0), (0.0, 0.0)]):
        for row in drawn(*(samples.call(1, at, held) for at, held in calls)).rows:
            assert row.width > 0
            assert row.left + row.width <= 100


def test_many_calls_are_counted(samples: Any) -> None:
    """The first ones are shown."""
    view = drawn(*(samples.call(number, number, 0.5) for number in range(1, 61)))
    assert (len(view.rows), view.more) == (16, 44)


def test_what_was_not_answered_is_drawn_otherwise(samples: Any) -> None:
    """Beside the words for it."""
    rows = drawn(samples.call(1, 0.0, 1.0), samples.call(2, 0.0, 1.0, "never answered")).rows
    assert [row.answered for row in rows] == [True, False]


def test_no_calls_no_line() -> None:
    """There is nothing to draw."""
    assert timeline_view([], Ink(100)) is None
