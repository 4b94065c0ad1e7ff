"""Probes of a process that is told to end: what it has begun is finished, what comes new is refused."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from grader.harness.lifecycle import STOP_SECONDS, Lifecycle
from grader.harness.mismatch import DeadlinePassed, Mismatch
from grader.harness.reply import Reply
from grader.harness.upstream.gate import Gate
from grader.harness.upstream.waiting import Sending

TRIES: Final = 500
"""A signal is handled when the application's loop comes round to it, and nobody can see when that is: so many new
requests may be served before. uvicorn looks every 0.1 s, which is after five."""
PACE: Final = 0.02
"""Seconds between two of them."""

GOOD_ENDS: Final = (0, -signal.SIGTERM)
"""By itself, or by the signal once more after it has tidied up, as uvicorn does."""


async def finishes_what_is_held(
    lifecycle: Lifecycle,
    gate: Gate,
    under_way: Sequence[Sending],
    *,
    status: int = 200,
    seconds: float = STOP_SECONDS,
    meanwhile: Callable[[], Awaitable[object]] | None = None,
) -> list[Reply]:
    """SIGTERM comes while requests are held at an upstream: they are answered as ever, then the process ends.

    Args:
        lifecycle: of the application.
        gate: holds what the requests have caused; it has arrived.
        under_way: the requests.
        status: of their replies.
        seconds: in which the process must end once the gate is open.
        meanwhile: what must be true between the signal and the opening, such as `refuses_new`.

    Returns:
        The replies, in the order of the requests.

    Raises:
        Mismatch: one is broken off or answered otherwise, or the process ends with an error.
        DeadlinePassed: it does not end in time.
    """
    await lifecycle.terminate()
    if meanwhile:
        await meanwhile()
    await gate.release()
    replies = [(await request).expect(status) for request in under_way]
    await ends_well(lifecycle, seconds)
    return replies


async def ends_well(lifecycle: Lifecycle, seconds: float = STOP_SECONDS) -> None:
    """The process ends in time, by itself or by SIGTERM.

    Raises:
        Mismatch: it ends with an error.
        DeadlinePassed: it does not end in time.
    """
    status = await lifecycle.ended(seconds)
    if status not in GOOD_ENDS:
        got = f"signal {-status}" if status < 0 else f"status {status}"
        raise Mismatch("the process ends with status 0 or by SIGTERM", got)


async def refuses_new(
    request: Callable[[], Awaitable[Reply]], *, statuses: Sequence[int] = (503,), tries: int = TRIES
) -> None:
    """After SIGTERM, new requests are refused: no connection, or an answer that says so.

    Args:
        request: makes one; while the signal is not yet handled, it may be served.
        statuses: that say so.
        tries: how many may be served.

    Raises:
        DeadlinePassed: all were served.
    """
    since = time.monotonic()
    for _ in range(tries):
        try:
            reply = await request()
        except DeadlinePassed:
            raise
        except Mismatch:  # there was nobody to take it
            return
        if reply.status in statuses:
            return
        await asyncio.sleep(PACE)
    words = " or ".join(map(str, statuses))
    expected = f"after SIGTERM a new request is refused: no connection, or status {words}"
    got = f"the last one got status {reply.status}"
    raise DeadlinePassed(expected, got, since=since, until=time.monotonic(), exchange=reply.exchange)
