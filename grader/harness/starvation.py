"""The control of every deadline: did the harness itself get to run meanwhile?

A thread asks to be woken every 50 ms. Where it was woken late, the machine was busy or stood still, and a candidate
that missed a deadline then has shown nothing. It shares nothing with the candidate but the machine.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import pairwise

INTERVAL = 0.05
"""Seconds between two ticks."""
LONGEST_GAP = 2.0
"""Seconds; one longer gap means that the machine stood still."""
OVERSLEPT_SHARE = 0.25
"""Of the wait; more means that the machine was too busy."""
KEPT_TICKS = 40_000
"""Half an hour of them: as far back as anybody asks."""


def was_starved(ticks: Sequence[float], since: float, until: float) -> bool:
    """Judge one wait by the ticks around it.

    Args:
        ticks: ascending times, in seconds; they begin before `since` and end after `until`.
        since: when the wait began.
        until: when it was given up.
    """
    gaps = [min(later, until) - max(earlier, since) for earlier, later in pairwise(ticks)]
    gaps = [gap for gap in gaps if gap > 0]
    overslept = sum(gap - INTERVAL for gap in gaps if gap > INTERVAL)
    return max(gaps, default=0.0) > LONGEST_GAP or overslept > OVERSLEPT_SHARE * (until - since)


class Watcher:
    """Ticks from a thread until it is stopped.

    Args:
        clock: monotonic seconds, the same as that of the deadlines.
        pause: sleeps for some seconds.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock = clock
        self._pause = pause
        self._ticks = deque([clock()], maxlen=KEPT_TICKS)
        self._stopped = False

    def start(self) -> None:
        """Begin to tick."""
        threading.Thread(target=self._run, name="watcher", daemon=True).start()

    def stop(self) -> None:
        """Tick no more; not waited for."""
        self._stopped = True

    def tick(self) -> None:
        """Write down that the thread ran."""
        self._ticks.append(self._clock())

    def starved(self, since: float, until: float) -> bool:
        """Whether the harness was kept from running during a wait.

        Args:
            since: when the wait began, in seconds of the clock.
            until: when it was given up.
        """
        # If the thread sleeps still, its gap lasts until now.
        return was_starved([*self._ticks.copy(), self._clock()], since, until)

    def _run(self) -> None:
        while not self._stopped:
            self._pause(INTERVAL)
            self.tick()
