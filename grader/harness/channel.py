"""The line to the host: events out on standard output, orders in on standard input, one JSON object a line."""

import os
import sys
import threading
from collections.abc import Callable

from pydantic import ValidationError

from grader.harness.fault import HarnessFault
from grader.verdicts import ORDERS, CandidateExited, Event, Job, Order

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
    """Reads orders.

    Args:
        descriptor: read with `os.read`, since a thread that sits in a buffered read breaks Python's shutdown.
    """

    def __init__(self, descriptor: int = 0) -> None:
        self._descriptor = descriptor
        self._pending = b""

    def job(self) -> Job:
        """Wait for the first order.

        Raises:
            HarnessFault: it is no job, or there is none.
        """
        order = self._next()
        if not isinstance(order, Job):
            raise HarnessFault(f"the first order must be a job, not {order!r:.200}")
        return order

    def follow(self, exited: Callable[[int], None], failed: Callable[[HarnessFault], None]) -> None:
        """Pass later orders on, from a thread of its own, until the host closes the stream.

        Args:
            exited: called with the status of the candidate's process.
            failed: called once, with what broke the protocol.
        """
        threading.Thread(target=self._follow, args=(exited, failed), name="orders", daemon=True).start()

    def _follow(self, exited: Callable[[int], None], failed: Callable[[HarnessFault], None]) -> None:
        try:
            while order := self._next():
                exited(_exit_status(order))
        except HarnessFault as fault:
            failed(fault)

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


def _exit_status(order: Order) -> int:
    if not isinstance(order, CandidateExited):
        raise HarnessFault("a second job was ordered")
    return order.status
