"""The files that a step writes to speak to its job: https://docs.github.com/actions/reference/workflow-commands-for-github-actions#environment-files."""

import secrets
from collections.abc import Mapping
from pathlib import Path

from grader.errors import InfrastructureError

LARGEST_SUMMARY = 1024 * 1024
"""Bytes of one step; GitHub drops the whole summary where it is larger."""
_CUT = "\n\n… cut off: a summary has at most 1 MiB. The report, which is an artifact of this run, has the rest.\n"


def add_summary(text: str, file: Path) -> None:
    """Add Markdown to the summary of the job; what would make it too large is left out, by whole lines.

    Raises:
        InfrastructureError: the file cannot be written.
    """
    room = LARGEST_SUMMARY - (file.stat().st_size if file.exists() else 0)
    content = text.encode("utf-8", "backslashreplace")
    if len(content) > room:
        keep = max(0, room - len(_CUT.encode()))
        content = content[: content.rfind(b"\n", 0, keep) + 1] + _CUT.encode()
    if len(content) <= room:
        _append(file, content)


def set_outputs(values: Mapping[str, str], file: Path) -> None:
    """Set outputs of the step, each between delimiters that nobody can guess, so that no value makes another.

    Raises:
        InfrastructureError: the file cannot be written.
    """
    delimiter = f"ghadelimiter_{secrets.token_hex(16)}"
    lines = (f"{name}<<{delimiter}\n{value}\n{delimiter}\n" for name, value in values.items())
    _append(file, "".join(lines).encode("utf-8", "backslashreplace"))


def _append(file: Path, content: bytes) -> None:
    try:
        with file.open("ab") as stream:
            stream.write(content)
    except OSError as error:
        raise InfrastructureError(f"{file}: cannot be written: {error.strerror}") from error
