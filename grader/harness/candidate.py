"""What the harness knows of the candidate's process: that it listens, and that it ended."""

import socket
import threading
import time
from collections.abc import Callable

from grader.verdicts import Event, Job, Listening, NotListening

POLL_SECONDS = 0.02
CONNECT_SECONDS = 1.0


class Candidate:
    """The candidate's process, as far as it shows.

    Args:
        host: IPv4 address.
        port: TCP port.
    """

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._started = threading.Event()
        self._exited = threading.Event()
        self._status: int | None = None

    def started(self) -> None:
        """The host says that the process was started: where it had to wait for upstreams, and each time again."""
        self._status = None
        self._exited.clear()
        self._started.set()

    def wait_for_start(self, seconds: float) -> bool:
        """Wait until the host tells of the start; True if it did."""
        return self._started.wait(seconds)

    def exited(self, status: int) -> None:
        """The host says that the process ended; negative for a signal."""
        self._status = status
        self._exited.set()

    @property
    def status(self) -> int | None:
        """Exit status; None as long as the host has not told of an end."""
        return self._status

    def wait_for_exit(self, seconds: float) -> bool:
        """Wait until the host tells of an end; True if it did."""
        return self._exited.wait(seconds)

    def accepts(self) -> bool:
        """Whether a connection is accepted now."""
        try:
            with socket.create_connection(self._address, timeout=CONNECT_SECONDS) as connection:
                # Where outgoing connections may have the port, one that nobody accepts can meet itself (RFC 9293, 3.5).
                return bool(connection.getsockname() != connection.getpeername())
        except OSError:
            return False


def wait_until_listening(
    candidate: Candidate, seconds: float, clock: Callable[[], float] = time.monotonic
) -> Listening | NotListening:
    """Try to connect until it works, the process ends, or the time is up.

    Args:
        candidate: whom to connect to.
        seconds: the start-up deadline.
        clock: monotonic seconds.
    """
    began = clock()
    while candidate.status is None:
        if candidate.accepts():
            return Listening(seconds=clock() - began)
        if clock() - began >= seconds:
            return NotListening(seconds=clock() - began, exited=False)
        candidate.wait_for_exit(POLL_SECONDS)
    return NotListening(seconds=clock() - began, exited=True)


class Waiting:
    """Waits for the candidate in a thread, so that its start and the harness's own overlap.

    Where there are upstreams, the job comes before the candidate is started, and the start-up deadline counts from its
    start: how long an engine takes is not the candidate's time.

    Args:
        candidate: whom to wait for.
        job: says how long.
        send: takes the event as soon as it is known.
    """

    def __init__(self, candidate: Candidate, job: Job, send: Callable[[Event], None]) -> None:
        self._candidate = candidate
        self._seconds = job.startup_deadline
        self._comes_later = bool(job.upstreams)
        self._send = send
        self._outcome: Listening | NotListening | None = None
        self._thread = threading.Thread(target=self._run, name="waiting", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def listening(self) -> bool:
        """Wait for the outcome; True if the candidate listens."""
        self._thread.join()
        return isinstance(self._outcome, Listening)

    def _run(self) -> None:
        if self._comes_later:
            self._candidate.wait_for_start(self._seconds)
        self._outcome = wait_until_listening(self._candidate, self._seconds)
        self._send(self._outcome)
