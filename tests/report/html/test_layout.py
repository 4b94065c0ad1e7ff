"""JSON is laid out so that a line can be pointed at, and stays what it was."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.report.html.layout import laid_out

LONG = "x" * 80
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.lists(JSON) | st.dictionaries(st.text(), JSON))
def test_nothing_but_space_between_tokens_changes(value: object) -> None:
    """Read back it is the same, whatever stands in texts."""
    assert json.loads("\n".join(laid_out(json.dumps([LONG, value])))) == [LONG, value]


def test_members_stand_on_lines_of_their_own() -> None:
    """With two spaces a level; empty ones stay closed; figures keep their digits."""
    text = '{"a":12.50,"b":[],"c":[1,{"d":"' + LONG + '"}],"e":{}}'
    assert laid_out(text) == [
        "{",
        '  "a": 12.50,',
        '  "b": [],',
        '  "c": [',
        "    1,",
        "    {",
        f'      "d": "{LONG}"',
        "    }",
        "  ],",
        '  "e": {}',
        "}",
    ]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param('{"a": 1}', id="short"),
        pytest.param('{"a": "' + LONG, id="cut"),
        pytest.param("<p>" + LONG, id="HTML"),
        pytest.param('"' + LONG + '"', id="a text"),
        pytest.param("[" * 100_000, id="deep"),
        pytest.param("[" * 2_000 + "]" * 2_000, id="deep and whole"),
    ],
)
def test_anything_else_stays_as_it_is(text: str) -> None:
    """What is no JSON object or list, short, or deeper than can be read."""
    shown = laid_out(text)
    assert shown == [text] or "".join(line.strip() for line in shown) == text


def test_lines_of_text_are_kept() -> None:
    """A body of several lines has them still."""
    assert laid_out("one\ntwo") == ["one", "two"]
