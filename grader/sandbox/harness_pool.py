"""Harness processes that take job after job, for whoever grades many trusted builds with the local sandbox.

Starting a harness takes longer than most packs' checks together. `grader challenge verify` keeps the processes that
have finished a job; a submission is always judged by a fresh one.
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self

from grader.sandbox.local_process import LocalProcess, bare_environment
from grader.sandbox.payload import harness_payload
from grader.sandbox.process import cleaning
from grader.verdicts import Finished

HARNESS_COMMAND = (sys.executable, "-m", "grader.harness")
_AGAIN = "--again"
_FINISHED = Finished().model_dump_json().encode() + b"\n"


class Seat:
    """A kept harness process, while one pod has it; implements `grader.sandbox.process.Process`."""

    def __init__(self, process: LocalProcess) -> None:
        self._process = process
        self._last = b""
        self._left = False
        self._lock = Lock()

    @property
    def finished(self) -> bool:
        """Whether the job's last event was seen, so that the process waits for another."""
        return self._last == _FINISHED

    def write(self, data: bytes) -> None:
        """See `grader.sandbox.process.Process.write`; refused once the seat was left."""
        with self._lock:
            # The end of this pod's candidate, told late, would be taken for that of the next one.
            if self._left:
                raise BrokenPipeError("the pod has left the harness")
            self._process.write(data)

    def chunks(self) -> Iterator[bytes]:
        """See `grader.sandbox.process.Process.chunks`."""
        for chunk in self._process.chunks():
            self._last = (self._last + chunk)[-len(_FINISHED) :]
            yield chunk

    def wait(self) -> int:
        """See `grader.sandbox.process.Process.wait`."""
        return self._process.wait()

    def tail(self) -> bytes:
        """See `grader.sandbox.process.Process.tail`."""
        return self._process.tail()

    def close(self) -> None:
        """Leave it; amid a job the process is ended, because nobody can say when it would be free."""
        with self._lock:
            self._left = True
        if not self.finished:
            self._process.close()


class HarnessPool:
    """Idle harness processes. A context manager: all of them are gone on leaving.

    Args:
        command: starts a harness that takes job after job.
    """

    def __init__(self, command: Sequence[str] = (*HARNESS_COMMAND, _AGAIN)) -> None:
        self._command = command
        self._home = tempfile.TemporaryDirectory(prefix="grader-harness-", ignore_cleanup_errors=True)
        self._idle: list[LocalProcess] = []
        self._open = True
        self._lock = Lock()
        harness_payload(None).unpack(Path(self._home.name))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._open = False
        with cleaning(self._home.cleanup):
            for process in self._idle:
                process.close()

    @contextmanager
    def borrow(self) -> Iterator[Seat]:
        """An idle process, or a new one; on leaving it is kept if it has finished its job, else ended.

        Raises:
            PodError: it cannot be started.
        """
        process = self._take() or self._start()
        seat = Seat(process)
        try:
            yield seat
        finally:
            seat.close()
            if not (seat.finished and self._keep(process)):
                process.close()

    def _take(self) -> LocalProcess | None:
        with self._lock:
            while self._idle:
                process = self._idle.pop()
                if process.runs():
                    return process
                process.close()
        return None

    def _keep(self, process: LocalProcess) -> bool:
        with self._lock:
            if self._open:
                self._idle.append(process)
            return self._open

    def _start(self) -> LocalProcess:
        home = Path(self._home.name)
        channel = {**bare_environment(home), "PYTHONPATH": str(home), "PYTHONUNBUFFERED": "1"}
        return LocalProcess(self._command, cwd=home, environment=channel, talks=True)
