"""What the faults need: an engine that can be lost, and moments that can be waited for."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.relay import PATIENCE, Relay, engine_socket

NO_MOUNT = "mounting needs root"


@pytest.fixture
def relay() -> Iterator[Relay]:
    """A socket that leads to the engine."""
    with tempfile.TemporaryDirectory(prefix="relay-", dir="/tmp") as folder:  # a socket's path is short
        relay = Relay(Path(folder, "docker.sock"), engine_socket())
        yield relay
        relay.cut()


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Callable[[str, str], Path]]:
    """Mounts a file system of its own: name and size, such as `16k`; root only."""
    mounted: list[Path] = []

    def mount(name: str, size: str) -> Path:
        folder = tmp_path / name
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=False, capture_output=True
        )
        if done.returncode:
            pytest.skip(NO_MOUNT)
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def sweep() -> Callable[..., str]:
    """Runs `grader gc`, which must succeed; what it said."""

    def run(**env: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "grader", "gc"],
            env=os.environ | {"NO_COLOR": "1", "COLUMNS": "200"} | env,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run
