"""The projects that come with the pack run their own tests in a process of their own, as their authors would."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "project",
    [
        pytest.param("reference_solutions/webhook-inbox/reference", id="reference"),
        pytest.param("reference_solutions/webhook-inbox/polling", id="polling"),
        pytest.param("reference_solutions/webhook-inbox/sqlmodel", id="sqlmodel"),
        pytest.param("challenges/webhook-inbox/starter", id="starter"),
    ],
)
def test_a_project_passes_its_own_tests(project: str, tmp_path: Path) -> None:
    """What is handed out works where it is unpacked, whatever else is on the machine."""
    copy = tmp_path / "project"
    shutil.copytree(ROOT / project, copy, ignore=shutil.ignore_patterns("__pycache__", "*.db"))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio", "tests"]
    # Coverage of this repository is not measured in another project.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST"))}
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
