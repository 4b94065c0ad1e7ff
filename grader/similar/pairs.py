"""Who shares how much with whom: by an inverted index, so that nobody's text is held against everybody's."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from grader.similar.prints import Row


@dataclass(frozen=True, slots=True)
class Shared:
    """Two submissions, and how many fingerprints they share."""

    left: Row
    right: Row
    prints: int

    @property
    def of_left(self) -> float:
        """Which share of the left one's fingerprints is found in the right one, 0 to 1."""
        return self.prints / len(self.left.prints)

    @property
    def of_right(self) -> float:
        """Likewise the other way round."""
        return self.prints / len(self.right.prints)

    @property
    def share(self) -> float:
        """Of the shorter one: containment (Broder, "On the resemblance and containment of documents", 1997)."""
        return max(self.of_left, self.of_right)


def shared(rows: Sequence[Row], at_least: float) -> list[Shared]:
    """The pairs of which the shorter one is found in the other to this share, the most similar first.

    Args:
        rows: a cohort, in the order of the names.
        at_least: 0 to 1.
    """
    holders: dict[int, list[int]] = {}
    for number, row in enumerate(rows):
        if row.comparable:
            for known in row.prints:
                holders.setdefault(known, []).append(number)
    counts: Counter[tuple[int, int]] = Counter()
    for numbers in holders.values():
        counts.update(combinations(numbers, 2))
    pairs = [Shared(rows[one], rows[other], many) for (one, other), many in sorted(counts.items())]
    return sorted((pair for pair in pairs if pair.share >= at_least), key=lambda pair: -pair.share)
