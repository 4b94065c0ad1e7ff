"""A container as a process: files go in by its standard input, its streams come out, its end is told."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, cast

from grader.errors import EngineUnavailable, PodError
from grader.sandbox.bootstrap import READY
from grader.sandbox.cgroup import cpu_seconds_of
from grader.sandbox.docker_stream import STDERR, Attachment
from grader.sandbox.engine import translate
from grader.sandbox.process import Tail, cleaning, is_asleep
from grader.sandbox.throttle import Throttle
from grader.settings import MEBIBYTE
from grader.verdicts import Look

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

_END_SECONDS = 30
"""How long the engine may take to tell a container's status once its streams have ended."""
_REMOVE_SECONDS = 20.0
_PAUSES = (0.2, 0.5, 1.0)
"""Seconds before each further attempt to remove a container."""
_SIGNAL_BASE = 128
_LAST_SIGNAL = 64


class DockerProcess:
    """A created container with its streams attached; implements `grader.sandbox.process.Steerable`.

    Args:
        client: the engine.
        container: created, not started.
        role: `candidate`, `harness`, `keeper` or a service, for messages.
        removal: removes the container.
        deadline: seconds that files may take to go in.
        tail_stdout: whether standard output is for people too, and so belongs to the tail; then nobody waits for it,
            and it is taken no faster than a `Throttle` allows.
    """

    def __init__(
        self,
        client: "DockerClient",
        container: "Container",
        role: str,
        removal: "Removal",
        *,
        deadline: float,
        tail_stdout: bool,
    ) -> None:
        self._client = client
        self._container = container
        self._role = role
        self._removal = removal
        self._tail = Tail()
        self._tail_stdout = tail_stdout
        self._throttle = Throttle()
        with _telling(f"attaching to the {role}'s container"):
            stream = container.attach_socket(params={"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1})
        self._attachment = Attachment(stream, deadline)
        self._output = self._read()

    def start(self, files: Iterable[bytes]) -> None:
        """Start the container and send its files.

        Raises:
            PodError: it does not start, or does not take the files.
        """
        with _telling(f"starting the {self._role}'s container"):
            self._container.start()
        try:
            self._attachment.send(files)
        except OSError as error:
            raise self._lost(f"the {self._role}'s container took none of its files: {error}") from error

    def write(self, data: bytes) -> None:
        """See `grader.sandbox.process.Process.write`."""
        self._attachment.write(data)

    def chunks(self) -> Iterator[bytes]:
        """See `grader.sandbox.process.Process.chunks`; the bootstrap's own word is left out."""
        return self._output

    def wait(self) -> int:
        """See `grader.sandbox.process.Process.wait`."""
        for _ in self._output:
            pass
        with _telling(f"asking for the end of the {self._role}'s container"):
            status = int(self._container.wait(timeout=_END_SECONDS)["StatusCode"])
            self._container.reload()
        attributes: dict[str, Any] = self._container.attrs or {}
        if attributes["State"].get("OOMKilled"):
            limit = attributes["HostConfig"]["Memory"] // MEBIBYTE
            self._tail.add(f"\n[grader] the process was killed for using more than {limit} MiB\n".encode())
        return -(status - _SIGNAL_BASE) if _SIGNAL_BASE < status <= _SIGNAL_BASE + _LAST_SIGNAL else status

    def require_running(self) -> None:
        """See that it has not ended.

        Raises:
            PodError: it has.
        """
        with _telling(f"looking at the {self._role}'s container"):
            self._container.reload()
        if self._container.status != "running":
            raise self._lost(f"the {self._role}'s container ended while it was needed")

    def is_out_of_memory(self) -> bool:
        """Whether the kernel has ended something of it at its memory limit.

        Raises:
            PodError: the engine does not say.
        """
        with _telling(f"looking at the {self._role}'s container"):
            self._container.reload()
        return bool((self._container.attrs or {})["State"].get("OOMKilled"))

    def pause(self) -> None:
        """See `grader.sandbox.process.Steerable.pause`."""
        with _telling(f"pausing the {self._role}'s container"):
            self._container.pause()

    def resume(self) -> None:
        """See `grader.sandbox.process.Steerable.resume`."""
        with _telling(f"resuming the {self._role}'s container"):
            self._container.unpause()

    def terminate(self) -> None:
        """See `grader.sandbox.process.Steerable.terminate`; the container's init passes it on to the application."""
        self._kill("SIGTERM")

    def kill(self) -> None:
        """See `grader.sandbox.process.Steerable.kill`."""
        self._kill("SIGKILL")

    def look(self) -> Look:
        """See `grader.sandbox.process.Steerable.look`."""
        with _telling(f"looking at the {self._role}'s processes"):
            seen = self._container.top(ps_args="-eLo pid,stat,wchan:20")
            threads = [(row[1], row[2]) for row in seen["Processes"] or ()]
            if not threads:
                raise PodError(f"nothing can be seen of the {self._role}'s processes")
            if all(is_asleep(state, waits_in) for state, waits_in in threads):
                return Look(asleep=True)
            # Where the engine cannot say, it says 0.
            return Look(asleep=False, cpu_seconds=self.cpu_seconds() or None)

    def cpu_seconds(self) -> float:
        """See `grader.sandbox.process.Steerable.cpu_seconds`."""
        with suppress(OSError):  # it may be gone by now
            if (used := cpu_seconds_of(str(self._container.id))) is not None:
                return used
        with _telling(f"asking what the {self._role} has used"):
            stats = cast("dict[str, Any]", self._container.stats(stream=False, one_shot=True))
            return float(stats["cpu_stats"]["cpu_usage"]["total_usage"]) / 1e9

    def leave_first_cpu(self) -> None:
        """See `grader.sandbox.process.Steerable.leave_first_cpu`."""
        if (cpus := self._cpus()) > 1:
            self._confine(f"1-{cpus - 1}")

    def use_all_cpus(self) -> None:
        """See `grader.sandbox.process.Steerable.use_all_cpus`."""
        self._confine(f"0-{self._cpus() - 1}")

    def tail(self) -> bytes:
        """See `grader.sandbox.process.Process.tail`."""
        return self._tail.read()

    def close(self) -> None:
        """Remove the container, then close the connection."""
        try:
            self._removal()
        finally:
            self._attachment.close()

    def _cpus(self) -> int:
        with _telling("asking the engine for its CPUs"):
            return int(self._client.info()["NCPU"])

    def _confine(self, cpus: str) -> None:
        with _telling(f"choosing the {self._role}'s CPUs"):
            self._container.update(cpuset_cpus=cpus)

    def _kill(self, signal: str) -> None:
        with _telling(f"sending {signal} to the {self._role}'s container"):
            self._container.kill(signal)

    def _read(self) -> Iterator[bytes]:
        expected = READY
        for stream, data in self._attachment.frames():
            if self._tail_stdout:
                self._throttle.take(len(data))
            if stream == STDERR:
                self._tail.add(data)
                continue
            # The bootstrap speaks before any of the submission's code can, so this word cannot be forged.
            word, rest = data[: len(expected)], data[len(expected) :]
            if not expected.startswith(word):
                raise self._lost(f"the {self._role}'s container did not start as it should: {word[:80]!r}")
            expected = expected[len(word) :]
            if rest:
                if self._tail_stdout:
                    self._tail.add(rest)
                yield rest
        if expected:
            raise self._lost(f"the files did not arrive in the {self._role}'s container")

    def _lost(self, message: str) -> PodError:
        hint = "see `docker info` and the free memory, then run again"
        return PodError(message, hint=hint, detail=self._tail.read().decode(errors="replace"))


class Removal:
    """Removes one container, once, within a bounded time.

    By its name, because an interrupted call may have made the container and never told its id.

    Args:
        client: the engine.
        name: the container's name.
    """

    def __init__(self, client: "DockerClient", name: str) -> None:
        self._client = client
        self._name = name
        self._settled = False
        self.late = False
        """Whether the engine may still be making it."""
        self.expected = False
        """Whether it was made: one that is gone before it is removed was another's doing."""

    def __call__(self) -> None:
        """Remove it.

        Raises:
            PodError: the engine refused, did not answer, or no longer has it; said once.
        """
        if self._settled:
            return
        try:
            _within(_REMOVE_SECONDS, self._remove, f"removing the container {self._name}")
        except PodError:
            self._settled = True
            raise
        self._settled = True

    def _remove(self) -> None:
        with _telling(f"removing the container {self._name}"):
            refusal = self._refusal()
            if self.expected and _by_another(refusal):
                # What it did before it went counts for nothing: how it ended was not its own doing.
                raise PodError(
                    f"the container {self._name} was removed from outside while it was needed",
                    hint="see who else cleans up on this engine, then run again",
                )
            for pause in _PAUSES:
                if _is_gone(refusal) and not self.late:
                    return
                time.sleep(pause)
                refusal = self._refusal()
            if refusal is not None and not _is_gone(refusal):
                raise refusal

    def _refusal(self) -> Exception | None:
        """Try it; None if that removed it. Busy, or being removed by another: the next attempt says which."""
        import docker.errors  # noqa: PLC0415  # slow to import

        try:
            self._client.api.remove_container(self._name, v=True, force=True)
        except docker.errors.APIError as error:
            return error
        return None


def _is_gone(refusal: Exception | None) -> bool:
    import docker.errors  # noqa: PLC0415  # slow to import

    return refusal is None or isinstance(refusal, docker.errors.NotFound)


def _by_another(refusal: Exception | None) -> bool:
    """Whether the first attempt to remove it says that somebody else has done so, or is about to."""
    return refusal is not None and (_is_gone(refusal) or "already in progress" in str(refusal))


@contextmanager
def contained(
    client: "DockerClient",
    role: str,
    *,
    name: str,
    options: dict[str, Any],
    deadline: float,
    tail_stdout: bool = False,
) -> Iterator[tuple[DockerProcess, str]]:
    """A container, not yet started, that is gone on leaving, whatever happened in between.

    Args:
        client: the engine.
        role: `candidate`, `harness` or `keeper`, for messages.
        name: unique.
        options: keyword arguments of `client.containers.create`, the image among them.
        deadline: seconds that files may take to go in.
        tail_stdout: whether standard output is for people too.

    Yields:
        The process, and the container's id.

    Raises:
        PodError: it cannot be created, or cannot be removed.
    """
    removal = Removal(client, name)
    with cleaning(removal):
        try:
            with _telling(f"creating the {role}'s container"):
                container = client.containers.create(name=name, **options)
        except KeyboardInterrupt:
            removal.late = True
            raise
        removal.expected = True
        process = DockerProcess(client, container, role, removal, deadline=deadline, tail_stdout=tail_stdout)
        with cleaning(process.close):
            yield process, str(container.id)


def _within(seconds: float, call: Callable[[], None], doing: str) -> None:
    """Call it in a thread of its own: the SDK's own limit is two minutes for each of several calls."""
    outcome: SimpleQueue[Exception | None] = SimpleQueue()

    def run() -> None:
        try:
            call()
        except Exception as error:  # noqa: BLE001  # whatever it is, the caller's thread raises it
            outcome.put(error)
        else:
            outcome.put(None)

    Thread(target=run, name="grader-cleanup", daemon=True).start()
    try:
        error = outcome.get(timeout=seconds)
    except Empty:
        raise PodError(f"the Docker engine did not answer while {doing}", hint="`grader gc` removes it later") from None
    if error is not None:
        raise error


@contextmanager
def _telling(doing: str) -> Iterator[None]:
    """`translate`, for a pod that runs: an engine that is gone is a pod that is lost."""
    try:
        with translate(doing):
            yield
    except EngineUnavailable as error:
        raise PodError(error.message, hint=error.hint, detail=error.detail) from error
