"""Text of strangers in Markdown, as GitHub reads it: shown as it is, and no link, image, mention or heading.

What a candidate wrote stands in code, and nowhere else: in code GitHub looks for neither markup nor mentions, issues,
addresses or hashes. https://github.github.com/gfm/
"""

import re
from typing import Final

from grader.text import visible

_LONGEST_RUN: Final = 8
"""Backticks in a row. GitHub's parser takes no more than 80 for a delimiter: more would delimit nothing."""
_RUN = re.compile(r"`+")
_SPECIAL = re.compile(r"([\\`*_\[\]<>&~|])")
"""What is markup within a line; at the beginning of one there are always words of ours."""
# What GitHub makes something of though it is no markup: @name, #1, GH-1, hashes, addresses, $formulas$, :emoji:
_LINKED = re.compile(r"[@#$]|://|www\.|\bgh-\d|\b[0-9a-f]{7,40}\b|:\w+:", re.IGNORECASE)


def code(text: str, limit: int = 300) -> str:
    """Text as code within a line.

    Args:
        text: anything.
        limit: how many characters of it are kept.

    Returns:
        A code span on one line, `–` where the text is empty.
    """
    shown = _bounded_runs(visible(text, limit=limit))
    if not shown.strip():
        return "–"
    fence = "`" * (_longest_run(shown) + 1)
    return f"{fence} {shown} {fence}" if "`" in shown or shown != shown.strip() else f"{fence}{shown}{fence}"


def block(text: str, limit: int = 2_000, language: str = "text") -> str:
    """Text as a block of code, with its lines.

    Args:
        text: anything.
        limit: how many characters of it are kept.
        language: what it is written in.

    Returns:
        A fenced block that nothing in it can end.
    """
    shown = _bounded_runs(visible(text, limit=limit, multiline=True))
    fence = "`" * max(3, _longest_run(shown) + 1)
    return f"{fence}{language}\n{shown.rstrip()}\n{fence}"


def prose(text: str, limit: int = 300) -> str:
    """A sentence of ours or of a pack's, with its `code` between backticks; anything else in it is no markup.

    Args:
        text: anything.
        limit: how many characters of it are kept.

    Returns:
        One line. What GitHub would make a link or a mention of becomes code.
    """
    parts = visible(text, limit=limit).split("`")
    if len(parts) % 2 == 0:  # they do not pair
        return code(text, limit)
    made = ""
    for number, part in enumerate(parts):
        piece = _code_part(part) if number % 2 else _plain(part)
        # Two spans that touch would become one.
        made += f" {piece}" if made.endswith("`") and piece.startswith("`") else piece
    return made


def _code_part(text: str) -> str:
    return code(text) if text.strip() else ""


def _plain(text: str) -> str:
    if not _LINKED.search(text):
        return _SPECIAL.sub(r"\\\1", text)
    return f"{' ' * text.startswith(' ')}{code(text.strip())}{' ' * text.endswith(' ')}"


def _bounded_runs(text: str) -> str:
    return _RUN.sub(lambda run: run[0] if len(run[0]) <= _LONGEST_RUN else "\\x60" * len(run[0]), text)


def _longest_run(text: str) -> int:
    return max((len(run) for run in _RUN.findall(text)), default=0)
