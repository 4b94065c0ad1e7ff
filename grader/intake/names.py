"""Which names of entries are tame, and which entries are left out.

Names are judged as written on any system: a name that climbs, or means a drive on Windows, is nobody's honest file.
"""

import re
import unicodedata
from collections.abc import Collection

from grader.errors import ArchiveRejected
from grader.intake.entries import shown
from grader.text import is_hidden

MAX_COMPONENT_BYTES = 255
"""NAME_MAX of Linux and macOS."""
MAX_PATH_BYTES = 1024
"""PATH_MAX of macOS; a tar of the old kind holds 256."""
_MAX_NAME = 4096  # PATH_MAX of Linux: no system made a longer one, not even below node_modules
MAX_DEPTH = 32

_DRIVE = re.compile(r"[A-Za-z]:")
_LEFT_OUT = frozenset({
    "__MACOSX", ".DS_Store", ".git", ".venv", "venv", "__pycache__", "node_modules",
    # Caches of tools: no application needs them, and mypy's alone can hold thousands of files.
    ".mypy_cache", ".pytest_cache", ".ruff_cache", ".tox", ".nox",
    # Written by `grader run .` itself: a second run must see the same submission.
    "grader-reports",
})  # fmt: skip
# What `python -m venv DIR` makes beside its pyvenv.cfg, on POSIX and on Windows.
_VENV_FOLDERS = frozenset({"bin", "include", "lib", "lib64", "share", "Include", "Lib", "Scripts"})
_VENV_MARK = "pyvenv.cfg"

Parts = tuple[str, ...]
"""A path, component by component; the root is ()."""


def tame(name: str) -> Parts:
    """Judge a name, and normalise it.

    Unicode is brought to NFC: macOS packs NFD, while Python looks modules up in NFC (PEP 3131), so an honest
    `modèle.py` would not be found otherwise.

    Args:
        name: an entry's name as it stands in the archive.

    Returns:
        Its components, without `.` and empty ones; () is the root itself.

    Raises:
        ArchiveRejected: it climbs, is absolute, names a drive or share, or holds characters that nobody can see.
    """
    if problem := _danger(name):
        raise ArchiveRejected(
            f"entry {shown(name)} {problem}", hint="pack the project's folder again, with plain names"
        )
    return tuple(part for part in unicodedata.normalize("NFC", name).split("/") if part not in {"", "."})


def _danger(name: str) -> str:
    if len(name) > _MAX_NAME:
        return f"has a path that is too long; {MAX_PATH_BYTES:,} bytes are taken"
    parts = name.split("/")
    dangers = {
        "has a name that is not UTF-8": any("\ud800" <= char <= "\udfff" for char in name),
        "has control or invisible characters in its name": any(map(is_hidden, set(name))),
        "has a backslash in its name; folders are separated by '/'": "\\" in name,
        "has an absolute path": name.startswith("/"),
        "climbs with '..' (path traversal)": ".." in parts,
        "names a drive": any(_DRIVE.match(part) for part in [part for part in parts if part != "."][:1]),
    }
    return next((danger for danger, present in dangers.items() if present), "")


def oversize(parts: Parts) -> str:
    """Say what is too long or too deep about a path, or "" if nothing is."""
    if len(parts) > MAX_DEPTH:
        return f"is nested more than {MAX_DEPTH} folders deep"
    if any(len(part.encode()) > MAX_COMPONENT_BYTES for part in parts):
        return f"has a name that is too long; {MAX_COMPONENT_BYTES} bytes are taken"
    if len("/".join(parts).encode()) > MAX_PATH_BYTES:
        return f"has a path that is too long; {MAX_PATH_BYTES:,} bytes are taken"
    return ""


def environments(paths: Collection[Parts]) -> frozenset[Parts]:
    """The folders that hold a virtual environment, whatever their name: `env` and `.env` are common, too."""
    return frozenset(parts[:-1] for parts in paths if parts and parts[-1] == _VENV_MARK)


def left_out(parts: Parts, venvs: Collection[Parts] = ()) -> str:
    """Say which rule leaves a path out of the submission.

    Args:
        parts: a tame path.
        venvs: folders that hold a virtual environment.

    Returns:
        The rule for people, such as `.git` or `*.pyc`; "" if the path is kept.
    """
    for depth, part in enumerate(parts):
        if part in _LEFT_OUT:
            return part
        if part.startswith("._"):
            return "._*"
        if part.endswith(".pyc"):
            return "*.pyc"
        # Only what venv itself makes: `python -m venv .` puts it beside the candidate's own files.
        if parts[:depth] in venvs and (part in _VENV_FOLDERS or part == _VENV_MARK):
            return "virtual environment"
    return ""
