"""JSON from a stranger: RFC 8259 to the letter, with bounds, and never a crash.

Python's own parser lets through what RFC 8259 forbids or leaves open: NaN and Infinity (section 6), names that repeat
(section 4), lone surrogates (section 8.2), encodings other than UTF-8 (section 8.1). Here each is the sender's failure.
"""

import json
import math
import re
from collections.abc import Iterable
from typing import Any, Never

from grader.harness.mismatch import Mismatch
from grader.verdicts import Exchange

MAX_BYTES = 2 * 1024 * 1024
MAX_DEPTH = 100
MAX_PARTS = 50_000
"""Commas and opening brackets, of which a text has at least as many as values: each takes up to a hundred times the
memory of its one or two characters."""
MAX_INTEGER_DIGITS = 100
MAX_FRACTION_CHARS = 1_000
EXCERPT_BYTES = 200

_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


class _Refused(ValueError):
    """The text is JSON for Python, but not by the rules above."""


def parse(body: bytes, *, exchange: Exchange | None = None) -> Any:
    """Parse a body.

    Args:
        body: the raw bytes.
        exchange: goes into the mismatch.

    Returns:
        dict, list, str, int, float, bool or None.

    Raises:
        Mismatch: it is not strict JSON, or beyond the bounds.
    """
    try:
        return _parse(body)
    except (ValueError, RecursionError) as problem:
        reason = "nested too deeply" if isinstance(problem, RecursionError) else str(problem)
        start = body[:EXCERPT_BYTES].decode("utf-8", "backslashreplace")
        raise Mismatch("a body of strict JSON", f"{reason}: {start!r}", exchange=exchange) from None


def _parse(body: bytes) -> Any:
    if len(body) > MAX_BYTES:
        raise _Refused(f"more than {MAX_BYTES} bytes")
    if not body.strip():
        raise _Refused("an empty body")
    if sum(map(body.count, b",[{")) > MAX_PARTS:
        raise _Refused(f"more than {MAX_PARTS} commas and brackets")
    text = body.decode("utf-8")
    value = json.loads(
        text,
        object_pairs_hook=_members,
        parse_constant=_constant,
        parse_float=_fraction,
        parse_int=_integer,
    )
    if _deeper_than(value, MAX_DEPTH):
        raise _Refused(f"nested deeper than {MAX_DEPTH}")
    if _SURROGATE_ESCAPE.search(text):
        # A pair of escapes is one character and encodes; half a pair does not.
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    return value


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _Refused("a member name that repeats")
    return members


def _constant(name: str) -> Never:
    raise _Refused(f"{name} is no JSON number")


def _fraction(text: str) -> float:
    if len(text) > MAX_FRACTION_CHARS:
        raise _Refused(f"a number of {len(text)} characters")
    number = float(text)
    if math.isinf(number):
        raise _Refused(f"the number {text} is out of range")
    return number


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > MAX_INTEGER_DIGITS:
        raise _Refused(f"an integer of {len(text)} digits")
    return int(text)


def _deeper_than(value: Any, limit: int) -> bool:
    level = _containers([value])
    for _ in range(limit):
        level = [inner for container in level for inner in _inside(container)]
    return bool(level)


def _inside(container: Any) -> list[Any]:
    return _containers(container.values() if isinstance(container, dict) else container)


def _containers(values: Iterable[Any]) -> list[Any]:
    return [value for value in values if isinstance(value, dict | list)]
