"""Command lines to copy. What is offered is what is seen: a line that had to be changed is not offered."""

import posixpath
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
    """How to start the application on port 8000, where `curl` lines expect it; to be typed in the submission's root."""
    words = ["uvicorn", entry.target, "--port", "8000", *(["--factory"] if entry.factory else [])]
    paths = [posixpath.relpath(path, entry.directory or ".") for path in entry.import_paths if path]
    folder = f"cd {shlex.quote(entry.directory)} && " if entry.directory not in {"", "."} else ""
    # uvicorn looks into the working directory by itself.
    where = f"PYTHONPATH={shlex.quote(':'.join(paths))} " if paths and paths != ["."] else ""
    return f"{folder}{where}{shlex.join(words)}"
