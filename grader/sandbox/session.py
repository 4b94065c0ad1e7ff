"""What both backends share: one harness, one candidate, and the talk between them and the host.

The candidate starts beside the harness. Where it calls upstreams, it starts once the harness has bound their ports, so
that the first instruction of the application finds them.

Two threads watch: one takes the harness's lines and has done what it asks for, one waits for the candidate's end and
tells the harness. The caller's thread only waits on a queue, with a timeout, so that Ctrl-C reaches it.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from threading import Thread

from pydantic import ValidationError

from grader.errors import HarnessError, PodError
from grader.sandbox.application import Application
from grader.sandbox.pod import Loading, Turn
from grader.sandbox.process import Process, Steerable, cleaning
from grader.text import visible
from grader.verdicts import (
    EVENTS,
    Ask,
    CandidateStarted,
    Event,
    Fault,
    Finished,
    Job,
    NotListening,
    Order,
    UpstreamsReady,
)

MAX_LINE_BYTES = 8 * 1024 * 1024
MAX_TOTAL_BYTES = 256 * 1024 * 1024

_GRACE = 30.0
"""Seconds past the job's deadlines in which the harness may still say so itself."""
_BINDING = 60.0
"""Seconds until the ports of upstreams are bound: two interpreters start for that, maybe on a busy machine."""
_POLL = 0.5
_JOIN = 5.0


class Session:
    """A running pod; implements `grader.sandbox.pod.Pod`.

    Args:
        harness: reads orders, writes events.
        launch: starts the application, called once for each start; PodError if it cannot.
        job: the first order.
        loading: says how a load goes on; None where nothing is measured.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        harness: Process,
        launch: Callable[[], Steerable],
        job: Job,
        *,
        loading: Loading | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._harness = harness
        self._job = job
        self._clock = clock
        self._arrived: SimpleQueue[Event | Exception] = SimpleQueue()
        self._application = Application(
            launch, restarts=job.restarts, loading=loading, tell=self._send, failed=self._arrived.put
        )
        self._excused = 0.0
        self._asked_at: float | None = None
        self._watcher = Thread(target=self._watch_harness, name="grader-harness", daemon=True)

    def start(self, turn: Turn | None = None) -> None:
        """Start the application, hand over the job, and begin to watch; with upstreams, `events` starts it.

        The job goes out last: the start-up deadline that it holds is the application's, not the engine's, nor that of
        others who are graded.

        Args:
            turn: is waited for before the job goes out.

        Raises:
            GraderError: of `turn`.
            HarnessError: the harness takes no orders.
            PodError: the application cannot be started.
        """
        self._watcher.start()
        if not self._job.upstreams and not self._start_application():
            return
        if turn:
            turn()
        try:
            self._send(self._job)
        except OSError as error:
            raise HarnessError(f"the harness takes no job: {error}", detail=_text(self._harness.tail())) from error
        self._application.watch()

    def events(self) -> Iterator[Event]:
        """See `grader.sandbox.pod.Pod.events`."""
        whole = self._job.startup_deadline + self._job.total_deadline + _GRACE
        deadline = self._time_of_its_own() + (_BINDING if self._job.upstreams else whole)
        while True:
            event = self._next(deadline)
            if isinstance(event, UpstreamsReady):
                self._start_after_upstreams()
                deadline = self._time_of_its_own() + whole
            if isinstance(event, NotListening) and not event.exited:
                self._require_its_share(event.seconds)
            yield event
            if isinstance(event, Finished | Fault):
                return

    def candidate_log(self) -> str:
        """See `grader.sandbox.pod.Pod.candidate_log`."""
        return _text(self._application.log())

    def candidate_status(self) -> int | None:
        """See `grader.sandbox.pod.Pod.candidate_status`."""
        return self._application.status

    def stop_early(self) -> None:
        """See `grader.sandbox.pod.Pod.stop_early`."""
        self._arrived.put(PodError("the run was stopped"))

    def stop(self) -> None:
        """End both processes, then the watchers.

        Raises:
            PodError: something of the pod is left.
        """
        with cleaning(self._join), cleaning(self._harness.close):
            self._application.close()

    def _start_application(self) -> bool:
        """Whether it was started; not where it cannot be because the harness has died, which `events` tells."""
        try:
            self._application.start()
        except PodError:
            # A harness that dies takes the network namespace along, which the candidate joins.
            self._watcher.join(_JOIN)
            if self._watcher.is_alive():
                raise
            return False
        return True

    def _start_after_upstreams(self) -> None:
        if not self._application.has_started and self._start_application():
            # A harness that is gone has no use for it, and its own watcher says that it is gone.
            with suppress(OSError):
                self._send(CandidateStarted())
            self._application.watch()

    def _require_its_share(self, seconds: float) -> None:
        if self._application.kept_from_running(seconds):
            raise PodError(
                f"the machine was too busy: after {seconds:.0f} s the application had hardly had a processor",
                hint="grade fewer at a time, or give it longer (GRADER_STARTUP_DEADLINE), and run again",
            )

    def _join(self) -> None:
        self._watcher.join(_JOIN)
        self._application.join()

    def _next(self, deadline: float) -> Event:
        while True:
            with suppress(Empty):
                arrived = self._arrived.get(timeout=_POLL)
                if isinstance(arrived, Exception):
                    raise arrived
                return arrived
            if self._time_of_its_own() > deadline:
                raise HarnessError(
                    "the harness went silent past its deadlines",
                    hint="see whether the machine is overloaded, then run again",
                    detail=_text(self._harness.tail()),
                )

    def _watch_harness(self) -> None:
        try:
            self._follow_harness()
        except Exception as error:  # noqa: BLE001  # whatever it is, the caller's thread raises it
            self._arrived.put(error)

    def _follow_harness(self) -> None:
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
        self._asked_at = self._clock()
        try:
            with suppress(OSError):
                self._send(self._application.answer(ask))
        finally:
            self._excused += self._clock() - self._asked_at
            self._asked_at = None

    def _time_of_its_own(self) -> float:
        """The clock without the time for which the harness has waited for this side, such as for its turn."""
        now = self._clock()
        return now - self._excused - (now - self._asked_at if self._asked_at is not None else 0.0)

    def _send(self, order: Order) -> None:
        self._harness.write(order.model_dump_json().encode() + b"\n")


@contextmanager
def running(
    harness: Process,
    launch: Callable[[], Steerable],
    job: Job,
    loading: Loading | None = None,
    turn: Turn | None = None,
) -> Iterator[Session]:
    """A session over a started harness and a candidate that `launch` starts; both are ended on leaving.

    Raises:
        GraderError: of `turn`.
        HarnessError: the harness takes no orders.
        PodError: the candidate cannot be started, or something of the pod is left.
    """
    session = Session(harness, launch, job, loading=loading)
    with cleaning(session.stop):
        session.start(turn)
        yield session


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
