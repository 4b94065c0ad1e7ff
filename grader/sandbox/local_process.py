"""A subprocess in a session of its own, so that it ends with all its children."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import IO

from grader.errors import PodError
from grader.sandbox.local_look import confine_group, cpu_seconds_of_group, look_at_group
from grader.sandbox.process import Tail, cleaning
from grader.verdicts import Look

_READ = 64 * 1024
_DRAIN_SECONDS = 2.0
"""A child that left the session may hold a pipe open for ever; its last words are not waited for."""


class LocalProcess:
    """A started process; implements `grader.sandbox.process.Steerable`.

    Args:
        command: words.
        cwd: working directory.
        environment: all of its variables.
        talks: whether its standard streams are a channel; else input is empty and both outputs belong to the tail.

    Raises:
        PodError: it cannot be started.
    """

    def __init__(self, command: Sequence[str], *, cwd: Path, environment: Mapping[str, str], talks: bool) -> None:
        try:
            self._process = subprocess.Popen(
                command,
                cwd=cwd,
                env=dict(environment),
                stdin=subprocess.PIPE if talks else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE if talks else subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise PodError(
                f"cannot start {command[0]}: {error}", hint="see that the folder and the file exist"
            ) from error
        self._tail = Tail()
        self._chunks: SimpleQueue[bytes] = SimpleQueue()
        sinks = {
            self._process.stdout: self._chunks.put if talks else self._tail.add,
            self._process.stderr: self._tail.add,
        }
        self._drains = [
            Thread(target=_drain, args=(pipe, sink), name="grader-drain", daemon=True)
            for pipe, sink in sinks.items()
            if pipe
        ]
        for drain in self._drains:
            drain.start()

    def write(self, data: bytes) -> None:
        """See `grader.sandbox.process.Process.write`."""
        if self._process.stdin is None or self._process.stdin.closed:
            raise BrokenPipeError("its standard input is closed")
        self._process.stdin.write(data)
        self._process.stdin.flush()

    def chunks(self) -> Iterator[bytes]:
        """See `grader.sandbox.process.Process.chunks`."""
        return iter(self._chunks.get, b"")

    def runs(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    def wait(self) -> int:
        """See `grader.sandbox.process.Process.wait`."""
        status = self._process.wait()
        self._join()
        return status

    def pause(self) -> None:
        """See `grader.sandbox.process.Steerable.pause`."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """See `grader.sandbox.process.Steerable.resume`."""
        self._signal(signal.SIGCONT)

    def terminate(self) -> None:
        """See `grader.sandbox.process.Steerable.terminate`."""
        # Not by `Popen`, which says nothing of a process that has ended.
        if self._process.poll() is not None:
            raise PodError("the process has ended")
        self._process.terminate()

    def kill(self) -> None:
        """See `grader.sandbox.process.Steerable.kill`."""
        self._signal(signal.SIGKILL)

    def look(self) -> Look:
        """See `grader.sandbox.process.Steerable.look`."""
        return look_at_group(self._process.pid)

    def cpu_seconds(self) -> float:
        """See `grader.sandbox.process.Steerable.cpu_seconds`."""
        return cpu_seconds_of_group(self._process.pid)

    def leave_first_cpu(self) -> None:
        """See `grader.sandbox.process.Steerable.leave_first_cpu`."""
        _, *others = sorted(os.sched_getaffinity(0))
        confine_group(self._process.pid, others)

    def use_all_cpus(self) -> None:
        """See `grader.sandbox.process.Steerable.use_all_cpus`."""
        confine_group(self._process.pid, os.sched_getaffinity(0))

    def tail(self) -> bytes:
        """See `grader.sandbox.process.Process.tail`."""
        return self._tail.read()

    def close(self) -> None:
        """See `grader.sandbox.process.Process.close`."""
        # The group may live on without its first process; ProcessLookupError says that it does not.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._join()
        if self._process.stdin:
            with suppress(OSError):  # what was still to be flushed has no reader
                self._process.stdin.close()

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self._process.pid, number)
        except (ProcessLookupError, PermissionError) as error:
            raise PodError(f"the process has ended: {error}") from error

    def _join(self) -> None:
        for drain in self._drains:
            drain.join(_DRAIN_SECONDS)


def bare_environment(home: Path) -> dict[str, str]:
    """What any process needs, and nothing else of the host's environment.

    Args:
        home: a folder that it may write to.
    """
    return {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(home), "TMPDIR": str(home), "LANG": "C.UTF-8"}


@contextmanager
def started(
    command: Sequence[str], *, cwd: Path, environment: Mapping[str, str], talks: bool = False
) -> Iterator[LocalProcess]:
    """A process that is gone on leaving, with its children. See `LocalProcess`.

    Raises:
        PodError: it cannot be started.
    """
    process = LocalProcess(command, cwd=cwd, environment=environment, talks=talks)
    with cleaning(process.close):
        yield process


def _drain(pipe: IO[bytes], sink: Callable[[bytes], None]) -> None:
    with pipe:
        while data := os.read(pipe.fileno(), _READ):
            sink(data)
    sink(b"")
