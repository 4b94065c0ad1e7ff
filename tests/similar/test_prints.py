"""What everybody has is no evidence."""

import pytest

from grader.similar.pairs import shared
from grader.similar.passages import matches
from grader.similar.prints import Row, drop_common, every_run, most_have, row_of
from tests.similar.conftest import code, function

GIVEN = "".join(map(function, range(8)))


def own(number: int) -> str:
    """Code that nobody else has."""
    return "".join(function(1_000 * number + 37 * part) for part in range(1, 9))


def rows(*texts: str, ignored: str = "") -> list[Row]:
    """Fingerprinted submissions."""
    runs = every_run(code("given", ignored).files) if ignored else frozenset[int]()
    return [row_of(code(f"c{number}", text), runs) for number, text in enumerate(texts)]


def test_what_was_given_is_no_match() -> None:
    """Neither in the figures nor in a passage, wherever the candidates put it."""
    one, other = own(1) + GIVEN, own(2)[:300] + GIVEN + own(2)[300:]
    assert [pair.share > 0.3 for pair in shared(rows(one, other), 0)] == [True]
    pair = rows(one, other, ignored=GIVEN)
    assert shared(pair, 0.01) == []
    assert matches(*pair) == []
    assert pair[0].own <= rows(own(1))[0].own + 16


def test_own_code_around_what_was_given_still_matches() -> None:
    """Only the given is set aside."""
    pair = rows(own(1) + GIVEN, GIVEN + own(1), ignored=GIVEN)
    assert [round(one.share, 1) for one in shared(pair, 0)] in ([0.9], [1.0])
    assert matches(*pair)[0].tokens > 0.8 * rows(own(1))[0].own


@pytest.mark.parametrize(
    ("cohort", "limit"),
    [pytest.param(2, 5, id="pair"), (3, 5), (10, 5), (11, 5), (12, 6), (40, 20), (500, 250), (5_000, 250)],
)
def test_how_many_may_have_something(cohort: int, limit: int) -> None:
    """Half of them, never fewer than five, and never more than 250."""
    assert most_have(cohort) == limit


def test_what_most_of_a_cohort_have_is_dropped() -> None:
    """Seven of ten got the same template; two of them copied besides."""
    texts = [own(number) + (GIVEN if number < 7 else "") for number in range(9)]
    cohort = rows(*texts, own(0) + GIVEN)
    assert drop_common(cohort) > 20
    assert [(pair.left.code.name, pair.right.code.name) for pair in shared(cohort, 0.3)] == [("c0", "c9")]


def test_in_a_small_cohort_copies_are_not_what_most_have() -> None:
    """Two of three, or all five of five, stay pairs."""
    for copies in (2, 5):
        cohort = rows(*[own(1)] * copies, own(2))
        assert drop_common(cohort) == 0
        assert len(shared(cohort, 0.9)) == copies * (copies - 1) // 2


def test_too_little_is_in_no_pair() -> None:
    """Two three-line programs are alike, which says nothing."""
    cohort = rows("def f(a):\n    return a + 1\n" * 3, "def g(b):\n    return b + 2\n" * 3)
    assert [row.comparable for row in cohort] == [False, False]
    assert shared(cohort, 0) == []
    assert [row.comparable for row in rows("", own(1))] == [False, True]


def test_the_shorter_one_is_what_counts() -> None:
    """One that is contained in a larger one is found wholly; the other figure is smaller."""
    pair = shared(rows(own(1), own(2) + own(1) + own(3)), 0.5)[0]
    assert pair.of_left > 0.95
    assert 0.25 < pair.of_right < 0.45
