"""The line to the host: events out on standard output, orders in on standard input, one JSON object a line."""

import os
import sys
import threading
from collections.abc import Callable
from queue import SimpleQueue

from pydantic import ValidationError

from grader.harness.candidate import Candidate
from grader.harness.fault import HarnessFault
from grader.verdicts import ORDERS, Answer, CandidateExited, CandidateStarted, Event, Job, Order

READ_BYTES = 64 * 1024


class Channel:
    """Writes events; any thread may.

    Args:
        descriptor: an open file descriptor that nothing else writes to.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()

    @classmethod
    def claim_stdout(cls) -> "Channel":
        """Take standard output for events, and send whatever else is printed to standard error."""
        sys.stdout.flush()
        descriptor = os.dup(1)
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        return cls(descriptor)

    def send(self, event: Event) -> None:
        """Write one event, at once."""
        line = event.model_dump_json().encode() + b"\n"
        with self._lock:
            while line:
                line = line[os.write(self._descriptor, line) :]


class Orders:
    """Reads orders, in a thread of its own: the end of a candidate must be known amid a check.

    Args:
        failed: called from that thread, once, with what broke the protocol.
        answered: called from that thread with each answer of the host.
        descriptor: read with `os.read`, since a thread that sits in a buffered read breaks Python's shutdown.
    """

    def __init__(
        self, failed: Callable[[HarnessFault], None], answered: Callable[[Answer], None], descriptor: int = 0
    ) -> None:
        self._failed = failed
        self._answered = answered
        self._descriptor = descriptor
        self._pending = b""
        self._jobs: SimpleQueue[tuple[Job, Candidate] | None] = SimpleQueue()
        self._candidate: Candidate | None = None
        self._busy = False

    def start(self) -> None:
        """Begin to read."""
        threading.Thread(target=self._follow, name="orders", daemon=True).start()

    def next_job(self) -> tuple[Job, Candidate] | None:
        """Wait for a job; None once the host has closed the stream. Its candidate hears of its end by itself."""
        return self._jobs.get()

    def job_done(self) -> None:
        """Another job may come; to be called before the host learns that this one is finished."""
        self._busy = False

    def _follow(self) -> None:
        try:
            while order := self._next():
                self._take(order)
        except HarnessFault as fault:
            self._failed(fault)
        if self._candidate is None:
            self._failed(HarnessFault("the first order must be a job, and there is none"))
        self._jobs.put(None)

    def _take(self, order: Order) -> None:
        match order:
            case Job() if self._busy:
                raise HarnessFault("a second job was ordered")
            case Job():
                self._busy = True
                self._candidate = Candidate(order.host, order.port)
                self._jobs.put((order, self._candidate))
            case Answer():
                self._answered(order)
            case _ if self._candidate is None:
                raise HarnessFault(f"the first order must be a job, not {order!r:.200}")
            case CandidateStarted():
                self._candidate.started()
            case CandidateExited():
                self._candidate.exited(order.status)

    def _next(self) -> Order | None:
        line = self._line()
        try:
            return ORDERS.validate_json(line) if line else None
        except ValidationError as error:
            raise HarnessFault(f"an order cannot be read: {line[:200]!r}", str(error)) from error

    def _line(self) -> bytes:
        while b"\n" not in self._pending:
            data = os.read(self._descriptor, READ_BYTES)
            if not data:
                line, self._pending = self._pending, b""
                return line
            self._pending += data
        line, _, self._pending = self._pending.partition(b"\n")
        return line
