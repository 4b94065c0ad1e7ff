"""An index of our own in a container, so that nothing depends on the internet; each test fills its shelf itself."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from grader.sandbox.build import tarball
from grader.sandbox.downloads import INDEX_VARIABLES, PROXY_VARIABLES
from grader.sandbox.engine import CACHE_LABEL, labels, sweep
from grader.sandbox.images import Image, ensure_runner
from grader.settings import Settings
from tests.attacks.attack import REQUIREMENTS, Attack, Outcome
from tests.attacks.dependencies.shelf import Files, wheel

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

RUN = f"attacked-index-{os.getpid()}"  # several may run side by side
OWN = f"of-process-{os.getpid()} ; python_version < '3'\n"
"""Installs nothing, and keeps these installations apart from those of the same test that runs beside it."""
SERVE = """
import functools, http.server, socket
silent = socket.create_server(("", 8001))  # connections are accepted by the kernel; nobody ever answers
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory="/srv")
print("serving", flush=True)
http.server.ThreadingHTTPServer(("", 8000), handler).serve_forever()
"""
COMPANIONS: Files = {
    name: content for known in ("fastapi", "uvicorn", "httpx") for name, content in wheel(known, "999.0", {}).items()
}
"""Installed with everything; empty, so that the image's own modules are found behind them."""


@dataclass(frozen=True)
class Index:
    """A package index, and runs that know no other.

    Attributes:
        attack: hands in.
        container: the server's.
        runner: its image.
        cache: the grader's cache folder for these runs.
    """

    attack: Attack
    container: "Container"
    runner: Image
    cache: Path

    def stock(self, files: Mapping[str, bytes]) -> None:
        """Put files onto the shelf, and nothing else."""
        self.container.exec_run(["sh", "-c", "rm -rf /srv/simple"], user="root")
        self.container.put_archive("/srv", tarball({"simple/": b"", **COMPANIONS, **files}))

    def hand_in(self, requirements: str, *, port: int = 8000, before: str = "", **env: str) -> Outcome:
        """A correct solution that declares this, graded with this index."""
        return self.attack.honest(
            before, files={"requirements.txt": REQUIREMENTS + requirements + OWN}, env={**self.address(port), **env}
        )

    def address(self, port: int = 8000) -> dict[str, str]:
        """The environment in which there is no other index."""
        self.container.reload()
        networks = (self.container.attrs or {})["NetworkSettings"]["Networks"]
        place = f"http://{networks['bridge']['IPAddress']}:{port}/simple"
        nothing = dict.fromkeys((*INDEX_VARIABLES, *PROXY_VARIABLES, *map(str.lower, PROXY_VARIABLES)), "")
        return {
            **nothing,
            "UV_DEFAULT_INDEX": place,
            "UV_HTTP_RETRIES": "0",
            "GRADER_CACHE_DIR": str(self.cache),
        }

    def volumes(self) -> list[str]:
        """What was installed, newest last."""
        records = sorted((self.cache / "dependencies").glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
        return [json.loads(record.read_text())["volume"] for record in records]

    def tried(self) -> list[str]:
        """The volumes of all installations that were begun, whatever became of them."""
        keys = [path.name for path in (self.cache / "locks").glob("*")]
        labels = [f"{CACHE_LABEL}={key.removeprefix('dependencies-').removesuffix('.lock')}" for key in keys]
        found = [self.attack.engine.volumes.list(filters={"label": label}) for label in labels]
        return [str(volume.name) for each in found for volume in each]

    def look(self, script: str) -> str:
        """What a shell sees of the last installed volume, at `/opt/deps`."""
        mounts: dict[str, Any] = {self.volumes()[-1]: {"bind": "/opt/deps", "mode": "ro"}}
        output: bytes = self.attack.engine.containers.run(
            self.runner.id, ["sh", "-c", script], network_mode="none", volumes=mounts, remove=True, labels=labels(RUN)
        )
        return output.decode()


@pytest.fixture(scope="session")
def server(engine: "DockerClient") -> "Iterator[tuple[Container, Image]]":
    runner = ensure_runner(engine, Settings(), print)
    container = engine.containers.create(runner.id, ["python", "-u", "-c", SERVE], labels=labels(RUN), init=True)
    try:
        container.put_archive("/srv", tarball({"simple/": b""}))
        container.start()
        log = container.logs(stream=True, follow=True, stderr=False)
        assert next(log) == b"serving\n"
        log.close()  # type: ignore[attr-defined]  # a CancellableStream; the stubs say Iterator
        yield container, runner
    finally:
        sweep(engine, run_id=RUN)


@pytest.fixture
def index(attack: Attack, server: "tuple[Container, Image]", tmp_path: Path) -> Iterator[Index]:
    """The index, and afterwards none of the volumes that were made with it: each belongs to a record."""
    index = Index(attack, *server, tmp_path / "cache")
    yield index
    kept = index.volumes()
    tried = index.tried()
    for name in tried:
        attack.engine.volumes.get(name).remove()
    assert sorted(tried) == sorted(kept)  # an installation that failed leaves no volume
