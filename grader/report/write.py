"""Reports reach the disk whole or not at all."""

import fcntl
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

from grader.errors import InfrastructureError, UsageError
from grader.report.html.page import render
from grader.report.model import Report
from grader.text import is_hidden, without_commands

_NOT_ASCII = re.compile(r"[^\n -~]+")

DATA, PAGE = "report.json", "report.html"


def require_writable(folder: Path) -> None:
    """See, before any work is done, that a report can be written into this folder; it need not exist yet.

    Raises:
        UsageError: it cannot be made or written to.
    """
    # os.path: a folder that may not be entered, or a name that is too long, counts as missing and raises nothing.
    nearest = next(path for path in (folder.absolute(), *folder.absolute().parents) if os.path.exists(path))  # noqa: PTH110
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        raise UsageError(f"--out {folder}: {nearest} is no folder that can be written to", hint="name another folder")
    for name in (DATA, PAGE):
        if os.path.isdir(folder / name):  # noqa: PTH112  # likewise
            raise UsageError(f"--out {folder}: {name} in it is a folder", hint="name another folder")


def write_report(report: Report, folder: Path) -> Path:
    """Write `report.json` and `report.html`, both or neither, each atomically: a reader never sees a half.

    Returns:
        The path of `report.json`.

    Raises:
        InfrastructureError: the disk is full or went away.
    """
    target = folder / DATA
    texts = {target: json_text(report.model_dump(mode="json")), folder / PAGE: render(report)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            _replace(texts)
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
        _replace({target: text})
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


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder: of two runs at once, both files that stay are of the same one."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems lock no folders
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _replace(texts: Mapping[Path, str]) -> None:
    """Put these files in place, once all of them are on the disk."""
    drafts: dict[Path, Path] = {}
    try:
        for target, text in texts.items():
            _draft(target, text, drafts)
        for draft, target in drafts.items():
            draft.replace(target)
    except BaseException:
        for draft in drafts:
            draft.unlink(missing_ok=True)
        raise


def _draft(target: Path, text: str, drafts: dict[Path, Path]) -> None:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    drafts[Path(name)] = target
    # A lone surrogate, as in a file name that is not UTF-8, becomes its JSON escape; in HTML there is none left.
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(name).chmod(0o644)
