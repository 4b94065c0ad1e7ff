"""What is shown to people cannot steer their terminal or mislead their eye."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.text import clip, is_hidden, visible


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
