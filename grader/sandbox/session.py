"""What both backends share: one harness, one candidate, and the talk between them and the host.

Two threads watch: one takes the harness's lines and does what it asks for, one waits for the candidate's end and tells
the harness. The caller's thread only waits on a queue, with a timeout, so that Ctrl-C reaches it.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Protocol

from pydantic import ValidationError

from grader.errors import GraderError, HarnessError, PodError
from grader.text import visible
from grader.verdicts import EVENTS, Answer, Ask, CandidateExited, Event, Fault, Finished, Job, Order

MAX_LINE_BYTES = 8 * 1024 * 1024
MAX_TOTAL_BYTES = 256 * 1024 * 1024
TAIL_BYTES = 64 * 1024

_GRACE = 30.0
"""Seconds past the job's deadlines in which the harness may still say so itself."""
_POLL = 0.5
_JOIN = 5.0


class Process(Protocol):
    """A started process of either backend."""

    def write(self, data: bytes) -> None:
        """Write to its standard input; OSError if it no longer reads."""
        ...

    def chunks(self) -> Iterator[bytes]:
        """Its standard output as it comes, to the end. PodError if the process was lost."""
        ...

    def wait(self) -> int:
        """Wait for its end; the exit status, negative for a signal. PodError if the process was lost."""
        ...

    def tail(self) -> bytes:
        """The last `TAIL_BYTES` of what it wrote for people."""
        ...

    def close(self) -> None:
        """End it and all that belongs to it; safe to call twice. PodError if something is left."""
        ...


class Pausable(Process, Protocol):
    """A process that can be made to stand still: what is sent to it meanwhile waits in its sockets."""

    def pause(self) -> None:
        """Stop it where it is. PodError if it cannot be."""
        ...

    def resume(self) -> None:
        """Let it go on. PodError if it cannot be."""
        ...


class Tail:
    """Keeps the last bytes of an endless stream."""

    def __init__(self, limit: int = TAIL_BYTES) -> None:
        self._limit = limit
        self._kept = bytearray()
        self._lock = Lock()

    def add(self, data: bytes) -> None:
        """Append; what is older than the limit is forgotten."""
        with self._lock:
            self._kept += data[-self._limit :]
            del self._kept[: -self._limit]

    def read(self) -> bytes:
        """What is kept now."""
        with self._lock:
            return bytes(self._kept)


