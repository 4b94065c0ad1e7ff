"""The passages that two submissions have in common: as long as they go, and each symbol in one of them only.

Greedy string tiling (Wise, "String similarity via greedy string tiling", 1993), from seeds that are fingerprints.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from operator import or_
from typing import Final

from grader.similar.prints import Row
from grader.similar.winnow import RUN

_SEEDS: Final = 8
"""Places of one fingerprint that are tried in each submission: monotonous text has thousands."""
_STEP: Final = 256


@dataclass(frozen=True, slots=True)
class Match:
    """As many equal symbols, from these places on."""

    left: int
    right: int
    tokens: int


def matches(left: Row, right: Row) -> list[Match]:
    """What two submissions have in common, the longest first.

    Args:
        left: one.
        right: the other.

    Returns:
        Matches of at least `RUN` symbols that do not overlap in either of them.
    """
    taken_left, taken_right = bytearray(len(left.symbols)), bytearray(len(right.symbols))
    found = []
    for match in sorted(_longest(left, right), key=lambda one: (-one.tokens, one.left, one.right)):
        free = _free(match, taken_left, taken_right)
        if free.tokens >= RUN:
            taken_left[free.left : free.left + free.tokens] = b"\1" * free.tokens
            taken_right[free.right : free.right + free.tokens] = b"\1" * free.tokens
            found.append(free)
    return sorted(found, key=lambda one: (-one.tokens, one.left, one.right))


def _longest(left: Row, right: Row) -> Iterator[Match]:
    """Each seed, made as long as it goes; one match where several seeds lie in it."""
    a, b = bytes(left.symbols), bytes(right.symbols)
    reached: dict[int, int] = {}
    for one, other in _seeds(left, right):
        if one < reached.get(one - other, 0):
            continue
        size = _forward(a, b, one, other)
        if size >= RUN:  # else two runs have one hash, or something around them is nobody's own
            back = _backward(a, b, one, other)
            reached[one - other] = one + size
            yield Match(one - back, other - back, back + size)


def _seeds(left: Row, right: Row) -> list[tuple[int, int]]:
    return sorted(
        (one, other)
        for known, places in left.prints.items()
        if known in right.prints
        for one in places[:_SEEDS]
        for other in right.prints[known][:_SEEDS]
    )


def _forward(a: bytes, b: bytes, one: int, other: int) -> int:
    """How many symbols from here on are equal and not interrupted."""
    size = 0
    while (step := a[one + size : one + size + _STEP]) == b[other + size : other + size + _STEP]:
        if len(step) < _STEP or 0 in step:
            break
        size += _STEP
    end = min(len(a) - one, len(b) - other)
    while size < end and a[one + size] == b[other + size] != 0:
        size += 1
    return size


def _backward(a: bytes, b: bytes, one: int, other: int) -> int:
    """Likewise up to here."""
    size, end = 0, min(one, other)
    while size < end and a[one - size - 1] == b[other - size - 1] != 0:
        size += 1
    return size


def _free(match: Match, taken_left: bytearray, taken_right: bytearray) -> Match:
    """The longest part of a match that no other has taken."""
    best, start = (0, 0), 0
    left = taken_left[match.left : match.left + match.tokens]
    right = taken_right[match.right : match.right + match.tokens]
    taken = bytes(map(or_, left, right))
    while start < len(taken):
        end = taken.find(1, start)
        end = len(taken) if end < 0 else end
        best = max(best, (end - start, -start))
        start = end + 1
    size, begin = best
    return Match(match.left - begin, match.right - begin, size)
