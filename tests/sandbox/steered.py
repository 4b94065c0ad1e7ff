"""Processes that a test steers, in the place of a harness and a candidate."""

import threading
from collections.abc import Iterator
from queue import SimpleQueue

from grader.errors import PodError
from grader.verdicts import ORDERS, Job, Look, Order

CALLS = Job(pack="", seed=1, upstreams={"catalog": 9001})
READY = b'{"event":"upstreams_ready"}\n'


class FakeProcess:
    """A process that a test steers: `say` its output, `end` it."""

    def __init__(self, tail: bytes = b"") -> None:
        self.written: SimpleQueue[bytes] = SimpleQueue()
        self.closed = 0
        self.moves: list[str] = []
        self.cannot_pause = False
        self.seen: Look | None = None
        self.refuses: OSError | None = None
        self.fails_to_close: PodError | None = None
        self._output: SimpleQueue[bytes | Exception] = SimpleQueue()
        self._ended = threading.Event()
        self._status: int | Exception = 0
        self._tail = tail

    def say(self, *chunks: bytes | Exception) -> None:
        for chunk in chunks:
            self._output.put(chunk)

    def end(self, status: int | Exception) -> None:
        self._status = status
        self._output.put(b"")
        self._ended.set()

    def write(self, data: bytes) -> None:
        if self.refuses:
            raise self.refuses
        self.written.put(data)

    def chunks(self) -> Iterator[bytes]:
        for chunk in iter(self._output.get, b""):
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk

    def wait(self) -> int:
        self._ended.wait()
        if isinstance(self._status, Exception):
            raise self._status
        return self._status

    def pause(self) -> None:
        if self.cannot_pause:
            raise PodError("it has ended")
        self.moves.append("pause")

    def resume(self) -> None:
        self.moves.append("resume")

    def look(self) -> Look:
        if self.seen is None:
            raise PodError("nothing can be seen")
        return self.seen

    def tail(self) -> bytes:
        return self._tail

    def close(self) -> None:
        self.closed += 1
        if not self._ended.is_set():
            self.end(-9)
        if self.fails_to_close:
            raise self.fails_to_close


def answered(harness: FakeProcess) -> Order:
    """The next order that the harness was sent."""
    return ORDERS.validate_json(harness.written.get(timeout=5))


class Launcher:
    """Starts the candidate, and remembers how often; or fails to, after letting the harness die."""

    def __init__(self, candidate: FakeProcess) -> None:
        self.times = 0
        self.dying: FakeProcess | None = None
        self.trouble: PodError | None = None
        self._candidate = candidate

    def __call__(self) -> FakeProcess:
        self.times += 1
        if self.dying:
            self.dying.end(1)
        if self.trouble:
            raise self.trouble
        return self._candidate
