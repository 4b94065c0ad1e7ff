"""Partial credit."""

import pytest

from grader.harness import Mismatch, Tally


def test_credit_is_the_share_of_the_cases_that_passed() -> None:
    """Mismatches and failing asserts are collected with the names of their cases."""
    tally = Tally()
    with tally.case("good"):
        pass
    with tally.case("bad"):
        raise Mismatch("a", "b")
    with tally.case("worse"):
        assert tally is None
    with tally.case("fine"):
        pass
    assert (tally.passed, tally.total, tally.credit) == (2, 4, 0.5)
    assert [name for name, _ in tally.failures] == ["bad", "worse"]


def test_a_fault_of_the_check_is_not_collected() -> None:
    """Any other exception ends the check."""
    tally = Tally()
    with pytest.raises(KeyError), tally.case("x"):
        raise KeyError("name")
    assert tally.total == 0


def test_an_empty_tally_earns_nothing() -> None:
    """Nothing was shown, so nothing is earned."""
    assert Tally().credit == 0.0


def test_a_mismatch_shows_hidden_characters_and_is_bounded() -> None:
    """What the candidate wrote can neither steer a terminal nor flood a report."""
    mismatch = Mismatch("status 200", "\x1b[2J\n" + "x" * 5000, case="a\u202eb")
    assert mismatch.got.startswith("\\x1b[2J\\n")
    assert len(mismatch.got) < 1100
    assert mismatch.case == "a\\u202eb"
    assert mismatch.finding().expected == "status 200"
