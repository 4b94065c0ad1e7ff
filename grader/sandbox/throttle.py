"""How fast a stranger's output is taken: the engine carries each byte on CPU time that no limit of theirs counts."""

import time
from collections.abc import Callable
from typing import Final

from grader.settings import MEBIBYTE

FREE_BYTES: Final = 32 * MEBIBYTE
"""Taken as fast as they come: more than an application logs that is graded for minutes."""
BYTES_A_SECOND: Final = 4 * MEBIBYTE
"""Then. Unhindered, the engine, its shim and this process were seen to spend more than a whole CPU on an endless
output, and the writer a tenth of one."""


class Throttle:
    """A bucket of bytes that fills again by itself. Whoever writes faster waits for its reader, as with any full pipe.

    Args:
        clock: monotonic seconds.
        pause: sleeps for some seconds.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock = clock
        self._pause = pause
        self._left = float(FREE_BYTES)
        self._since = clock()

    def take(self, count: int) -> None:
        """Take so many bytes, and wait until that was allowed.

        Args:
            count: how many have come.
        """
        now = self._clock()
        self._left = min(FREE_BYTES, self._left + (now - self._since) * BYTES_A_SECOND) - count
        self._since = now
        if self._left < 0:
            self._pause(-self._left / BYTES_A_SECOND)
