"""Text from strangers, made safe to print: nothing in it can steer a terminal, a log or a reader's eye.

Escaping for a format (HTML, Markdown, CSV) is the business of the rendering; this holds for all.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Final

# Controls (C0, C1), format characters (bidi, zero width, tags), lone surrogates, line and paragraph separators:
# https://www.unicode.org/reports/tr9/ and https://trojansource.codes say what bidi can do to a reader.
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Joiners stay where they join: Persian words and family emoji need them, and they move nothing.
_JOINERS = frozenset("\u200c\u200d")
_LOOSE_JOINER = re.compile(
    "(?<![\u0590-\u1fff\u2190-\U0010ffff])[\u200c\u200d]|[\u200c\u200d](?![\u0590-\u1fff\u2190-\U0010ffff])"
)
# Fillers, blanks and variation selectors that draw nothing, or carry data unseen; those of emoji stay. What XML and
# Unicode call no characters: https://www.unicode.org/faq/private_use.html#nonchar1
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0d\uffa0\U000e0100-\U000e01ef"
    "\ufdd0-\ufdef"
    + "".join(chr(plane + last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF))
    + "]"
)
_MOST_MARKS: Final = 6
"""Combining marks on one letter; no script needs more, and a hundred of them cover the lines above."""
_LAYOUT = frozenset("\n\t")
# Runners of CI read lines of a step's output as orders. GitHub: `::` at the beginning once white space is taken off,
# `##[` anywhere (https://github.com/actions/runner, ActionCommand.cs); Azure: `##vso[`, TeamCity: `##teamcity[`.
_COMMAND = re.compile(r"(?:^|\r)[^\S\r\n]*:(?=:)|#(?=#\w*\[)", re.MULTILINE)


def is_hidden(char: str) -> bool:
    """Tell whether a character is unseen, or moves what is seen.

    Args:
        char: one character.

    Returns:
        True for control, format, bidi, surrogate and line-separating characters.
    """
    return unicodedata.category(char) in _HIDDEN_CATEGORIES and char not in _JOINERS


def visible(text: str, *, limit: int = 2_000, multiline: bool = False) -> str:
    r"""Show what is hidden or draws nothing as escapes, such as ``\x1b`` or ``\u202e``, and cut what is too long.

    Args:
        text: anything, lone surrogates too.
        limit: how many characters of `text` are kept; an escape is at most ten characters long.
        multiline: keep line feeds and tabs as they are, and read CR LF as LF; else they are escaped as well.

    Returns:
        Text that any UTF-8 stream takes and that occupies one line (unless `multiline`).
    """
    if multiline:
        text = text.replace("\r\n", "\n")
    text = clip(text, limit)
    if text.isascii() and text.isprintable():
        return text
    kept = _LAYOUT if multiline else frozenset[str]()
    text = _LOOSE_JOINER.sub(lambda found: _escaped(found[0]), text)
    return "".join(_escaped(char) if hide and char not in kept else char for char, hide in _judged(text))


def clip(text: str, limit: int) -> str:
    """Cut text, and say how much was cut.

    Args:
        text: anything.
        limit: how many characters are kept; the marker comes on top.

    Returns:
        `text` itself where it fits, else its beginning and ``… (12,345 characters left out)``.
    """
    left_out = len(text) - limit
    return text if left_out <= 0 else f"{text[:limit]}… ({left_out:,} characters left out)"


def command_places(text: str) -> list[int]:
    """Find what a CI runner would read as an order to itself, such as ``::add-mask::`` or ``##[error]``.

    Args:
        text: what is about to be printed, of any number of lines.

    Returns:
        Where there is a character without which it is none.
    """
    return [found.end() - 1 for found in _COMMAND.finditer(text)]


def without_commands(text: str, escape: Callable[[str], str] | None = None) -> str:
    r"""Take from text what a CI runner would read as an order to itself.

    Args:
        text: what is about to be printed, of any number of lines.
        escape: how the format of the text spells a character; ``\x3a`` by default.

    Returns:
        The same text with one character of each order spelt out.
    """
    spell = escape or _escaped
    return _COMMAND.sub(lambda found: found[0][:-1] + spell(found[0][-1]), text)


def _judged(text: str) -> Iterator[tuple[str, bool]]:
    """Each character, with whether it is to be escaped."""
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.category(char) in {"Mn", "Me"} else 0
        yield char, marks > _MOST_MARKS or is_hidden(char) or _UNSEEN.match(char) is not None


def _escaped(char: str) -> str:
    escape = char.encode("unicode_escape").decode("ascii")
    return escape if escape != char else f"\\x{ord(char):02x}"
