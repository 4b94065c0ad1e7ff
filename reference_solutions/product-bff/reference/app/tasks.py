"""Tasks that run to their end, whether or not somebody waits for them."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

# asyncio itself holds its tasks weakly.
_running: set[asyncio.Task[Any]] = set()


def begin(call: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Start a call to an upstream.

    It is not cancelled when its answer no longer matters: its time limit ends it soon enough, and httpx loses track of
    a connection whose request is cancelled at the wrong moment (https://github.com/encode/httpcore/issues/1093).
    """
    task = asyncio.create_task(call)
    _running.add(task)
    task.add_done_callback(_end)
    return task


def _end(task: asyncio.Task[Any]) -> None:
    _running.discard(task)
    if not task.cancelled():
        task.exception()  # looked at, so that asyncio does not complain if nobody else does
