"""Servers that answer as no framework would, the harness as the host runs it, and a process of upstreams."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from grader.harness.upstream import control, waiting
from grader.harness.upstream.service import UpstreamService
from grader.harness.upstream.upstreams import Upstreams
from grader.sandbox.ports import reserved_port
from grader.verdicts import EVENTS, CandidateExited, CheckFinished, CheckResult, Event, Job, Look

Behave = Callable[[socket.socket, bytes], None]
"""Gets the connection and the request as far as it was read; the connection is closed when it returns."""


class RawServer:
    """Listens on loopback, a thread for each connection.

    Attributes:
        requests: raw requests, in the order in which they were whole.
        connections: how many were accepted.
    """

    def __init__(self, behave: Behave, *, read: bool = True) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self._behave = behave
        self._read = read
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def stop_listening(self) -> None:
        """Refuse further connections, as a dead process does."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._socket.close()

    def close(self) -> None:
        self.stop_listening()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            request = read_request(connection) if self._read else b""
            if request or not self._read:
                self.requests.append(request)
                self._behave(connection, request)


def read_request(connection: socket.socket) -> bytes:
    """Read one request, body included; what there is of it if the client closes first."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        piece = connection.recv(65536)
        if not piece:
            break
        body += piece
    return head + b"\r\n\r\n" + body


@pytest.fixture
def serve() -> Iterator[Callable[..., RawServer]]:
    """Start a server that sends these bytes and closes, or behaves like this function (`read=False`: at once)."""
    servers: list[RawServer] = []

    def start(answer: bytes | Behave, *, read: bool = True) -> RawServer:
        behave = answer if callable(answer) else lambda connection, _: connection.sendall(answer)
        servers.append(RawServer(behave, read=read))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def free_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


PACK_HEADER = """
import asyncio
import os
import sys
import pytest
from grader.harness import Mismatch, Request, Tally, check
"""


class Harness:
    """A running harness.

    Attributes:
        events: what it said so far.
    """

    def __init__(self, *words: str, **environment: str) -> None:
        self.events: list[Event] = []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "grader.harness", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **environment},
        )
        assert self._process.stdin
        assert self._process.stdout
        assert self._process.stderr
        self._stdin, self._stdout, self._stderr = self._process.stdin, self._process.stdout, self._process.stderr
        self._errors: list[bytes] = []
        self._draining = threading.Thread(target=lambda: self._errors.append(self._stderr.read()), daemon=True)
        self._draining.start()

    def order(self, order: Job | CandidateExited | bytes) -> None:
        self._stdin.write((order if isinstance(order, bytes) else order.model_dump_json().encode()) + b"\n")
        self._stdin.flush()

    def next(self) -> Event | None:
        line = self._stdout.readline()
        if not line:
            return None
        self.events.append(EVENTS.validate_json(line))
        return self.events[-1]

    def until_finished(self) -> list[Event]:
        """Read one job's events."""
        since = len(self.events)
        while (event := self.next()) and event.event != "finished":
            pass
        return self.events[since:]

    def no_more_orders(self) -> None:
        """Close its standard input."""
        self._stdin.close()

    def finish(self) -> int:
        """Read to the end; the exit status."""
        while self.next():
            pass
        self._stdin.close()
        self._draining.join()
        return self._process.wait()

    @property
    def stderr(self) -> str:
        return b"".join(self._errors).decode()

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._draining.join()
        for stream in (self._stdin, self._stdout, self._stderr):
            stream.close()

    def kinds(self) -> list[str]:
        return [event.event for event in self.events]

    def results(self) -> dict[str, CheckResult]:
        return {event.result.id: event.result for event in self.events if isinstance(event, CheckFinished)}


@pytest.fixture
def harness() -> Iterator[Callable[..., Harness]]:
    """Start harness processes."""
    started: list[Harness] = []

    def start(*orders: Job | CandidateExited | bytes, words: Sequence[str] = (), **environment: str) -> Harness:
        started.append(Harness(*words, **environment))
        for order in orders:
            started[-1].order(order)
        return started[-1]

    yield start
    for process in started:
        process.close()


@pytest.fixture
def pack(tmp_path: Path) -> Callable[..., str]:
    """Write a pack: file name → source of its checks."""

    def write(**files: str) -> str:
        folder = tmp_path / "pack"
        (folder / "checks").mkdir(parents=True)
        (folder / "openapi.yaml").write_text('openapi: 3.1.0\ninfo: {title: Tiny, version: "1"}\npaths: {}\n')
        for name, source in files.items():
            (folder / "checks" / f"{name}.py").write_text(PACK_HEADER + textwrap.dedent(source))
        return str(folder)

    return write


@pytest.fixture
def json_reply() -> Callable[..., bytes]:
    """Write a response: value and status → bytes."""

    def write(value: Any, status: int = 200) -> bytes:
        body = json.dumps(value).encode()
        return b"HTTP/1.1 %d X\r\ncontent-length: %d\r\n\r\n%b" % (status, len(body), body)

    return write


# --- upstreams


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def ports() -> Iterator[list[int]]:
    """Three ports that no outgoing connection of this machine gets."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(reserved_port()) for _ in range(3)]


@pytest.fixture(scope="session")
def service() -> Iterator[UpstreamService]:
    """A process of upstreams; a test binds it to its own ports."""
    service = UpstreamService()
    yield service
    service.close()


@pytest.fixture
def bound(service: UpstreamService, ports: list[int]) -> Iterator[UpstreamService]:
    """The same, with the upstreams "catalog" and "pricing" at the first two ports."""
    service.bind({"catalog": ports[0], "pricing": ports[1]})
    yield service
    service.bind({})


class Looks:
    """What the host says of the candidate.

    Attributes:
        answer: to each look; None where it cannot say.
        sleeps_if: when it is asleep, whatever `answer` says; else it is awake.
    """

    def __init__(self) -> None:
        self.answer: Look | None = None
        self.sleeps_if: Callable[[], bool] | None = None

    async def __call__(self) -> Look | None:
        return Look(asleep=self.sleeps_if(), cpu_seconds=0) if self.sleeps_if else self.answer


@pytest.fixture
def looks() -> Looks:
    """Nobody can say what the candidate does, until a test says it."""
    return Looks()


@pytest.fixture
async def upstreams(bound: UpstreamService, looks: Looks) -> AsyncIterator[Upstreams]:
    """These two, for one check."""
    async with bound.opened(looks) as upstreams:
        yield upstreams


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A control that needs few round trips, so that what is missed is known soon."""
    for name, value in {"GRACE": 0, "PACE": 0.001, "FEWEST": 3, "LOOK_EVERY": 1, "STILL": 2}.items():
        monkeypatch.setattr(control, name, value)
    monkeypatch.setattr(waiting, "LONGEST_QUIET", 0.1)
