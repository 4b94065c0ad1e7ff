"""Rules that all workflow files of this repository keep, those that others copy included.

https://docs.github.com/actions/reference/security/secure-use says why each of them.
"""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.github.runner import OURS, ROOT, workflow

WORKFLOWS = sorted([*ROOT.glob(".github/workflows/*.yml"), *ROOT.glob("examples/github/*.yml")])
ACTIONS = sorted([ROOT / "action.yml", *ROOT.glob(".github/actions/*/action.yml")])
NAMES = [str(path.relative_to(ROOT)) for path in [*WORKFLOWS, *ACTIONS]]


def steps_of(file: Path) -> list[dict[str, Any]]:
    """All steps."""
    data = workflow(file)
    parts = [data["runs"]] if "runs" in data else list(data["jobs"].values())
    return [step for part in parts for step in part["steps"]]


def test_there_are_some() -> None:
    """What is said of all files is said of something."""
    assert {path.name for path in WORKFLOWS} == {"ci.yml", "candidate.yml", "employer.yml", "classroom.yml"}
    assert len(ACTIONS) == 2


@pytest.mark.parametrize("name", NAMES)
def test_nothing_from_outside_is_part_of_a_script(name: str) -> None:
    """An expression in `run:` is pasted into the script: a branch's name would be a command."""
    for step in steps_of(ROOT / name):
        assert "${{" not in step.get("run", "")


@pytest.mark.parametrize("name", NAMES)
def test_actions_of_others_are_pinned_by_commit(name: str) -> None:
    """A tag can be moved to other code. The comment says which version it is."""
    text = (ROOT / name).read_text(encoding="utf-8")
    for used in re.findall(r"uses: (.+)", text):
        assert (
            used == "./" or used.startswith(OURS) or re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", used)
        ), used
    assert [step["uses"] for step in steps_of(ROOT / name) if "uses" in step]


@pytest.mark.parametrize("name", NAMES)
def test_no_checkout_keeps_its_token(name: str) -> None:
    """What runs later could read it from .git/config."""
    for step in steps_of(ROOT / name):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_read_and_no_more(file: Path) -> None:
    """At the top, and no job takes more; nothing runs on what a stranger can start with our rights."""
    data = workflow(file)
    assert data["permissions"] == {"contents": "read"}
    assert not [job for job in data["jobs"].values() if "permissions" in job]
    triggers = {data["on"]} if isinstance(data["on"], str) else set(data["on"])
    assert triggers <= {"push", "pull_request", "workflow_dispatch"}
    assert "secrets" not in file.read_text() or triggers == {"workflow_dispatch"}
    assert all(job["timeout-minutes"] <= 60 for job in data["jobs"].values())


@pytest.mark.parametrize("name", NAMES)
def test_no_python_looks_into_the_checkout(name: str) -> None:
    """`python -m pip` imports a candidate's `pip.py` from the folder that it stands in; `-I` does not."""
    scripts = "\n".join(step.get("run", "") for step in steps_of(ROOT / name))
    called = re.findall(r"(?:\bpython[\d.]*|\"\$PYTHON\") (\S+)", scripts)
    assert set(called) <= {"-I"}


@pytest.mark.parametrize("file", ACTIONS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_hidden_check_is_never_run_by_default(file: Path) -> None:
    """`public` must be said to be false; every input and output is described."""
    action = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert action["inputs"].get("public", {"default": "true"})["default"] == "true"
    assert all(one["description"] for part in ("inputs", "outputs") for one in action.get(part, {}).values())