class Session:
    """A running pod; implements `grader.sandbox.pod.Pod`.

    Args:
        harness: reads orders, writes events.
        candidate: the application.
        job: the first order.
        clock: monotonic seconds.
    """

    def __init__(
        self, harness: Process, candidate: Pausable, job: Job, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._harness = harness
        self._candidate = candidate
        self._job = job
        self._clock = clock
        self._arrived: SimpleQueue[Event | GraderError | Exception] = SimpleQueue()
        self._status: int | None = None
        self._watchers = [
            Thread(target=self._guarded, args=(watch,), name=f"grader-{watch.__name__}", daemon=True)
            for watch in (self._watch_harness, self._watch_candidate)
        ]

    def start(self) -> None:
        """Hand over the job and begin to watch.

        Raises:
            HarnessError: the harness takes no orders.
        """
        try:
            self._send(self._job)
        except OSError as error:
            raise HarnessError(f"the harness takes no job: {error}", detail=_text(self._harness.tail())) from error
        for watcher in self._watchers:
            watcher.start()

    def events(self) -> Iterator[Event]:
        """See `grader.sandbox.pod.Pod.events`."""
        deadline = self._clock() + self._job.startup_deadline + self._job.total_deadline + _GRACE
        while True:
            event = self._next(deadline)
            yield event
            if isinstance(event, Finished | Fault):
                return

    def candidate_log(self) -> str:
        """See `grader.sandbox.pod.Pod.candidate_log`."""
        return _text(self._candidate.tail())

    def candidate_status(self) -> int | None:
        """See `grader.sandbox.pod.Pod.candidate_status`."""
        return self._status

    def stop_early(self) -> None:
        """See `grader.sandbox.pod.Pod.stop_early`."""
        self._arrived.put(PodError("the run was stopped"))

    def stop(self) -> None:
        """End both processes, then the watchers.

        Raises:
            PodError: something of the pod is left.
        """
        with cleaning(self._join), cleaning(self._harness.close):
            self._candidate.close()

    def _join(self) -> None:
        for watcher in self._watchers:
            if watcher.is_alive():
                watcher.join(_JOIN)

    def _next(self, deadline: float) -> Event:
        while True:
            with suppress(Empty):
                arrived = self._arrived.get(timeout=_POLL)
                if isinstance(arrived, Exception):
                    raise arrived
                return arrived
            if self._clock() > deadline:
                raise HarnessError(
                    "the harness went silent past its deadlines",
                    hint="see whether the machine is overloaded, then run again",
                    detail=_text(self._harness.tail()),
                )

    def _guarded(self, watch: Callable[[], None]) -> None:
        try:
            watch()
        except Exception as error:  # noqa: BLE001  # whatever it is, the caller's thread raises it
            self._arrived.put(error)

    def _watch_harness(self) -> None:
        for line in _lines(self._harness.chunks()):
            event = _event(line)
            if isinstance(event, Ask):
                self._answer(event)
                continue
            self._arrived.put(event)
            if isinstance(event, Finished | Fault):
                return
        status = self._harness.wait()
        raise HarnessError(
            f"the harness ended with status {status} before it was finished",
            hint="this is a fault of the grader; the end of its log is in the report",
            detail=_text(self._harness.tail()),
        )

    def _answer(self, ask: Ask) -> None:
        done = True
        try:
            if ask.what == "pause":
                self._candidate.pause()
            else:
                self._candidate.resume()
        except PodError:  # it has ended, or the engine cannot; an engine that is gone shows in the streams
            done = False
        with suppress(OSError):
            self._send(Answer(number=ask.number, done=done))

    def _watch_candidate(self) -> None:
        self._status = self._candidate.wait()
        # A harness that is gone has no use for it, and its own watcher says that it is gone.
        with suppress(OSError):
            self._send(CandidateExited(status=self._status))

    def _send(self, order: Order) -> None:
        self._harness.write(order.model_dump_json().encode() + b"\n")


@contextmanager
def running(harness: Process, candidate: Pausable, job: Job) -> Iterator[Session]:
    """A session over two started processes; both are ended on leaving.

    Raises:
        HarnessError: the harness takes no orders.
        PodError: something of the pod is left.
    """
    session = Session(harness, candidate, job)
    with cleaning(session.stop):
        session.start()
        yield session


@contextmanager
def cleaning(clean: Callable[[], None]) -> Iterator[None]:
    """Call `clean` on leaving; where another exception is on its way, a failure of `clean` does not hide it."""
    try:
        yield
    except BaseException as error:
        try:
            clean()
        except GraderError as failure:
            error.add_note(f"cleaning up failed as well: {failure.message}")
        raise
    clean()


def _lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    pending = bytearray()
    total = 0
    for chunk in chunks:
        total += len(chunk)
        *whole, rest = chunk.split(b"\n")
        for part in whole:
            yield bytes(pending + part)
            pending.clear()
        pending += rest
        if len(pending) > MAX_LINE_BYTES or total > MAX_TOTAL_BYTES:
            raise HarnessError("the harness wrote more than it may", detail=_excerpt(bytes(pending)))
    if pending:
        raise HarnessError("the harness ended in the middle of a line", detail=_excerpt(bytes(pending)))


def _event(line: bytes) -> Event:
    try:
        return EVENTS.validate_json(line)
    except ValidationError as error:
        raise HarnessError("the harness wrote what is no event", detail=f"{_excerpt(line)}\n{error}") from error


def _excerpt(data: bytes) -> str:
    return visible(data[:2_000].decode(errors="replace"))


def _text(data: bytes) -> str:
    return data.decode(errors="replace")
