"""SECURITY.md names files, commands and options that exist."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from grader.cli.main import app

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
FILES = sorted(set(re.findall(r"`((?:tests|grader)/[\w/*.]+)`", TEXT)))
COMMANDS = sorted(set(re.findall(r"grader (doctor|run|gc)[^`\n]*?(--[a-z]+)", TEXT)))


@pytest.mark.parametrize("name", FILES)
def test_files_that_prove_a_promise_are_there(name: str) -> None:
    assert list(ROOT.glob(name)), name


@pytest.mark.parametrize(("command", "option"), COMMANDS)
def test_options_are_there(command: str, option: str) -> None:
    assert option in CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200", "NO_COLOR": "1"}).stdout


def test_something_was_found() -> None:
    assert len(FILES) > 10
    assert ("doctor", "--strict") in COMMANDS
