"""Which enclosing folders are unwrapped: a project is often packed with the folder around it.

The rule leans to the mistake that can be mended. A folder that is kept without need costs nothing: the entry point is
looked for in nested folders too. A folder that is taken away although the code imports itself by its name breaks a
correct submission for good. So a folder is kept where its name is needed:

- a file in it imports it (`from app.models import …` below `app/`), or reaches it by relative import; or
- it is a package (`__init__.py`) and nothing in it (`pyproject.toml`, `requirements.txt`, `README.md`, …) says that a
  project begins here.

Every other folder that encloses everything is unwrapped, and the question is asked again one level down.
"""

import re
from collections.abc import Callable, Collection
from keyword import iskeyword

_PROJECT_MARKERS = re.compile(
    r"pyproject\.toml|setup\.(py|cfg)|requirements.*\.(txt|in)|Pipfile|.*\.lock|Dockerfile|Procfile|Makefile|tox\.ini"
    r"|(docker-)?compose.*\.ya?ml|README.*|\.gitignore|alembic\.ini",
    re.IGNORECASE,
)
# `from ..a import b` → "..", "a"; `from a.b import c` → "a", "b"; `from a import b` → "a", "", "b". Read as text, not
# parsed: a stranger's source may be of another Python, or nested deep enough to break a parser.
_IMPORT = re.compile(
    rb"^[ \t]*(?:from|import)[ \t]+(?:(?P<dots>\.+)|(?P<name>[^\s.,;()]+)"
    rb"(?:\.(?P<dotted>\w+)|[ \t]+import[ \t]*+(?:\(\s*+)?(?P<member>\w+))?)",
    re.MULTILINE,
)

_BUDGET = 16 * 1024 * 1024  # bytes of source that are read, each level of folders counted; takes about a second

Reader = Callable[[str], bytes]
"""Gives the beginning of a file by its path, long enough to hold its imports."""


class _Bounded:
    """A reader with a budget, for the files are asked anew on every level of folders."""

    def __init__(self, read: Reader) -> None:
        self._read = read
        self._left = _BUDGET

    @property
    def spent(self) -> bool:
        return self._left <= 0

    def __call__(self, path: str) -> bytes:
        data = self._read(path)
        self._left -= len(data)
        return data


def enclosing(files: Collection[str], folders: Collection[str], read: Reader) -> str:
    """Find the folder where the submission really begins.

    Args:
        files: relative POSIX paths of all files; at least one.
        folders: likewise of all folders, so that an empty one beside the enclosing one counts.
        read: gives a file's contents.

    Returns:
        The path of the innermost folder that is unwrapped, or "" if none is.
    """
    known = frozenset((*files, *folders))
    bounded = _Bounded(read)
    base = ""
    while True:
        top = {path[len(base) :].partition("/")[0] for path in known if path.startswith(base)}
        folder = base + top.pop()
        if top or folder in files or _needs_name(folder, files, known, bounded):
            return base.removesuffix("/")
        base = f"{folder}/"


def _needs_name(folder: str, files: Collection[str], known: Collection[str], read: _Bounded) -> bool:
    name = folder.rpartition("/")[2]
    if not name.isidentifier() or iskeyword(name):
        return False  # nothing can import it
    inside = [path.removeprefix(f"{folder}/") for path in files]
    if "__init__.py" in inside and not any(_PROJECT_MARKERS.fullmatch(path) for path in inside):
        return True
    # Once the budget is spent the folder is kept, which costs nothing.
    return any(read.spent or _imports(folder, path, known, read) for path in inside if path.endswith(".py"))


def _imports(folder: str, path: str, known: Collection[str], read: Reader) -> bool:
    """Tell whether a file below `folder` imports it, relatively or by its name."""
    name = folder.rpartition("/")[2].encode()
    depth = path.count("/") + 1
    for found in _IMPORT.finditer(read(f"{folder}/{path}")):
        if found["dots"]:
            needed = len(found["dots"]) >= depth
        else:
            child = found["dotted"] or found["member"] or b""
            needed = found["name"] == name and _is_own(folder, child.decode(), known)
        if needed:
            return True
    return False


def _is_own(folder: str, child: str, known: Collection[str]) -> bool:
    """Tell whether an import means this folder, not a library of its name (`fastapi/`) or an inner one (`app/app/`)."""
    inner = f"{folder}/{folder.rpartition('/')[2]}"
    if f"{inner}/__init__.py" in known or _has_module(inner, child, known):
        return False
    return f"{folder}/__init__.py" in known or _has_module(folder, child, known)


def _has_module(folder: str, child: str, known: Collection[str]) -> bool:
    return bool(child) and (f"{folder}/{child}" in known or f"{folder}/{child}.py" in known)
