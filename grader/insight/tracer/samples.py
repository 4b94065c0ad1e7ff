"""What keeps the loop from turning without any call that blockbuster knows: computing, and blocking in C."""

import logging
import selectors
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from grader.insight.tracer.notes import Answer, Notes
from grader.insight.tracer.place import Place, Source

SLOW = 0.1
"""Seconds after which a callback is slow: asyncio's own default."""
_TICK = 0.01
_LATE = 3 * _TICK
"""Seconds; a sample that comes later says that the machine or the interpreter was busy with something else."""

_sleep = time.sleep  # blockbuster replaces it


class Turns(selectors.DefaultSelector):
    """The loop's selector; it knows whether the loop runs callbacks or waits for events.

    Attributes:
        turn: number, begin (monotonic seconds), and the thread's processor seconds at its begin; None while it waits.
    """

    def __init__(self) -> None:
        super().__init__()
        self.turn: tuple[int, float, float] | None = None
        self._number = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait for events; when they are there, a turn begins."""
        self.turn = None
        events = super().select(timeout)
        self._number += 1
        self.turn = (self._number, time.monotonic(), time.thread_time())
        return events


class Sampler(threading.Thread):
    """Looks where the loop is while it runs callbacks, and ends the process at the deadline.

    No line may look slow because the machine is busy. So what counts is processor time that the loop's thread used, and
    time for which it slept in one place while this thread was never late.

    Args:
        turns: the selector of the loop, which runs in the thread that makes this object.
        source: names what is seen.
        notes: gets what was slow.
        answer: given at the deadline.
        deadline: in seconds of `time.monotonic`.
    """

    def __init__(self, turns: Turns, source: Source, notes: Notes, answer: Answer, deadline: float) -> None:
        super().__init__(name="grader-sampler", daemon=True)
        self._turns, self._source, self._notes, self._answer = turns, source, notes, answer
        self._deadline = deadline
        self._loop, self._task = threading.get_ident(), threading.get_native_id()
        self._looking = threading.Lock()
        self._number = 0
        self._last: tuple[float, float, Place | None] = (0.0, 0.0, None)
        self._spent: dict[Place, float] = {}

    def run(self) -> None:
        """Sample until the deadline."""
        while time.monotonic() < self._deadline:
            _sleep(_TICK)
            with self._looking, suppress(Exception):  # such as a system without the clocks of threads
                self._look()
        self.slow()
        self._answer.give()

    def slow(self) -> None:
        """The present turn was slow: note where most of it was spent, if half of `SLOW` can be accounted for."""
        with self._looking:  # a sample that is being taken may be the one that counts
            turn, spent = self._turns.turn, self._spent
            if turn and turn[0] == self._number and sum(spent.values()) >= SLOW / 2:
                self._notes.add(max(spent, key=lambda place: spent[place]))

    def _look(self) -> None:
        """Take a sample, and another one where a turn has begun meanwhile.

        A call that does not share the interpreter leaves room for one sample only: at its very end.
        """
        turn = self._turns.turn
        self._sample(turn)
        if self._turns.turn is not turn:
            self._sample(self._turns.turn)

    def _sample(self, turn: tuple[int, float, float] | None) -> None:
        if turn is None or self._notes.request is None:
            return
        number, began, used_before = turn
        if number != self._number:
            self._number, self._last, self._spent = number, (began, used_before, None), {}
        then, used_then, place_then = self._last
        now, used = time.monotonic(), time.clock_gettime(time.pthread_getcpuclockid(self._loop))
        place = self._source.place(sys._current_frames().get(self._loop))  # noqa: SLF001  # there is no other way
        self._last = (now, used, place)
        if place is not None:
            waits = place == place_then and now - then < _LATE and self._sleeps()
            self._spent[place] = self._spent.get(place, 0.0) + (now - then if waits else used - used_then)

    def _sleeps(self) -> bool:
        """Whether the loop's thread waits, and not for a processor (proc(5), the state in `stat`)."""
        status = Path(f"/proc/self/task/{self._task}/stat").read_text(encoding="utf-8", errors="replace")
        return status.rpartition(")")[2].split()[0] in {"S", "D"}


class SlowCallbacks(logging.Handler):
    """Tells the sampler when asyncio's debug mode warns of a slow callback.

    https://docs.python.org/3/library/asyncio-dev.html#debug-mode

    Args:
        sampler: knows where the time was spent.
    """

    def __init__(self, sampler: Sampler) -> None:
        super().__init__(logging.WARNING)
        self._sampler = sampler

    def emit(self, record: logging.LogRecord) -> None:
        """Take the warning `Executing <Handle …> took 0.123 seconds`."""
        if str(record.msg).startswith("Executing"):
            self._sampler.slow()

    def listen(self) -> None:
        """Be heard, whatever the application has done to logging."""
        logging.disable(logging.NOTSET)
        logger = logging.getLogger("asyncio")
        logger.disabled = False
        logger.setLevel(logging.WARNING)
        logger.addHandler(self)
