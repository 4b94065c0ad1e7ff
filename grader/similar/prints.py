"""A submission's fingerprints, without what is nobody's own: what the challenge gave, or most of a cohort have."""

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain
from typing import Final

from grader.similar.read import Code, SourceFile
from grader.similar.winnow import RUN, run_hashes, winnow

LEAST: Final = 12
"""Fingerprints that a submission must have left: of fewer (some sixty tokens), a share says nothing."""
_SMALL_COHORT: Final = 5
_MOST: Final = 0.5
_MANY: Final = 250


@dataclass(slots=True)
class Row:
    """A submission as one row of symbols, and its fingerprints.

    Attributes:
        symbols: of all files, one after the other; 0 between files, and where something is nobody's own.
        lines: of each symbol, in its file.
        starts: where each file begins.
        prints: fingerprint → where it stands, in order.
    """

    code: Code
    symbols: bytearray = field(default_factory=bytearray)
    lines: "array[int]" = field(default_factory=lambda: array("I"))
    starts: list[int] = field(default_factory=list)
    prints: dict[int, list[int]] = field(default_factory=dict)

    @property
    def own(self) -> int:
        """How many symbols are its own."""
        return len(self.symbols) - self.symbols.count(0)

    @property
    def comparable(self) -> bool:
        """Whether there is enough of it for a share to mean something."""
        return len(self.prints) >= LEAST

    def file_at(self, place: int) -> SourceFile:
        """The file that a symbol is of."""
        return self.code.files[bisect_right(self.starts, place) - 1]

    def drop(self, common: Container[int]) -> None:
        """Take fingerprints away, and the symbols under them."""
        places = [place for known in [*self.prints] if known in common for place in self.prints.pop(known)]
        self.hide(places)

    def hide(self, places: Iterable[int]) -> None:
        """Interrupt the row where these runs are, but for what belongs to a fingerprint that it keeps."""
        whole = bytes(self.symbols)
        for place in places:
            self.symbols[place : place + RUN] = bytes(RUN)
        for place in chain.from_iterable(self.prints.values()):
            self.symbols[place : place + RUN] = whole[place : place + RUN]


def row_of(code: Code, ignored: Container[int]) -> Row:
    """Fingerprint a submission.

    Args:
        code: as it was read.
        ignored: hashes of all runs (`every_run`) that are nobody's own.
    """
    row = Row(code, starts=_starts(code.files))
    hidden = []
    for start, file in zip(row.starts, code.files, strict=True):
        hashes = run_hashes(file.tokens.symbols)
        row.symbols += file.tokens.symbols + b"\0"
        row.lines.extend([*file.tokens.lines, 0])
        hidden += [start + place for place, known in enumerate(hashes) if known in ignored]
        for place in winnow(hashes):
            if hashes[place] not in ignored:
                row.prints.setdefault(hashes[place], []).append(start + place)
    row.hide(hidden)
    return row


def every_run(files: Iterable[SourceFile]) -> set[int]:
    """The hashes of all runs of these files: whatever a submission keeps of them, it is among these."""
    return {known for file in files for known in run_hashes(file.tokens.symbols)}


def most_have(cohort: int) -> int:
    """How many submissions of a cohort may share something before it counts as everybody's.

    Half of them: what more have was given out, or is how everybody writes it. But never fewer than five: of three
    submissions, two that are copies of each other are already most. And never more than 250, so that the work does
    not grow with the square of the cohort.

    Args:
        cohort: how many there are.
    """
    return min(max(_SMALL_COHORT, int(cohort * _MOST)), _MANY)


def drop_common(rows: Sequence[Row]) -> int:
    """Take from all what more than `most_have` of them have.

    Returns:
        How many fingerprints that were.
    """
    often = Counter(known for row in rows for known in row.prints)
    limit = most_have(len(rows))
    common = {known for known, many in often.items() if many > limit}
    for row in rows:
        row.drop(common)
    return len(common)


def _starts(files: Sequence[SourceFile]) -> list[int]:
    sizes = (len(file.tokens.symbols) + 1 for file in files)
    return list(accumulate(sizes, initial=0))[: len(files)]
