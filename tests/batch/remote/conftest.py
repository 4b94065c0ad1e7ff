"""Stores, brokers and workers of a test's own."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from grader.batch.job import Job
from grader.batch.remote.store import FolderStore, Store, open_store
from grader.batch.remote.ticket import Ticket
from grader.settings import Settings
from tests.batch.remote.playing import handed_in

PATIENCE = 90
"""Seconds in which what is waited for must have come, on a busy machine too."""


def until(true: Callable[[], object], what: str) -> None:
    """Wait for something."""
    last = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < last, f"it never came: {what}"
        time.sleep(0.02)


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """A store in a directory, and one in what fsspec reaches."""
    if request.param == "folder":
        return open_store(str(tmp_path / "store"))
    MemoryFileSystem.store.clear()
    return Store(MemoryFileSystem(), "/store", "memory")


@pytest.fixture
def folder_store(tmp_path: Path) -> Store:
    """A store in a directory."""
    made = open_store(str(tmp_path / "store"))
    assert isinstance(made, FolderStore)
    return made


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Quick signs of life, no patience."""
    return Settings(cache_dir=tmp_path / "cache", heartbeat=0.05, engine_patience=0)


@pytest.fixture
def job(tmp_path: Path) -> Callable[..., Job]:
    """A job whose submission says what becomes of it."""

    def make(name: str = "jane", words: str = "good") -> Job:
        return handed_in(tmp_path / "handed-in", name, words)

    return make


@pytest.fixture
def ticket(job: Callable[..., Job]) -> Callable[..., Ticket]:
    """A ticket for such a job."""

    def make(name: str = "jane", words: str = "good", **changes: object) -> Ticket:
        return Ticket(**({"batch": "b" * 32, "run": "c" * 32, "job": job(name, words)} | changes))  # type: ignore[arg-type]

    return make


def skip_without(*programs: str) -> None:
    """Skip the test where one of them is not installed; in continuous integration that is a failure."""
    for name in programs:
        if not shutil.which(name):
            reason = f"there is no {name}; run scripts/brokers.sh as root on Debian or Ubuntu"
            if os.environ.get("CI"):
                pytest.fail(reason, pytrace=False)
            pytest.skip(reason)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Whether somebody does."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class OwnRedis:
    """A Redis of a test's own, which writes down what it is told.

    Args:
        home: its folder.
        options: further ones of redis-server.
    """

    def __init__(self, home: Path, *options: str) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._home = home
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        home.mkdir(parents=True, exist_ok=True)

    def start(self) -> None:
        """Start it, again if it was killed, with what it has written down."""
        with (self._home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    "redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._home),
                    "--appendonly", "yes", "--appendfsync", "always", "--save", "", *self._options,
                ],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        until(lambda: listens(self.port), "Redis")

    def kill(self) -> None:
        """SIGKILL."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def forget(self) -> None:
        """While it does not run: lose all that it had written down."""
        shutil.rmtree(self._home / "appendonlydir", ignore_errors=True)


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[OwnRedis]:
    """A Redis that runs."""
    skip_without("redis-server")
    own = OwnRedis(tmp_path / "redis")
    own.start()
    yield own
    own.kill()


class PlayedWorker:
    """A worker's process whose performer is played."""

    def __init__(self, home: Path, broker: str, store: str, at_once: int) -> None:
        self.log = home / f"worker-{secrets.token_hex(3)}.log"
        self._performed = home / "performed"
        env = os.environ | {"GRADER_HEARTBEAT": "0.5", "GRADER_ENGINE_PATIENCE": "0"}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.batch.remote.playing", broker, store, str(self._performed), str(at_once)],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=env,
            )  # fmt: skip

    def says(self, text: str) -> bool:
        """Whether it has said so."""
        return text in self.log.read_text()

    def wait_for(self, text: str) -> None:
        """Until it has."""
        until(lambda: self.says(text) or self.process.poll() is not None, text)
        assert self.says(text), self.log.read_text()

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.wait()

    def ask_to_leave(self) -> None:
        """SIGTERM."""
        self.process.send_signal(signal.SIGTERM)


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Callable[..., PlayedWorker]]:
    """Start a worker at a broker; it takes jobs when this returns."""
    started: list[PlayedWorker] = []

    def start(broker: str, at_once: int = 1) -> PlayedWorker:
        one = PlayedWorker(tmp_path, broker, str(tmp_path / "store"), at_once)
        started.append(one)
        one.wait_for("ready: ")
        return one

    yield start
    for one in started:
        with suppress(ProcessLookupError):
            one.kill()


@pytest.fixture
def performed(tmp_path: Path) -> Callable[[], list[str]]:
    """The names of the jobs that were performed to their end, in that order, by whatever worker."""

    def read() -> list[str]:
        file = tmp_path / "performed"
        return file.read_text().split() if file.exists() else []

    return read
