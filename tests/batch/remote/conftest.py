"""Stores, brokers and workers of a test's own."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from grader.batch.job import Job
from grader.batch.outcome import Outcome
from grader.batch.remote.app import make_app
from grader.batch.remote.client import RemoteRunner
from grader.batch.remote.queue import Queue
from grader.batch.remote.record import begin_run
from grader.batch.remote.store import FolderStore, Store, open_store
from grader.batch.remote.ticket import Ticket
from grader.request import NobodyWatches, Watch
from grader.settings import Settings
from tests.batch.remote.playing import handed_in

PATIENCE = 90
"""Seconds in which what is waited for must have come, on a busy machine too."""


def until(true: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Wait for something."""
    last = time.monotonic() + seconds
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
        tls: whether it speaks TLS alone, and wants the password `pw`.
    """

    def __init__(self, home: Path, *options: str, tls: bool = False) -> None:
        self.port = free_port()
        self.url = f"rediss://:pw@127.0.0.1:{self.port}/0" if tls else f"redis://127.0.0.1:{self.port}/0"
        self._ports = ["--port", "0", "--tls-port", str(self.port)] if tls else ["--port", str(self.port)]
        self._home = home
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        home.mkdir(parents=True, exist_ok=True)

    def start(self) -> None:
        """Start it, again if it was killed, with what it has written down."""
        with (self._home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    "redis-server", *self._ports, "--bind", "127.0.0.1", "--dir", str(self._home),
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


class Listener:
    """Hears what is said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def watching(self, job: Job) -> AbstractContextManager[Watch]:  # noqa: ARG002
        return nullcontext(NobodyWatches())

    def say(self, text: str) -> None:
        self.said.append(text)


class Call:
    """A call of `grader batch` in a thread."""

    def __init__(self, broker: str, store: Store, out: Path) -> None:
        self.outcomes: list[Outcome] = []
        self.listener = Listener()
        self._log = out.parent / "performed"
        settings = Settings(heartbeat=0.5, engine_patience=120)
        out.mkdir(exist_ok=True)
        self.queue = Queue(make_app(broker, settings), broker)
        self.runner = RemoteRunner(store, self.queue, begin_run(out), out, settings, self.listener)
        self._thread: threading.Thread | None = None

    def begin(self, jobs: list[Job]) -> None:
        self._thread = threading.Thread(target=lambda: self.outcomes.extend(self.runner.run(jobs)))
        self._thread.start()

    def end(self) -> list[str]:
        """The names of what came back, each as often as it came."""
        assert self._thread
        self._thread.join(180)
        assert not self._thread.is_alive(), self.listener.said
        return sorted(outcome.name for outcome in self.outcomes)

    def performed(self) -> list[str]:
        """The names of the jobs that were performed to their end, in that order, by whatever worker."""
        return self._log.read_text().split() if self._log.exists() else []

    def leave(self) -> None:
        self.runner.cancel()
        if self._thread:
            self._thread.join()


@pytest.fixture
def call(folder_store: Store, tmp_path: Path) -> Iterator[Callable[[str], Call]]:
    made: list[Call] = []

    def make(broker: str) -> Call:
        made.append(Call(broker, folder_store, tmp_path / "out"))
        return made[-1]

    yield make
    for one in made:
        one.leave()


class OwnRabbit:
    """A RabbitMQ of a test's own, with an epmd of its own.

    Args:
        home: its folder.
    """

    def __init__(self, home: Path) -> None:
        self.port = free_port()
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}//"
        self._home = home
        ports = {"ERL_EPMD_PORT": str(free_port()), "RABBITMQ_DIST_PORT": str(free_port())}
        self._env = os.environ | ports | {
            "HOME": str(home),  # of the Erlang cookie
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"grader{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_MNESIA_BASE": f"{home}/data",
            "RABBITMQ_LOG_BASE": f"{home}/logs",
            "RABBITMQ_PID_FILE": f"{home}/pid",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{home}/plugins",
            "RABBITMQ_CONFIG_FILE": f"{home}/none",
        }  # fmt: skip
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start it."""
        self._home.mkdir(parents=True, exist_ok=True)
        self._run("epmd", "-port", self._env["ERL_EPMD_PORT"])
        # Not the program on PATH: as root that changes to the user rabbitmq, whom the folder is not of.
        self._run("/usr/lib/rabbitmq/bin/rabbitmq-server")
        until(lambda: listens(self.port), "RabbitMQ")

    def stop(self) -> None:
        """End all of it: Erlang's virtual machine is a child of the script's."""
        for process in reversed(self._processes):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _run(self, *words: str) -> None:
        with (self._home / "log").open("ab") as log:
            self._processes.append(
                subprocess.Popen(
                    words, env=self._env, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
                )
            )
