"""Crash recovery: what an application has promised is kept by the process that comes after it."""

from collections.abc import Callable, Collection
from typing import Any

from grader.harness.lifecycle import Lifecycle
from grader.harness.probes.eventually import SECONDS, all_come
from grader.harness.upstream.call import Call
from grader.harness.upstream.upstreams import Upstreams


async def crash(lifecycle: Lifecycle, times: int = 1) -> None:
    """SIGKILL and another start, so often: each new process is killed as soon as it listens.

    Args:
        lifecycle: of the application.
        times: at least 1.

    Raises:
        Mismatch: it had ended before, or did not start again.
        DeadlinePassed: it did not listen in time.
    """
    for _ in range(times):
        await lifecycle.kill()
        await lifecycle.start()


async def resumes_after_crash(
    lifecycle: Lifecycle,
    upstreams: Upstreams,
    keys: Collection[Any],
    key: Callable[[Call], Any],
    *,
    times: int = 1,
    seconds: float = SECONDS,
) -> list[Call]:
    """The process is killed, and the next one makes the calls that were not answered, without being told.

    What the upstream got before counts for nothing: the killed process had no answer. So the caller gives only such
    keys, held at a gate, say. The upstream may see a key more than once; that is the price of at least once.

    Args:
        lifecycle: of the application.
        upstreams: those of the check.
        keys: what was promised and had not got through.
        key: what a call stands for.
        times: how often it is killed.
        seconds: in which the calls must come once it listens again.

    Returns:
        The calls of the last process.

    Raises:
        Mismatch: it did not start again.
        DeadlinePassed: a key did not come.
    """
    if times > 1:
        await crash(lifecycle, times - 1)
    await lifecycle.kill()
    before = max((call.number for call in await upstreams.settled()), default=0)
    await lifecycle.start()
    expected = f"each of {len(keys)} that were pending reaches the upstream again after SIGKILL and start"
    return await all_come(upstreams, keys, key, expected, after=before, seconds=seconds)
