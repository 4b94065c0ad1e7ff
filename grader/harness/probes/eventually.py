"""What must become true in the end, however long an application pauses before it.

A rendezvous at a gate is missed as soon as the application sleeps. Here sleeping is allowed: work in the background may
wait for its next attempt. So these waits end by the clock alone; they are long, and count only where the machine had
time to run the harness.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

from grader.harness.mismatch import DeadlinePassed
from grader.harness.upstream.call import Call
from grader.harness.upstream.gate import listed
from grader.harness.upstream.upstreams import Upstreams

SECONDS: Final = 20.0
"""Far more than any pause that a contract allows. Who is right never waits for so long."""
PACE: Final = 0.02
"""Seconds between two looks at the upstreams, which cost the application nothing."""


async def come(
    upstreams: Upstreams,
    ready: Callable[[Sequence[Call]], bool],
    expected: str,
    *,
    seconds: float = SECONDS,
) -> list[Call]:
    """Wait until the calls that have come to the upstreams are enough.

    Args:
        upstreams: those of the check.
        ready: gets all routed calls so far, in the order of arrival.
        expected: what is true if they are, for people.
        seconds: in which it must be.

    Returns:
        The calls.

    Raises:
        DeadlinePassed: they were not.
    """
    since = time.monotonic()
    while not ready(calls := await upstreams.settled()):
        until = time.monotonic()
        if until - since >= seconds:
            raise DeadlinePassed(expected, f"after {seconds:g} s {listed(calls, 'came')}", since=since, until=until)
        await asyncio.sleep(PACE)
    return calls


async def all_come(
    upstreams: Upstreams,
    keys: Collection[Any],
    key: Callable[[Call], Any],
    expected: str,
    *,
    after: int = 0,
    seconds: float = SECONDS,
) -> list[Call]:
    """Wait until there was a call for each of some keys.

    Args:
        upstreams: those of the check.
        keys: such as the ids of what was accepted.
        key: what a call stands for.
        expected: what is true if there was, for people.
        after: only calls with a higher number count.
        seconds: in which it must be.

    Returns:
        The calls after that number, in the order of arrival.

    Raises:
        DeadlinePassed: says for which there was none.
    """

    def lacking(calls: Sequence[Call]) -> list[Any]:
        known = {key(call) for call in calls if call.number > after}
        return [one for one in keys if one not in known]

    try:
        calls = await come(upstreams, lambda calls: not lacking(calls), expected, seconds=seconds)
    except DeadlinePassed as missed:
        left = lacking(upstreams.calls)
        shown = ", ".join(map(str, left[:5])) + (" …" if len(left) > 5 else "")  # noqa: PLR2004 - enough to look for
        got = f"after {seconds:g} s {len(left)} of {len(keys)} have not come: {shown}"
        raise DeadlinePassed(expected, got, since=missed.since, until=missed.until) from missed
    return [call for call in calls if call.number > after]
