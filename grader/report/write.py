"""Reports reach the disk whole or not at all."""

import json
import os
import re
import tempfile
from functools import lru_cache
from pathlib import Path

from grader.errors import InfrastructureError, UsageError
from grader.report.html.page import render
from grader.report.model import Report
from grader.text import is_hidden, without_commands

_NOT_ASCII = re.compile(r"[^\n -~]+")


def require_writable(folder: Path) -> None:
    """See, before any work is done, that a report can be written into this folder; it need not exist yet.

    Raises:
        UsageError: it cannot be made or written to.
    """
    nearest = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        raise UsageError(f"--out {folder}: {nearest} is no folder that can be written to", hint="name another folder")


def write_report(report: Report, folder: Path) -> Path:
    """Write `report.json` and `report.html`, each atomically: a reader sees the old one or the new one, never a half.

    Returns:
        The path of `report.json`.

    Raises:
        InfrastructureError: the disk is full or went away.
    """
    target = folder / "report.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _replace(target, json_text(report.model_dump(mode="json")))
        _replace(target.with_suffix(".html"), render(report))
    except OSError as error:
        raise InfrastructureError(
            f"{target}: the report could not be written: {error.strerror}",
            hint="free some space, or name another --out",
        ) from error
    return target


def write_json(data: object, target: Path) -> None:
    """Write plain data as JSON, atomically, into a folder that is made where it is missing.

    Raises:
        UsageError: it cannot be written there.
    """
    write_text(json_text(data), target)


def write_text(text: str, target: Path) -> None:
    """Write a file, atomically, into a folder that is made where it is missing.

    Raises:
        UsageError: it cannot be written there.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _replace(target, text)
    except OSError as error:
        raise UsageError(f"{target}: cannot be written: {error.strerror}", hint="name another file") from error


def json_text(data: object) -> str:
    r"""Plain data as JSON that every reader takes and that may be shown in a terminal or a log.

    Returns:
        Indented text. Hidden characters stand in it as JSON's escapes, as does what a CI runner would obey. A lone
        surrogate, as in a file name that is not UTF-8, becomes text such as ``\udcff``: many readers refuse it else.
    """
    text = _NOT_ASCII.sub(_spelt, json.dumps(data, indent=2, ensure_ascii=False))
    return without_commands(text, lambda char: f"\\u{ord(char):04x}") + "\n"


def _spelt(found: re.Match[str]) -> str:
    return "".join(map(_escape, found[0]))


@lru_cache(4_096)
def _escape(char: str) -> str:
    if not is_hidden(char):
        return char
    escape = json.dumps(char)[1:-1]
    return f"\\{escape}" if "\ud800" <= char <= "\udfff" else escape


def _replace(target: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
