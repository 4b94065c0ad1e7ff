"""A performer that is played: the submission's words decide what becomes of it. Also run as a worker's process.

good                     a report
wait PATH                a report, once there is such a file
engine                   the engine is gone
broken                   an exception that nobody foresaw
"""

import hashlib
import sys
import threading
from pathlib import Path

from grader.batch.job import Job, Terms
from grader.batch.perform import Cancelled
from grader.batch.remote.app import make_app
from grader.batch.remote.service import Service, worker_name
from grader.batch.remote.store import open_store
from grader.batch.remote.taker import Taker
from grader.errors import EngineUnavailable
from grader.report.logbook import Logbook
from grader.report.model import Report
from grader.request import Watch
from grader.settings import Settings


def handed_in(folder: Path, name: str, words: str) -> Job:
    """A job whose submission holds these words."""
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / f"{name}.zip"
    content = f"{words}\n{name}\n".encode()
    source.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    return Job(name=name, source=str(source), digest=digest, challenge=None, challenge_hash=None, terms=Terms(seed=7))


class Player:
    """Implements `grader.batch.remote.taker.Performing`.

    Args:
        performed: gets the name of each job that was performed to its end.
    """

    def __init__(self, performed: list[str]) -> None:
        self._performed = performed
        self._stop = threading.Event()

    def perform(self, job: Job, source: Path, watch: Watch) -> Report:
        """Do what the words say."""
        word, _, rest = source.read_text().splitlines()[0].partition(" ")
        watch.step(f"playing {word}")
        if word == "engine":
            raise EngineUnavailable("no Docker engine answers")
        if word == "broken":
            raise RuntimeError("broken")
        while word == "wait" and not Path(rest).exists():
            if self._stop.wait(0.02):
                raise Cancelled
        if self._stop.is_set():
            raise Cancelled
        self._performed.append(job.name)
        return Logbook(job.request(source)).report()

    def cancel(self) -> None:
        """Let it end."""
        self._stop.set()


class Log(list[str]):
    """What was performed, in a file that all workers of a test share."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file

    def append(self, name: str) -> None:
        with self._file.open("a") as file:
            file.write(f"{name}\n")


def main(broker: str, store: str, log: str, at_once: str) -> int:
    """A worker."""
    settings = Settings()
    name = worker_name()
    taker = Taker(
        open_store(store), lambda: Player(Log(Path(log))),
        worker=name, sandbox="docker", heartbeat=settings.heartbeat, say=lambda text: print(text, flush=True),  # noqa: T201
    )  # fmt: skip
    app = make_app(broker, settings, workers=int(at_once))
    service = Service(app, taker, name, "docker", int(at_once), lambda text: print(text, flush=True))  # noqa: T201
    return service.run()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
