"""No text makes a workflow command of its own, or another property, or a second line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.github.commands import annotation


def test_an_annotation_reads_as_the_toolkit_writes_it() -> None:
    """https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts."""
    line = annotation("error", "a: b, 100%", "first: x, y\nsecond 5%")
    assert line == "::error title=a%3A b%2C 100%25::first: x, y%0Asecond 5%25"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("x\n::add-mask::secret", id="line feed"),
        pytest.param("x\r::set-env name=A::b", id="carriage return"),
        pytest.param("x\r\n::stop-commands::t", id="both"),
        pytest.param("x%0A::error::y", id="escaped already"),
        pytest.param("\x85::error::y", id="next line"),
        pytest.param("\u2028::error::y", id="line separator"),
        pytest.param("\x1b]8;;http://a\x07", id="terminal link"),
        pytest.param("title::y", id="ends the properties"),
        pytest.param("a,file=/etc/passwd", id="another property"),
        pytest.param("\udcff", id="lone surrogate"),
        pytest.param("x" * 1_000_000, id="a megabyte"),
    ],
)
def test_a_text_stays_in_its_place(text: str) -> None:
    """One line, printable, that begins with what we wrote; the title's property ends where we end it."""
    line = annotation("warning", text, text)
    assert len(line) < 30_000
    assert line.isprintable()
    properties, _, message = line.removeprefix("::warning title=").partition("::")
    assert line.startswith("::warning title=")
    assert not set(":,\r\n") & set(properties)
    assert not set("\r\n") & set(message)


@given(st.text(), st.text())
def test_whatever_it_is(title: str, message: str) -> None:
    """A single line with a single property, for any text."""
    line = annotation("error", title, message)
    assert len(line.splitlines()) == 1
    assert line.startswith("::error title=")
    assert ":" not in line.removeprefix("::error title=").partition("::")[0]
