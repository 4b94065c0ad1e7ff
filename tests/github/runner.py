"""A small runner of GitHub's: it runs the `run` steps of workflows and composite actions with bash, as the real one.

Steps that use somebody else's action are played; those that use this repository's run it. Files of the environment are
given and read, and what is printed is searched for workflow commands as the real runner searches it.
"""

import os
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.github.expressions import filled, holds

ROOT = Path(__file__).parents[2]
OURS = "your-org/grader"
Played = Callable[[Mapping[str, Any]], Mapping[str, str] | None]
# The runner reads `::name properties::message` at the beginning of a line, and `##[name properties]message` anywhere:
# https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
_COMMAND = re.compile(r"\s*::([\w-]+)(?: ([^:]*))?::(.*)")
_OLD_COMMAND = re.compile(r"##\[([\w-]+)(?: ([^\]]*))?\](.*)")


@dataclass(frozen=True)
class Command:
    """A workflow command that the runner obeyed."""

    name: str
    properties: str
    message: str


@dataclass
class Runner:
    """One job's machine.

    Attributes:
        home: a folder for the workspace and all else.
        played: name of somebody's action, without its version → what is played; it returns the outputs.
        replaced: name of a step → the script that runs in its place.
        environment: variables of every step.
        contexts: `inputs`, `matrix`, `needs` and so on.
    """

    home: Path
    played: Mapping[str, Played]
    replaced: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    contexts: Mapping[str, Any] = field(default_factory=dict)
    commands: list[Command] = field(default_factory=list)
    summary: str = ""
    printed: str = ""
    changed: str = ""
    """What was written to GITHUB_ENV and GITHUB_PATH."""

    def __post_init__(self) -> None:
        """The folders that each machine has."""
        for folder in (self.workspace, self.temp):
            folder.mkdir(parents=True, exist_ok=True)

    @property
    def workspace(self) -> Path:
        """Where the checkout goes."""
        return self.home / "workspace"

    @property
    def temp(self) -> Path:
        """RUNNER_TEMP."""
        return self.home / "temp"

    def job(self, job: Mapping[str, Any]) -> tuple[bool, dict[str, str]]:
        """Run a job; whether it succeeded, and its outputs."""
        return self._steps(job["steps"], job.get("outputs", {}), {}, None)

    def action(self, folder: Path, inputs: Mapping[str, Any]) -> tuple[bool, dict[str, str]]:
        """Run a composite action; whether it succeeded, and its outputs."""
        action = yaml.safe_load((folder / "action.yml").read_text(encoding="utf-8"))
        unknown = inputs.keys() - action["inputs"].keys()
        assert not unknown, f"{folder}: there is no input {unknown}"
        given = {name: str(value) for name, value in inputs.items()}
        missing = [name for name, one in action["inputs"].items() if one.get("required") and name not in given]
        assert not missing, f"{folder}: {missing} must be given"
        given = {name: one.get("default", "") for name, one in action["inputs"].items()} | given
        outputs = {name: one["value"] for name, one in action.get("outputs", {}).items()}
        return self._steps(action["runs"]["steps"], outputs, {"inputs": given}, folder)

    def _steps(
        self, steps: list[Any], outputs: Mapping[str, str], more: Mapping[str, Any], path: Path | None
    ) -> tuple[bool, dict[str, str]]:
        failed, seen = False, dict[str, Any]()
        contexts = {"runner": {"temp": str(self.temp), "os": "Linux"}, **self.contexts, **more, "steps": seen}
        for step in steps:
            if holds(step.get("if", "success()"), contexts, failed=failed):
                ok, values = self._use(step, contexts) if "uses" in step else self._run(step, contexts, path)
                failed = failed or not ok
                seen[step.get("id", "")] = {"outputs": values, "outcome": "success" if ok else "failure"}
        return not failed, {name: filled(value, contexts) for name, value in outputs.items()}

    def _use(self, step: Mapping[str, Any], contexts: Mapping[str, Any]) -> tuple[bool, Mapping[str, str]]:
        name = step["uses"].partition("@")[0]
        words = {key: filled(value, contexts) for key, value in step.get("with", {}).items()}
        if name == OURS or name.startswith(f"{OURS}/"):
            return self.action(ROOT / name.removeprefix(OURS).lstrip("/"), words)
        return True, self.played[name](words) or {}

    def _run(self, step: Mapping[str, Any], contexts: Mapping[str, Any], path: Path | None) -> tuple[bool, Any]:
        script = self.home / "script.sh"
        script.write_text(self.replaced.get(step.get("name", ""), step["run"]), encoding="utf-8")
        files = {
            name: self.home / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ENV", "GITHUB_PATH")
        }
        for file in files.values():
            file.write_text("")
        environment = {
            **os.environ,
            **self.environment,
            **{name: str(filled(value, contexts)) for name, value in step.get("env", {}).items()},
            **{name: str(file) for name, file in files.items()},
            "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_TEMP": str(self.temp),
            "RUNNER_OS": "Linux",
            "RUNNER_ARCH": "X64",
            **({"GITHUB_ACTION_PATH": str(path)} if path else {}),
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=filled(step.get("working-directory", str(self.workspace)), contexts),
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=900,
            check=False,
        )
        self._listen(done.stdout.decode("utf-8", "replace"))
        self.summary += files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8")
        self.changed += files["GITHUB_ENV"].read_text() + files["GITHUB_PATH"].read_text()
        return done.returncode == 0, outputs_of(files["GITHUB_OUTPUT"].read_text(encoding="utf-8"))

    def _listen(self, printed: str) -> None:
        """Obey what is printed, unless `stop-commands` is in force."""
        self.printed += printed
        stopped = ""
        for line in re.split(r"\r\n|\r|\n", printed):
            if stopped:
                stopped = "" if line.strip() == f"::{stopped}::" else stopped
            elif found := _COMMAND.match(line) or _OLD_COMMAND.search(line):
                command = Command(found[1], found[2] or "", found[3])
                stopped = command.message if command.name == "stop-commands" else ""
                self.commands += [] if stopped else [command]


def outputs_of(text: str) -> dict[str, str]:
    """Read as the runner reads it: name=value, or name<<delimiter, lines, delimiter."""
    values: dict[str, str] = {}
    lines = iter(text.split("\n"))
    for line in lines:
        name, delimiter, value = line.partition("=" if "<<" not in line.partition("=")[0] else "<<")
        if delimiter == "<<":
            within: list[str] = []
            for inner in lines:
                if inner == value:
                    break
                within.append(inner)
            values[name] = "\n".join(within)
        elif delimiter:
            values[name] = value
    return values


def workflow(file: Path) -> Mapping[str, Any]:
    """A workflow's file. YAML 1.1 reads the key `on` as true."""
    found: dict[Any, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {str(key) if key is not True else "on": value for key, value in found.items()}
