"""A container as a process: files go in by its standard input, its streams come out, its end is told.

One attached connection a container carries all three streams; the engine frames the two that come out:
https://docs.docker.com/reference/api/engine/ (Container, attach to a container, stream format).
"""

import socket
import struct
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

from grader.errors import EngineUnavailable, PodError
from grader.sandbox.bootstrap import READY
from grader.sandbox.engine import translate
from grader.sandbox.session import Tail, cleaning
from grader.settings import MEBIBYTE

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

_HEADER = 8
_STDERR = 2
_RECEIVE = 64 * 1024
_FOREVER = 86_400.0
"""Not None: with a limit, however long, Python keeps two threads on one TLS connection out of each other's way."""
_END_SECONDS = 30
"""How long the engine may take to tell a container's status once its streams have ended."""
_REMOVE_SECONDS = 20.0
_PAUSES = (0.0, 0.2, 0.5, 1.0)
"""Seconds before each attempt to remove a container."""
_SIGNAL_BASE = 128
_LAST_SIGNAL = 64


class Attachment:
    """The connection behind `attach`: what the SDK hands out differs between unix sockets, TLS, ssh and pipes.

    Args:
        stream: what `attach_socket` returned.
        deadline: seconds that one `send` may take.
    """

    def __init__(self, stream: Any, deadline: float) -> None:
        self._stream = stream  # kept: the connection is closed when this is collected
        self._raw: Any = getattr(stream, "_sock", stream)
        self._deadline = deadline
        _keep_alive(self._raw)

    def send(self, chunks: Iterable[bytes]) -> None:
        """Send before anything is read; OSError if the other side no longer takes it."""
        self._raw.settimeout(self._deadline)
        for chunk in chunks:
            self._raw.sendall(chunk)
        self._raw.settimeout(_FOREVER)

    def write(self, data: bytes) -> None:
        """Send while another thread reads."""
        self._raw.sendall(data)

    def frames(self) -> Iterator[tuple[int, bytes]]:
        """What comes out, as (1 for stdout or 2 for stderr, piece); a lost connection is an end like any other."""
        # Not docker.utils.socket: it polls before each read, and so waits for bytes that TLS has already decrypted.
        with suppress(OSError):
            yield from _demultiplexed(self._raw.recv)

    def close(self) -> None:
        """Close it, and wake whoever reads from it."""
        with suppress(OSError):
            self._raw.shutdown(socket.SHUT_RDWR)
        # The SDK hangs the HTTP response on the stream where it can; closing that one closes the stream under it.
        getattr(self._stream, "_response", self._stream).close()


class DockerProcess:
    """A created container with its streams attached; implements `grader.sandbox.session.Process`.

    Args:
        container: created, not started.
        role: `candidate` or `harness`, for messages.
        removal: removes the container.
        deadline: seconds that files may take to go in.
        tail_stdout: whether standard output is for people too, and so belongs to the tail.
    """

    def __init__(
        self, container: "Container", role: str, removal: "Removal", *, deadline: float, tail_stdout: bool
    ) -> None:
        self._container = container
        self._role = role
        self._removal = removal
        self._tail = Tail()
        self._tail_stdout = tail_stdout
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
        """See `grader.sandbox.session.Process.write`."""
        self._attachment.write(data)

    def chunks(self) -> Iterator[bytes]:
        """See `grader.sandbox.session.Process.chunks`; the bootstrap's own word is left out."""
        return self._output

    def wait(self) -> int:
        """See `grader.sandbox.session.Process.wait`."""
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

    def tail(self) -> bytes:
        """See `grader.sandbox.session.Process.tail`."""
        return self._tail.read()

    def close(self) -> None:
        """Remove the container, then close the connection."""
        try:
            self._removal()
        finally:
            self._attachment.close()

    def _read(self) -> Iterator[bytes]:
        expected = READY
        for stream, data in self._attachment.frames():
            if stream == _STDERR:
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

    def __call__(self) -> None:
        """Remove it.

        Raises:
            PodError: the engine refused, or did not answer; said once.
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
            refusal = None
            for pause in _PAUSES:
                time.sleep(pause)
                refusal = self._refusal()
                if refusal is None and not self.late:
                    return
            if refusal is not None:
                raise refusal

    def _refusal(self) -> Exception | None:
        """Try it; None if it is gone. Busy, or being removed by another: the next attempt says which."""
        import docker.errors  # noqa: PLC0415  # slow to import

        try:
            self._client.api.remove_container(self._name, v=True, force=True)
        except docker.errors.NotFound:
            return None
        except docker.errors.APIError as error:
            return error
        return None


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
        role: `candidate` or `harness`, for messages.
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
        process = DockerProcess(container, role, removal, deadline=deadline, tail_stdout=tail_stdout)
        with cleaning(process.close):
            yield process, str(container.id)


def _demultiplexed(receive: Callable[[int], bytes]) -> Iterator[tuple[int, bytes]]:
    pending = bytearray()
    stream, left = 0, 0
    while data := receive(_RECEIVE):
        pending += data
        while pending and (left or len(pending) >= _HEADER):
            if not left:
                stream, left = struct.unpack(">BxxxL", pending[:_HEADER])
                del pending[:_HEADER]
            piece = bytes(pending[:left])
            del pending[: len(piece)]
            left -= len(piece)
            if piece:
                yield stream, piece


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


def _keep_alive(raw: Any) -> None:
    """A remote engine that vanished without a word is noticed within half a minute."""
    if isinstance(raw, socket.socket) and raw.family in {socket.AF_INET, socket.AF_INET6}:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3)):
            if hasattr(socket, option):
                raw.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
