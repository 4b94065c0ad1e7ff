"""A started process of either backend, as the session and the pods know it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Protocol

from grader.errors import GraderError
from grader.verdicts import Look

TAIL_BYTES = 64 * 1024
_ASLEEP = ("S", "I", "T", "t", "X", "Z")
_VFORK = ("kernel_clone", "_do_fork", "do_fork", "wait_for_vfork_done")


def is_asleep(state: str, waits_in: str) -> bool:
    """Whether a thread waits for something, was stopped, or has ended: it wants no CPU.

    What waits for a disk (D) does not count, since a busy machine may be the reason. But a thread that has called
    vfork(2) and waits for its child, as long as that likes, is in the same state: it waits for its own program.

    Args:
        state: as ps(1) says it ("process state codes"); only the first letter counts.
        waits_in: the kernel's function that it waits in (proc(5), wchan); anything else where nobody knows.
    """
    return state[:1] in _ASLEEP or (state[:1] == "D" and waits_in in _VFORK)


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


class Steerable(Process, Protocol):
    """A process that can be made to stand still, looked at and ended from outside."""

    def pause(self) -> None:
        """Stop it where it is; what is sent to it meanwhile waits in its sockets. PodError if it cannot be."""
        ...

    def resume(self) -> None:
        """Let it go on. PodError if it cannot be."""
        ...

    def terminate(self) -> None:
        """Send SIGTERM to the process alone. PodError if it has ended."""
        ...

    def kill(self) -> None:
        """Send SIGKILL to it and all that belongs to it. PodError if it has ended."""
        ...

    def look(self) -> Look:
        """What its threads do now. PodError if nobody can say."""
        ...

    def cpu_seconds(self) -> float:
        """CPU time that it has used so far, with all that belongs to it. PodError if nobody can say."""
        ...

    def leave_first_cpu(self) -> None:
        """Let it run on all CPUs but the first, which is the latency driver's; nothing where there is but one.

        PodError if it cannot be.
        """
        ...

    def use_all_cpus(self) -> None:
        """Let it run on all CPUs again. PodError if it cannot be."""
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
