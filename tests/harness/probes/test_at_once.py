import asyncio

import pytest

from grader.harness.mismatch import DeadlinePassed, Mismatch
from grader.harness.probes.calling import at_once, on_their_clock

pytestmark = pytest.mark.anyio


async def _fails(expected: str = "this", got: str = "that") -> None:
    raise Mismatch(expected, got)


async def _passes() -> None:
    return None


async def test_cases_are_tried_at_the_same_time() -> None:
    """Each waits for all others, so one after another they would never end."""
    barrier = asyncio.Barrier(3)
    tally = await at_once({name: barrier.wait() for name in "abc"})
    assert (tally.passed, tally.failures) == (3, [])


async def test_a_case_that_fails_is_counted_under_its_name() -> None:
    """The others are counted as well."""
    tally = await at_once({"one": _passes(), "two": _fails(), "three": _passes()})
    assert tally.passed == 2
    assert [(name, str(failure)) for name, failure in tally.failures] == [("two", "expected this, got that")]


async def test_a_fault_of_the_checks_own_is_no_case() -> None:
    """It passes through, as it does in any check."""

    async def falls_over() -> None:
        raise KeyError("a slip of the pack")

    with pytest.raises(KeyError):
        await at_once({"one": _passes(), "two": falls_over()})


async def test_what_rests_on_an_upstreams_clock_is_a_deadline() -> None:
    """So the harness asks its control before it counts; what was expected and seen stays."""
    with pytest.raises(DeadlinePassed) as caught:
        await on_their_clock(_fails())
    assert (caught.value.expected, caught.value.got) == ("this", "that")
    assert caught.value.since <= caught.value.until


async def test_a_deadline_stays_as_it_is() -> None:
    """Its own times say more."""

    async def passes_by() -> None:
        raise DeadlinePassed("this", "that", since=1.0, until=2.0)

    with pytest.raises(DeadlinePassed) as caught:
        await on_their_clock(passes_by())
    assert (caught.value.since, caught.value.until) == (1.0, 2.0)


async def test_what_does_not_fail_passes() -> None:
    """Nothing is raised."""
    await on_their_clock(_passes())
