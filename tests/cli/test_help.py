"""Help teaches, and costs little."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

IMPORTS = """
import sys
from grader.cli.main import app
try:
    app(["--help"], prog_name="grader")
except SystemExit:
    pass
print([name for name in ("docker", "httpx", "jinja2") if name in sys.modules])
"""


def test_help_imports_nothing_heavy() -> None:
    """Neither docker nor httpx nor jinja2 is imported before it is needed."""
    done = subprocess.run([sys.executable, "-c", IMPORTS], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        pytest.param(
            (),
            ["run", "replay", "rescore", "github", "inspect", "doctor", "images", "gc", "schema", "challenge"],
            id="grader",
        ),
        pytest.param(
            ("run",), ["Exit codes", "--challenge", "--seed", "--only", "--set", "--public", "--fail-under"], id="run"
        ),
        pytest.param(("inspect",), ["without grading", "--app"], id="inspect"),
        pytest.param(("images",), ["build", "list", "prune"], id="images"),
        pytest.param(("challenge",), ["list", "show"], id="challenge"),
        pytest.param(("gc",), ["label"], id="gc"),
        pytest.param(("doctor",), ["Exit codes"], id="doctor"),
        pytest.param(("replay",), ["Exit codes", "SUBMISSION", "--sandbox", "--challenge"], id="replay"),
        pytest.param(("rescore",), ["Exit codes", "--write", "--challenge"], id="rescore"),
        pytest.param(("github",), ["Exit codes", "annotation", "outputs"], id="github"),
    ],
)
def test_help_names_what_there_is(grader: Callable[..., Any], command: tuple[str, ...], words: list[str]) -> None:
    """Each family lists its commands, each command its options and exit codes."""
    ran = grader(*command, "--help")
    assert ran.code == 0
    assert [word for word in words if word not in ran.out] == []


def test_the_version_is_told(grader: Callable[..., Any]) -> None:
    """`--version` prints it and ends."""
    ran = grader("--version")
    assert (ran.code, ran.out.startswith("grader ")) == (0, True)


def test_challenges_are_listed_and_shown(grader: Callable[..., Any]) -> None:
    """Every shipped challenge is in the list; showing one names its checks; --brief prints what a candidate reads."""
    assert "user-directory" in grader("challenge", "list").out
    assert "users.create.ok" in grader("challenge", "show", "user-directory").out
    assert grader("challenge", "show", "user-directory", "--brief").out.startswith("# User directory")
    assert grader("challenge", "show", "nope").code == 2
