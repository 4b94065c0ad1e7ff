"""Workers on two machines that are played on this one, while one of all that can die dies after the other."""

import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from grader.batch.remote.app import make_app
from grader.batch.remote.claim import Claim
from grader.batch.remote.queue import Queue
from grader.batch.remote.shelf import REPORT
from grader.settings import Settings
from tests.batch.remote.conftest import OwnRedis, until
from tests.relay import Relay, engine_socket
from tests.soak.cohort import CHALLENGE

SEED = 20
_TERMS = ["--challenge", CHALLENGE, "--seed", str(SEED), "--no-latency"]
_SHORT = {"GRADER_STARTUP_DEADLINE": "45", "GRADER_HEARTBEAT": "1", "GRADER_ENGINE_PATIENCE": "240"}


class Field:
    """A broker, a store, workers with an engine each, and one call of `grader batch`.

    Args:
        home: a folder of its own.
        redis: the broker, which runs.
    """

    def __init__(self, home: Path, redis: OwnRedis) -> None:
        self.home = home
        self.redis = redis
        self.out = home / "out"
        self.queue = Queue(make_app(redis.url, Settings()), redis.url)
        self._started: list[subprocess.Popen[bytes]] = []
        self._batch: subprocess.Popen[bytes] | None = None
        self.relays: list[Relay] = []

    def worker(self, name: str) -> "Machine":
        """Start a worker, on a machine with a cache and an engine's socket of its own."""
        socket = Path("/tmp", f"grader-{secrets.token_hex(4)}.sock")  # noqa: S108  # it must be short
        machine = Machine(self, name, socket)
        machine.start()
        return machine

    def run(self, name: str, words: list[str], env: Mapping[str, str]) -> "subprocess.Popen[bytes]":
        """Start the grader."""
        with (self.home / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "grader", *words],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=os.environ | _SHORT | env,
            )  # fmt: skip
        self._started.append(process)
        return process

    def log(self, name: str) -> str:
        """What it has printed."""
        return (self.home / f"{name}.log").read_text(errors="replace")

    def send(self, cohort: list[Path]) -> None:
        """Begin the batch."""
        names = [str(path) for path in cohort]
        words = ["batch", *names, *_TERMS, "--out", str(self.out), "--broker", self.redis.url, "--store", self.store]
        self._batch = self.run("batch", words, {})

    @property
    def store(self) -> str:
        """The store's folder."""
        return str(self.home / "store")

    def reports(self) -> list[Path]:
        """Those that have come."""
        return sorted(self.out.glob("*/report.json"))

    def ended(self) -> int:
        """Wait for the batch's end; its exit code."""
        assert self._batch
        return self._batch.wait(3600)

    def end(self) -> None:
        """End everything that was started."""
        for process in self._started:
            process.send_signal(signal.SIGTERM)
        for process in self._started:
            with suppress(subprocess.TimeoutExpired):
                process.wait(30)
            process.kill()
            process.wait()
        for relay in self.relays:
            relay.cut()


class Machine:
    """A worker and its engine."""

    def __init__(self, field: Field, name: str, socket: Path) -> None:
        self.name = name
        self._field = field
        self._socket = socket
        self._relay: Relay | None = None
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start engine and worker; it takes jobs when this returns."""
        self.start_engine()
        words = ["worker", "--broker", self._field.redis.url, "--store", self._field.store, "--jobs", "1"]
        env = {
            "DOCKER_HOST": f"unix://{self._socket}",
            "GRADER_CACHE_DIR": str(self._field.home / f"cache-{self.name}"),
        }
        self.process = self._field.run(self.name, words, env)
        until(lambda: "ready: " in self._field.log(self.name) or self.process.poll() is not None, "a worker", 240)
        assert self.process.poll() is None, self._field.log(self.name)

    def start_engine(self) -> None:
        """Let the engine answer (again)."""
        self._relay = Relay(self._socket, engine_socket())
        self._field.relays.append(self._relay)

    def stop_engine(self) -> None:
        """As if it had died."""
        assert self._relay
        self._relay.cut()

    def claims(self) -> list[Claim]:
        """What it is at, by the store."""
        assert self.process
        found = (file for file in Path(self._field.store).rglob("claim-*.json") if not (file.parent / REPORT).exists())
        claims = [Claim.model_validate_json(file.read_bytes()) for file in found]
        return [claim for claim in claims if claim.worker.startswith(f"grader-{self.process.pid}-")]

    def freezes_at_something(self) -> bool:
        """Stop it where it stands, if it is at something: then it stays at it until it is killed."""
        assert self.process
        self.process.send_signal(signal.SIGSTOP)
        if not self.claims():
            self.process.send_signal(signal.SIGCONT)
        return bool(self.claims())

    def kill(self) -> None:
        """SIGKILL."""
        assert self.process
        self.process.kill()
        self.process.wait()


@contextmanager
def field(home: Path, redis: OwnRedis) -> Iterator[Field]:
    """A field that is ended afterwards."""
    one = Field(home, redis)
    try:
        yield one
    finally:
        one.end()


def graded_alone(cohort: list[Path], home: Path) -> dict[str, Any]:
    """What `grader run` says of each with the same seed: name → `essence`."""

    def grade(source: Path) -> tuple[str, Any]:
        target = home / source.name
        words = [sys.executable, "-m", "grader", "run", str(source), *_TERMS, "--quiet", "--out", str(target)]
        done = subprocess.run(words, env=os.environ | _SHORT, capture_output=True, text=True, check=False)
        assert (target / "report.json").is_file(), done.stdout + done.stderr
        return essence(target / "report.json")

    with ThreadPoolExecutor(2) as pool:
        return dict(pool.map(grade, cohort))


def essence(report: Path) -> tuple[str, Any]:
    """The submission's name, and all that decides: status, problem's kind, verdict of each check, score."""
    data = json.loads(report.read_text(encoding="utf-8"))
    return data["submission"]["name"], (
        data["status"],
        data["problem"] and data["problem"]["kind"],
        {check["id"]: check["verdict"] for check in data["checks"]},
        data["score"] and data["score"]["total"],
    )
