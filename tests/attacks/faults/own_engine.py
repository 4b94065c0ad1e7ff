"""An engine of a test's own, with a folder, a containerd and a socket of its own, that can really be killed."""

import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import docker
import pytest

SECONDS = 60
"""In which it must answer."""


class OwnEngine:
    """A dockerd, not yet started.

    Args:
        home: its folder; must be short, since sockets live in it.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.env = {"DOCKER_HOST": f"unix://{home}/docker.sock"}
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self) -> docker.DockerClient:
        """Start it, again if it was killed; its client once it answers."""
        (self.home / "docker.pid").unlink(missing_ok=True)  # a killed one leaves it
        if not self._running:
            self._run(
                "containerd", "--address", f"{self.home}/containerd.sock",
                "--root", f"{self.home}/containerd", "--state", f"{self.home}/state",
            )  # fmt: skip
        # In a network namespace of its own: with `--bridge=none` dockerd removes the machine's docker0 when it starts.
        self._run(
            "unshare", "--net", "dockerd", "--host", self.env["DOCKER_HOST"],
            "--containerd", f"{self.home}/containerd.sock",
            "--data-root", f"{self.home}/data", "--exec-root", f"{self.home}/exec",
            "--pidfile", f"{self.home}/docker.pid", "--bridge=none", "--iptables=false",
        )  # fmt: skip
        return self._answering()

    def kill(self) -> None:
        """SIGKILL to dockerd alone: its containers run on."""
        dockerd = self._running.pop()
        dockerd.kill()
        dockerd.wait()

    def stop(self) -> None:
        """End all of it."""
        for process in reversed(self._running):
            process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(30)
            process.kill()
            process.wait()
        for mount in sorted(_mounts(self.home), reverse=True):
            subprocess.run(["umount", "--lazy", mount], check=False)

    def load(self, images: list[str]) -> None:
        """Copy images from the machine's own engine, all at once: they share layers."""
        with subprocess.Popen(["docker", "save", *images], stdout=subprocess.PIPE) as saving:
            load = ["docker", "--host", self.env["DOCKER_HOST"], "load", "--quiet"]
            subprocess.run(load, stdin=saving.stdout, check=True)

    def _run(self, *words: str) -> None:
        with (self.home / f"{words[0]}.log").open("ab") as log:
            self._running.append(subprocess.Popen(words, stdout=log, stderr=log, stdin=subprocess.DEVNULL))

    def _answering(self) -> docker.DockerClient:
        for _ in range(SECONDS * 20):
            with suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
                probe.connect(f"{self.home}/docker.sock")
                return docker.DockerClient(self.env["DOCKER_HOST"], timeout=SECONDS, version="1.41")
            with suppress(subprocess.TimeoutExpired):
                self._running[-1].wait(0.05)
        raise AssertionError((self.home / "unshare.log").read_text()[-3000:])


@contextmanager
def own_engine() -> Iterator[OwnEngine]:
    """An engine that is gone afterwards, with all that it had; root only."""
    if not all(shutil.which(name) for name in ("dockerd", "containerd", "unshare")):
        pytest.skip("there is no dockerd to start")
    with tempfile.TemporaryDirectory(prefix="engine-", dir="/var/tmp", ignore_cleanup_errors=True) as folder:
        engine = OwnEngine(Path(folder))
        before = _interfaces()
        try:
            yield engine
        finally:
            engine.stop()
        assert before <= _interfaces(), "the machine's own engine has lost its network"


def _interfaces() -> set[str]:
    """Bridges of the machine; the interfaces of containers come and go."""
    return {path.parent.name for path in Path("/sys/class/net").glob("*/bridge")}


def _mounts(home: Path) -> list[str]:
    lines = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    return [line.split()[1] for line in lines if line.split()[1].startswith(f"{home}/")]
