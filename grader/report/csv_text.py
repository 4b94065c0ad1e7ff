"""Text of strangers in CSV, which spreadsheets read as more than text."""

import csv
import io
from collections.abc import Iterable
from typing import Final

from grader.text import visible

LIMIT: Final = 1_000
_FORMULAS = frozenset("=+-@|%＝＋－＠")
"""What spreadsheets take for the beginning of a formula, in full width too, and of a command (DDE).
https://owasp.org/www-community/attacks/CSV_Injection"""


def csv_cell(text: str, limit: int = LIMIT) -> str:
    """Make text fit for a cell: no spreadsheet computes it, and nothing in it is hidden.

    Args:
        text: anything.
        limit: how many characters of it are kept.

    Returns:
        One line. What would be a formula has an apostrophe before it, by which spreadsheets know text. Quotes and
        separators are as they were: give it to `csv.writer` with `QUOTE_ALL`, as `csv_table` does.
    """
    shown = visible(text, limit=limit)
    # Spreadsheets skip space before a formula. Tab, CR and LF at the beginning are escapes by now.
    return f"'{shown}" if shown.lstrip()[:1] in _FORMULAS and shown.strip() else shown


def csv_table(rows: Iterable[Iterable[str | float | None]]) -> str:
    """A table as RFC 4180 wants it.

    Args:
        rows: of cells, the header first; text is made safe, None is an empty cell, numbers are written as they are.
    """
    stream = io.StringIO()
    # Everything quoted: where `;` separates columns, as in half of Europe, an unquoted cell could begin new ones.
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
    for row in rows:
        writer.writerow([csv_cell(cell) if isinstance(cell, str) else cell for cell in row])
    return stream.getvalue()
