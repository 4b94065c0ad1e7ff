"""A running docker-compose.yml: a project of its own, with folders of its own, that is gone when the block ends."""

import http.client
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from grader.sandbox.downloads import ca_bundle
from grader.settings import Settings
from tests.compose.conftest import ROOT

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

PATIENCE = 240
"""Seconds in which what is waited for must have come, on a busy machine too."""
SENTINEL = "sentinel.invalid"
"""Stands in the builder's environment, and must stand in no image."""
TRUST = ROOT / "scripts/compose/trust/ca.pem"


class Stack:
    """The services, and the Compose that runs them.

    Args:
        compose: the command.
        engine: where they run.
        home: an empty folder.
        base: the image that theirs stand on.
    """

    def __init__(self, compose: list[str], engine: "DockerClient", home: Path, base: str) -> None:
        self.engine, self.project = engine, f"grader-test-{os.getpid()}"
        self.submissions, self.reports = home / "submissions", home / "reports"
        for folder in (self.submissions, self.reports):
            folder.mkdir(mode=0o755)
        (home / "env").touch()
        self.user = os.getuid() or 10001
        self.port = _free_port()
        self._command = [*compose, "--project-name", self.project, "--env-file", str(home / "env")]
        own = {name: value for name, value in os.environ.items() if not name.startswith(("GRADER_", "COMPOSE_"))}
        self._environment = own | self._settings(base)

    def _settings(self, base: str) -> dict[str, str]:
        address = os.environ.get("DOCKER_HOST", "")
        return {
            "GRADER_BASE": base,
            "GRADER_BROKER_PASSWORD": "of-this-test",
            "GRADER_USER": str(self.user),
            "GRADER_SUBMISSIONS": str(self.submissions),
            "GRADER_REPORTS": str(self.reports),
            "GRADER_SITE_PORT": str(self.port),
            "GRADER_SOCKET": address.removeprefix("unix://") or "/var/run/docker.sock",
            "PIP_TRUSTED_HOST": SENTINEL,
        }

    def __call__(self, *arguments: str, fails: bool = False) -> str:
        """What Compose prints; it must succeed, or fail."""
        done = subprocess.run(
            [*self._command, *arguments],
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        said = done.stdout + done.stderr
        assert bool(done.returncode) is fails, said[-4_000:]
        return said

    def grader(self, *arguments: str, fails: bool = False) -> str:
        """`docker compose run --rm grader ...`."""
        return self("run", "--rm", "-T", "grader", *arguments, fails=fails)

    def containers(self, service: str) -> "list[Container]":
        """The running containers of a service."""
        wanted = [f"com.docker.compose.project={self.project}", f"com.docker.compose.service={service}"]
        return self.engine.containers.list(filters={"label": wanted})

    def get(self, path: str, *, method: str = "GET", host: str = "localhost") -> tuple[int, Mapping[str, str], str]:
        """Status, headers and body of what the site answers, once it does."""
        last = time.monotonic() + PATIENCE
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            try:
                connection.putrequest(method, path, skip_host=True)
                connection.putheader("Host", host)
                connection.endheaders()
                answer = connection.getresponse()
                return answer.status, answer.headers, answer.read().decode(errors="replace")
            except OSError:
                if time.monotonic() > last:
                    raise
                time.sleep(0.1)
            finally:
                connection.close()

    def left(self) -> list[str]:
        """Whatever of this project the engine still has."""
        label = {"label": f"com.docker.compose.project={self.project}"}
        things = [
            *self.engine.containers.list(all=True, filters=label),
            *self.engine.networks.list(filters=label),
            *self.engine.volumes.list(filters=label),
        ]
        tags = [tag for image in self.engine.images.list() for tag in image.tags if tag.startswith(self.project)]
        return [str(thing.name) for thing in things] + tags

    def down(self) -> None:
        """Take it all down, images and volumes too."""
        self("--profile", "run", "down", "--volumes", "--rmi", "local", "--remove-orphans", "--timeout", "1")


@contextmanager
def trusting() -> Iterator[None]:
    """The host's certificates where the Dockerfile looks for them, as scripts/compose/up.sh puts them there."""
    bundle, before = ca_bundle(Settings()), TRUST.read_bytes() if TRUST.exists() else None
    if bundle is not None and bundle != before:
        TRUST.write_bytes(bundle)
        TRUST.chmod(0o644)
    try:
        yield
    finally:
        if before is None:
            TRUST.unlink(missing_ok=True)
        elif bundle not in {None, before}:
            TRUST.write_bytes(before)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
