"""The default threshold lies between what was built independently and what was copied.

`python -m benchmarks.similar_accuracy` prints the figures, and docs/similar.md tells them.
"""

from pathlib import Path

import pytest

from benchmarks.similar_accuracy import WATERED, in_common_with_copy, independent, references
from grader.similar.build import AT_LEAST


def test_independent_solutions_stay_far_below() -> None:
    """Of one challenge and of different ones, by a third of the threshold."""
    assert len(references()) >= 15
    found = {f"{pair.left.code.name} {pair.right.code.name}": 100 * pair.share for pair in independent()}
    assert {pair: share for pair, share in found.items() if share > AT_LEAST - 10} == {}


@pytest.mark.parametrize("source", references(), ids=lambda path: f"{path.parent.name}-{path.name}")
@pytest.mark.parametrize("watered", WATERED.values(), ids=WATERED)
def test_a_copy_in_disguise_stands_above(source: Path, watered: float) -> None:
    """All names and texts changed, functions and files in another order, other layout, statements put in."""
    assert in_common_with_copy(source, watered) > AT_LEAST + 10
