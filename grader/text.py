"""Text from strangers, made safe to print: nothing in it can steer a terminal, a log or a reader's eye.

Escaping for a format (HTML, Markdown, CSV, workflow commands) is the business of the rendering; this holds for all.
"""

import unicodedata

# Controls (C0, C1), format characters (bidi, zero width, tags), lone surrogates, line and paragraph separators:
# https://www.unicode.org/reports/tr9/ and https://trojansource.codes say what bidi can do to a reader.
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Joiners stay: Persian words and family emoji need them, and they move nothing.
_JOINERS = frozenset("\u200c\u200d")
_LAYOUT = frozenset("\n\t")


def is_hidden(char: str) -> bool:
    """Tell whether a character is unseen, or moves what is seen.

    Args:
        char: one character.

    Returns:
        True for control, format, bidi, surrogate and line-separating characters.
    """
    return unicodedata.category(char) in _HIDDEN_CATEGORIES and char not in _JOINERS


def visible(text: str, *, limit: int = 2_000, multiline: bool = False) -> str:
    r"""Show hidden characters as escapes, such as ``\x1b`` or ``\u202e``, and cut what is too long.

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
    if text.isprintable():
        return text
    kept = _LAYOUT if multiline else frozenset[str]()
    return "".join(_escaped(char) if char not in kept and is_hidden(char) else char for char in text)


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


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
