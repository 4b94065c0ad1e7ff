"""A runner's machine with the actions of others played: checkout, Python, cache and artifacts are folders here."""

import fnmatch
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.github.runner import Runner

VENV = Path(sys.executable).parent.parent
LINKED = f'ln -sfn "{VENV}" grader'
"""In place of the installation: the environment that runs the tests."""
# Images of other checkouts may lie on this machine, so saving them is only noted; all else goes to the real command.
DOCKER = """#!/bin/sh
echo "$@" >> "$DOCKER_CALLS"
case "$1" in
    save) cat > /dev/null < /dev/null; : > "$3" ;;
    load) : ;;
    *) exec "$REAL_DOCKER" "$@" ;;
esac
"""


@dataclass
class GitHub:
    """What is beside a job: repositories, the cache, artifacts.

    Attributes:
        home: a folder for all of it.
        repositories: OWNER/NAME → the folder that is checked out; "" is the workflow's own.
    """

    home: Path
    repositories: dict[str, Path]
    artifacts: dict[str, Path] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    machines: int = 0

    def machine(self, *, install: bool = False, **contexts: Any) -> Runner:
        """A fresh machine of a job.

        Args:
            install: whether the grader is really installed, which takes a minute.
            **contexts: `inputs`, `matrix` and so on.
        """
        self.machines += 1
        home = self.home / f"machine-{self.machines}"
        tools = home / "tools"
        tools.mkdir(parents=True)
        (tools / "docker").write_text(DOCKER)
        (tools / "docker").chmod(0o755)
        runner = Runner(home, {}, {} if install else {"Install the grader": LINKED}, contexts=contexts)
        runner.environment = {
            "PATH": f"{tools}:{os.environ['PATH']}",
            "REAL_DOCKER": shutil.which("docker") or "",
            "DOCKER_CALLS": str(self.calls),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
        }
        runner.played = {
            "actions/checkout": lambda given: self._checkout(runner, given),
            "actions/setup-python": lambda _: {"python-path": sys.executable, "python-version": "3.11.9"},
            "actions/cache": self._cache,
            "actions/upload-artifact": self._upload,
            "actions/download-artifact": lambda given: self._download(runner, given),
        }
        return runner

    @property
    def calls(self) -> Path:
        """What the command docker was called with, a call a line."""
        return self.home / "docker-calls"

    def _checkout(self, runner: Runner, given: Mapping[str, Any]) -> None:
        assert given["persist-credentials"] == "false"
        self.tokens.append(given.get("token", "the job's own"))
        target = runner.workspace / given.get("path", ".")
        shutil.copytree(self.repositories[given.get("repository", "")], target, dirs_exist_ok=True)

    def _cache(self, given: Mapping[str, Any]) -> None:
        """Restores what was kept under the key; the path is a link, so that what is added there is kept."""
        kept = self.home / "cache" / given["key"]
        kept.mkdir(parents=True, exist_ok=True)
        self.keys.append(given["key"])
        Path(given["path"]).symlink_to(kept)

    def _upload(self, given: Mapping[str, Any]) -> None:
        assert given["name"] not in self.artifacts, "an artifact of this name is there already"
        self.artifacts[given["name"]] = Path(given["path"])

    def _download(self, runner: Runner, given: Mapping[str, Any]) -> None:
        for name in fnmatch.filter(self.artifacts, given["pattern"]):
            shutil.copytree(self.artifacts[name], runner.workspace / given["path"] / name)
