"""Command lines to copy. What is offered is what is seen: a line that had to be changed is not offered."""

import shlex
from dataclasses import dataclass

from grader.report.html.ink import Ink
from grader.report.model import EntryPointFacts
from grader.text import visible

_LONGEST = 4_000
_BEGINNING = 300
"""Characters of one that is not whole: enough to know it by."""


@dataclass(frozen=True)
class CommandView:
    """A command line."""

    text: str
    whole: bool
    """It stands there as it is; else it was cut, or holds hidden characters."""


def command_view(command: str, ink: Ink) -> CommandView:
    """Show a command line.

    Args:
        command: one line for a POSIX shell.
        ink: what its text is taken from.
    """
    whole = len(command) <= _LONGEST and visible(command, limit=_LONGEST) == command and ink.fits(command)
    return CommandView(ink.line(command, _LONGEST if whole else _BEGINNING), whole)


def start_command(entry: EntryPointFacts) -> str:
    """How to start the application on port 8000, where `curl` lines expect it; to be run in the submission's folder."""
    words = ["uvicorn", entry.target, "--port", "8000"]
    words += ["--factory"] if entry.factory else []
    words += ["--app-dir", entry.directory] if entry.directory not in {"", "."} else []
    return shlex.join(words)
