"""Text of strangers on its way into a page: hidden characters shown, and no more of it than there is room for."""

from html import escape

from grader.text import clip, visible

_LEAST = 30
"""Characters that every text gets, however little room is left."""


class Ink:
    """Room for text, in bytes of the page; what is written takes from it.

    Args:
        room: bytes, as they stand in the file: escaped and in UTF-8.
    """

    def __init__(self, room: int) -> None:
        self._left = room

    @property
    def dry(self) -> bool:
        """Whether the room is used up."""
        return self._left <= 0

    def fits(self, text: str) -> bool:
        """Whether there is room for all of the text."""
        return size(text) <= self._left

    def spend(self, markup: int) -> None:
        """Take room for the markup around texts.

        Args:
            markup: bytes.
        """
        self._left -= markup

    def line(self, text: str, limit: int = 300) -> str:
        """The text on one line.

        Args:
            text: anything.
            limit: characters of it that are kept at most.
        """
        return self._written(text, limit, multiline=False)

    def block(self, text: str, limit: int = 2_000) -> str:
        """The text with its line feeds and tabs; else as `line`."""
        return self._written(text, limit, multiline=True)

    def _written(self, text: str, limit: int, *, multiline: bool) -> str:
        shown = visible(text, limit=limit, multiline=multiline)
        cost = size(shown)
        if cost > max(self._left, 0):
            shown = clip(shown, max(_LEAST, len(shown) * max(self._left, 0) // cost))
            cost = size(shown)
        self._left -= cost
        return shown


def size(text: str) -> int:
    """Bytes that the text takes in the page."""
    return len(escape(text).encode("utf-8", "replace"))


def plain(text: str, limit: int = 300) -> str:
    """The text on one line, for what is short and rare enough to need no account.

    Args:
        text: anything.
        limit: characters of it that are kept at most.
    """
    return visible(text, limit=limit)


def tail(text: str, limit: int) -> str:
    """The end of a long text, whole lines where there are any, with a marker where something is left out.

    Args:
        text: anything, such as a log.
        limit: bytes in the page, about.
    """
    text = text.rstrip()
    kept = text[-limit:]
    shown = visible(kept, limit=limit, multiline=True)
    while size(shown) > limit:
        kept = kept[-(len(kept) * limit // size(shown)) + 1 :]
        shown = visible(kept, limit=limit, multiline=True)
    left_out = len(text) - len(kept)
    return shown if not left_out else f"… ({left_out:,} characters left out)\n{shown.partition(chr(10))[2] or shown}"
