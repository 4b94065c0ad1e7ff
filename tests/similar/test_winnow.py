"""The two promises of winnowing: what is long enough is found, and what is too short is not."""

import random

import pytest

from grader.similar.winnow import RUN, WINDOW, run_hashes, winnow


def prints(symbols: bytes) -> set[int]:
    """The fingerprints of a text."""
    hashes = run_hashes(symbols)
    return {hashes[place] for place in winnow(hashes)}


@pytest.mark.parametrize("seed", range(20))
def test_a_passage_that_is_long_enough_is_always_found(seed: int) -> None:
    """Wherever it stands in either text: w + k - 1 symbols."""
    draw = random.Random(seed)
    passage = draw.randbytes(RUN + WINDOW - 1)
    texts = [draw.randbytes(draw.randrange(200)) + passage + draw.randbytes(draw.randrange(200)) for _ in range(2)]
    assert prints(texts[0]) & prints(texts[1])


def test_a_shorter_one_than_a_run_is_never_found() -> None:
    """It is noise."""
    passage = bytes(range(RUN - 1))
    assert not prints(b"\xff" * 40 + passage + b"\xfe" * 40) & prints(b"\xfd" * 40 + passage + b"\xfc" * 40)


@pytest.mark.parametrize(
    ("hashes", "places"),
    [
        pytest.param(
            [77, 74, 42, 17, 98, 50, 17, 98, 8, 88, 67, 39, 77, 74, 42, 17, 98], [3, 6, 8, 11, 15], id="paper"
        ),
        pytest.param([5] * 8, [3, 7], id="monotonous"),
        pytest.param([3, 1, 2], [1], id="one window"),
        pytest.param([3, 1], [1], id="less than a window"),
        pytest.param([], [], id="nothing"),
    ],
)
def test_the_example_of_the_paper(hashes: list[int], places: list[int]) -> None:
    """Figure 2: windows of four."""
    assert list(winnow(hashes, 4)) == places


def test_monotonous_text_keeps_one_in_a_window() -> None:
    """Not every run of it."""
    assert len(list(winnow([1] * 1_000))) <= 1_000 / WINDOW + 1


def test_hashes_are_the_same_everywhere() -> None:
    """Two machines list the same pairs."""
    assert run_hashes(bytes(range(RUN + 1))) == [3469664904, 156008689]
