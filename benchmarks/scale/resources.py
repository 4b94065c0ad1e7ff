"""Two kinds of what many share, in SimPy's terms: cores (everybody at once, slower) and lines (one after another)."""

import heapq
import itertools

import simpy


class Line:
    """One after another, in the order of asking; each takes a time that is known.

    Attributes:
        busy: seconds of service that were asked for so far.
    """

    def __init__(self, env: simpy.Environment) -> None:
        self.busy = 0.0
        self._env = env
        self._free = 0.0

    def serve(self, seconds: float) -> simpy.Event:
        """Happens when it was this one's turn and the time of its service is over."""
        self._free = max(self._env.now, self._free) + seconds
        self.busy += seconds
        return self._env.timeout(self._free - self._env.now)


class Cores:
    """The CPUs of a machine. What keeps a share of one busy takes longer where all shares together exceed them.

    All are slowed alike (processor sharing). So the seconds that each would have taken alone pass for all at one pace,
    and who started first with how much is all there is to know: a clock of its own, and a heap of when each is over.

    Args:
        count: how many there are.
    """

    def __init__(self, env: simpy.Environment, count: float) -> None:
        self._env = env
        self._count = count
        self._clock = self._since = self._busy = 0.0
        self._heap: list[tuple[float, int, float, simpy.Event]] = []
        self._numbers = itertools.count()
        self._plan = 0

    @property
    def busy(self) -> float:
        """CPU seconds used so far."""
        self._advance()
        return self._busy

    def work(self, seconds: float, share: float) -> simpy.Event:
        """Happens when it is done.

        Args:
            seconds: that it takes where there are cores enough.
            share: cores that it keeps busy then.
        """
        self._advance()
        done = self._env.event()
        heapq.heappush(self._heap, (self._clock + seconds, next(self._numbers), share, done))
        self._look_ahead()
        return done

    def stop(self, done: simpy.Event) -> None:
        """What was to happen then goes on no longer."""
        self._advance()
        self._heap = [entry for entry in self._heap if entry[3] is not done]
        heapq.heapify(self._heap)
        self._look_ahead()

    def _wanted(self) -> float:
        return sum(share for _, _, share, _ in self._heap)

    def _pace(self) -> float:
        return min(1.0, self._count / max(self._wanted(), 1e-12))

    def _advance(self) -> None:
        passed, self._since = self._env.now - self._since, self._env.now
        self._clock += passed * self._pace()
        self._busy += passed * min(self._count, self._wanted())

    def _look_ahead(self) -> None:
        self._plan += 1
        if not self._heap:
            return
        plan, left = self._plan, self._heap[0][0] - self._clock
        due = self._env.timeout(max(0.0, left) / self._pace())
        if due.callbacks is not None:  # as of each event that has not happened yet
            due.callbacks.append(lambda _: self._ring(plan))

    def _ring(self, plan: int) -> None:
        if plan != self._plan:  # somebody came or went meanwhile
            return
        self._advance()
        self._clock, _, _, done = heapq.heappop(self._heap)
        done.succeed()
        self._look_ahead()
