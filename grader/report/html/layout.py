"""JSON on several lines, so that a line of it can be pointed at. No token is changed: `12.50` stays `12.50`."""

import json
import re
from collections.abc import Iterator

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_SHORT = 72
_DEEPEST = 12


def laid_out(text: str) -> list[str]:
    """The lines of a body: those of JSON laid out with two spaces a level, any other text as it stands.

    Args:
        text: a body, possibly cut; already bounded.
    """
    if len(text) <= _SHORT or not _is_json(text):
        return text.split("\n")
    return list(_lines(_TOKEN.findall(text)))


def _is_json(text: str) -> bool:
    if text.lstrip()[:1] not in {"{", "["}:
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _lines(pieces: list[str]) -> Iterator[str]:
    depth, line = 0, ""
    for before, piece, after in zip(["", *pieces], pieces, [*pieces[1:], ""], strict=False):
        if piece in "]}":
            depth -= 1
            if before not in "[{":
                yield line
                line = _indent(depth)
        line += ": " if piece == ":" else piece
        if piece in "[{":
            depth += 1
        if piece == "," or (piece in "[{" and after not in "]}"):
            yield line
            line = _indent(depth)
    yield line


def _indent(depth: int) -> str:
    return "  " * min(depth, _DEEPEST)
