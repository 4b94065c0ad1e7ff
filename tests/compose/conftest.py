"""Which Compose there is, and what docker-compose.yml says."""

import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
KNOWN = ("docker compose", "docker-compose")


def installed() -> list[str]:
    """The commands that are a Compose here; `GRADER_COMPOSE` names one to use alone."""
    chosen = os.environ.get("GRADER_COMPOSE")
    return [command for command in ([chosen] if chosen else KNOWN) if _answers(command)]


def _answers(command: str) -> bool:
    try:
        return not subprocess.run([*shlex.split(command), "version"], capture_output=True, check=False).returncode
    except FileNotFoundError:
        return False


@pytest.fixture(scope="session")
def compose() -> list[str]:
    """A Compose; without one the test is skipped."""
    found = installed()
    if not found:
        pytest.skip("no Docker Compose; scripts/compose.sh installs one as root on Debian or Ubuntu")
    return shlex.split(found[0])


@pytest.fixture(scope="session")
def services() -> dict[str, Any]:
    """The services of docker-compose.yml, as they stand there."""
    read: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return dict(read["services"])
