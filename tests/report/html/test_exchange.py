"""An exchange shows what the finding speaks of, and points at it."""

from typing import Any

import pytest

from grader.report.html.exchange import ExchangeView, exchange_view
from grader.report.html.ink import Ink
from grader.verdicts import Finding


def seen(samples: Any, expected: str = "", got: str = "", **changes: Any) -> ExchangeView:
    """The exchange as it is shown beside such a finding."""
    return exchange_view(samples.exchange(**changes), Finding(expected=expected, got=got), Ink(10_000))


@pytest.mark.parametrize(
    ("expected", "got", "marked"),
    [
        pytest.param("`body.total` is an integer: 3", "an integer: 1", ['"total": 1.50'], id="a member"),
        pytest.param("`body.items[0].name` is a text", "none", ['"name": "Ada'], id="a member within"),
        pytest.param("no member with the password", "`name`", ['"name": "Ada'], id="what was got"),
        pytest.param("status 404", "status 200 OK", ["status 200"], id="the status"),
        pytest.param("any status below 500", "status 500", ["status 200"], id="any status"),
        pytest.param("a header Content-Type", "none", ["content-type: "], id="a header"),
        pytest.param("a status page", "none", [], id="something else"),
        pytest.param("`body[0]` is a text", "none", [], id="an index"),
    ],
)
def test_the_lines_that_are_spoken_of_are_marked(samples: Any, expected: str, got: str, marked: list[str]) -> None:
    """A member of the body, the status, a header; no others."""
    found = [line.text.strip() for line in seen(samples, expected, got).answer if line.marked]
    assert len(found) == len(marked)
    assert all(line.startswith(begin) for line, begin in zip(found, marked, strict=True))


def test_an_answer_that_never_came_is_marked(samples: Any) -> None:
    """There is nothing else to point at."""
    view = seen(samples, status=None, error="no whole response", response_headers=[], response_body=None)
    assert [(line.text, line.marked) for line in view.answer] == [("no whole response", True)]


def test_headers_that_say_nothing_are_left_out_until_they_matter(samples: Any) -> None:
    """`Date` is noise, but not where a finding speaks of it."""
    assert "Authorization: Bearer abc" in seen(samples).request
    assert "Accept: */*" not in seen(samples).request
    assert "date: today" not in [line.text for line in seen(samples).answer]
    assert "date: today" in [line.text for line in seen(samples, "a Date").answer]


def test_a_header_cannot_be_a_pattern(samples: Any) -> None:
    """Its name is the candidate's."""
    view = seen(samples, "status 200", response_headers=[("(", "x"), ("a+", "y")])
    assert [line.text for line in view.answer if line.text][1:3] == ["(: x", "a+: y"]


def test_a_long_body_is_cut_with_a_count(samples: Any) -> None:
    """Sixty lines are enough to see what is wrong."""
    view = seen(samples, response_body="\n".join("x" * 3 for _ in range(100)))
    assert view.answer[-1].text == "… (40 lines left out)"
