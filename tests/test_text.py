"""What is shown to people cannot steer their terminal or mislead their eye."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.text import clip, command_places, is_hidden, visible, without_commands


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("plain é 漢字 <b>", "plain é 漢字 <b>", id="printable text is untouched"),
        pytest.param("\x1b[31mred", "\\x1b[31mred", id="ansi"),
        pytest.param("\x9b31m", "\\x9b31m", id="c1"),
        pytest.param("a\r\nb\tc\0", "a\\r\\nb\\tc\\x00", id="layout and nul"),
        pytest.param("x\u202egpj.exe", "x\\u202egpj.exe", id="bidi override"),
        pytest.param("a\u2066b\u2069", "a\\u2066b\\u2069", id="bidi isolate"),
        pytest.param("\ud800", "\\ud800", id="lone surrogate"),
        pytest.param("a\u2028b\ufeff\U000e0041", "a\\u2028b\\ufeff\\U000e0041", id="separator, bom, tag"),
        pytest.param("👩\u200d💻", "👩\u200d💻", id="joiners stay"),
        pytest.param("a\u00a0b", "a\u00a0b", id="no-break space stays"),
        pytest.param("می\u200cخواهم", "می\u200cخواهم", id="joiners of a script stay"),
        pytest.param("a\u200db \u200c", "a\\u200db \\u200c", id="joiners that join nothing"),
        pytest.param("a\u3164\u034f\ufe01b", "a\\u3164\\u034f\\ufe01b", id="fillers and selectors"),
        pytest.param("❤\ufe0f", "❤\ufe0f", id="the selector of emoji stays"),
        pytest.param("\uffff\ufdd0", "\\uffff\\ufdd0", id="what is no character"),
        pytest.param("é" + "\u0301" * 8, "é" + "\u0301" * 6 + "\\u0301" * 2, id="heaps of marks"),
    ],
)
def test_hidden_characters_are_shown_as_escapes(text: str, shown: str) -> None:
    """Every character that a reader would not see is spelt out; every other one is as it was."""
    assert visible(text) == shown


def test_multiline_keeps_lines_and_tabs_only() -> None:
    """A log keeps its lines, whatever their ends; a lone CR could overwrite a line and is shown."""
    assert visible("one\r\ntwo\tx\rthree\x1b", multiline=True) == "one\ntwo\tx\\rthree\\x1b"


@given(st.text(st.characters(codec=None, exclude_categories=[])))
def test_visible_is_one_encodable_line_without_hidden_characters(text: str) -> None:
    """Whatever comes in, what goes out is one line that UTF-8 can carry."""
    shown = visible(text)
    shown.encode("utf-8")
    assert len(shown.splitlines()) <= 1
    assert not any(is_hidden(char) for char in shown)


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        pytest.param("abc", 3, "abc", id="fits"),
        pytest.param("abcd", 3, "abc… (1 characters left out)", id="one too many"),
        pytest.param("x" * 12_347, 2, "xx… (12,345 characters left out)", id="thousands"),
    ],
)
def test_clip_says_how_much_is_missing(text: str, limit: int, expected: str) -> None:
    """The beginning is kept, and the reader is told what is not there."""
    assert clip(text, limit) == expected


def test_visible_is_bounded() -> None:
    """A message of megabytes comes out short, escapes included."""
    assert len(visible("\x1b" * 5_000_000, limit=100)) < 100 * 10 + 50


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("::error::x", "\\x3a:error::x", id="at the beginning"),
        pytest.param("a\n \u00a0\t::x\r::y", "a\n \u00a0\t\\x3a:x\r\\x3a:y", id="after white space and line ends"),
        pytest.param("a ::x [::1] c::d", "a ::x [::1] c::d", id="within a line it is none"),
        pytest.param("a ##[error]b", "a \\x23#[error]b", id="the old form, anywhere"),
        pytest.param("###[x] ##vso[y] ##teamcity[z]", "#\\x23#[x] \\x23#vso[y] \\x23#teamcity[z]", id="others"),
        pytest.param("## heading [x] #1", "## heading [x] #1", id="a heading is none"),
    ],
)
def test_orders_to_a_runner_are_spelt_out(text: str, shown: str) -> None:
    """One character of each is an escape, and nothing else is changed."""
    assert without_commands(text) == shown
    assert command_places(without_commands(text)) == []
