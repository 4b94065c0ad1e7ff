"""Selection and order of checks."""

import pytest

from grader.harness.decorator import CheckInfo, check, info_of
from grader.harness.fault import HarnessFault
from grader.harness.plan import plan
from grader.verdicts import Level


def info(name: str, *requires: str) -> CheckInfo:
    return CheckInfo(name, "c", Level.JUNIOR, 1.0, requires, "Title.")


CHECKS = [info("d", "b", "c"), info("a"), info("c", "b"), info("b"), info("e", "a")]


@pytest.mark.parametrize(
    ("only", "order"),
    [
        pytest.param(None, "bcdae", id="all"),
        pytest.param(["e", "a"], "ae", id="file-order-not-option-order"),
        pytest.param(["d"], "bcd", id="with-what-it-requires"),
        pytest.param(["b"], "b", id="without-what-requires-it"),
    ],
)
def test_what_is_required_runs_first_and_the_rest_as_in_the_files(only: list[str] | None, order: str) -> None:
    """The order is stable, so that two runs are alike."""
    assert [check.id for check in plan(CHECKS, only)] == list(order)


def test_what_is_required_may_be_taken_for_granted() -> None:
    """Then those that are named run, and no others."""
    assert [check.id for check in plan(CHECKS, ["d", "a"], alone=True)] == ["d", "a"]


@pytest.mark.parametrize(
    ("checks", "only", "message"),
    [
        pytest.param([], None, "no checks", id="none"),
        pytest.param(CHECKS, [], "no checks", id="none-chosen"),
        pytest.param([info("a"), info("a")], None, "two checks have the id a", id="an-id-twice"),
        pytest.param([info("a", "z"), info("b")], ["b"], "a requires z", id="unknown-requirement"),
        pytest.param(CHECKS, ["a", "z"], "unknown check: z", id="unknown-choice"),
        pytest.param([info("a", "b"), info("b", "a")], None, "a → b → a", id="a-circle"),
        pytest.param([info("a", "a")], None, "a → a", id="itself"),
    ],
)
def test_a_broken_pack_is_a_fault(checks: list[CheckInfo], only: list[str] | None, message: str) -> None:
    """It says nothing about the candidate, and names what to mend."""
    with pytest.raises(HarnessFault, match=message):
        plan(checks, only)


async def sound() -> None:
    """It holds.

    It matters.
    """


def test_a_check_is_what_it_says_of_itself() -> None:
    """The decorator leaves the function as it is, with what the report needs beside it."""
    marked = check("a.b-c", category="async", level="mid", weight=2, requires=("x",))(sound)
    assert marked is sound
    assert info_of(marked) == CheckInfo("a.b-c", "async", Level.MID, 2.0, ("x",), "It holds.")
    assert info_of(print) is None


async def untitled() -> None:
    pass


def blocking() -> None:
    """It holds."""


@pytest.mark.parametrize(
    ("name", "function", "weight", "level", "message"),
    [
        pytest.param("A b", sound, 1, "mid", "A b", id="id"),
        pytest.param("a", untitled, 1, "mid", "docstring", id="no-docstring"),
        pytest.param("a", blocking, 1, "mid", "async", id="not-async"),
        pytest.param("a", sound, 0, "mid", "weight", id="weight"),
        pytest.param("a", sound, 1, "expert", "expert", id="level"),
    ],
)
def test_a_check_that_says_too_little_cannot_be_imported(
    name: str, function: object, weight: float, level: str, message: str
) -> None:
    """The author of the pack learns of it at once."""
    with pytest.raises((ValueError, TypeError), match=message):
        check(name, category="c", level=level, weight=weight)(function)  # type: ignore[arg-type, type-var]
