"""The Python files of a submission, read when they are asked for, within a budget."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from grader.intake.reading.parsing import parse
from grader.intake.reading.roughly import read_roughly
from grader.intake.reading.source import Import, Source

# 128 KiB of hostile Python cost about 100 MB while parsed (a list of 85,000 empty lists); real files are far smaller.
_MAX_PARSED_BYTES = 128 * 1024
_BUDGET = 3 * 1024 * 1024
# What stands in these is not the application that is handed in.
_ASIDE = {
    *("test", "tests", "testing", "docs", "doc", "example", "examples", "sample", "samples", "demo", "demos"),
    *("script", "scripts", "tools", "bench", "benchmark", "benchmarks", "alembic", "migrations", "versions"),
    *("mock", "mocks", "fake", "fakes", "stub", "stubs", "fixtures", "notebooks", "site-packages", "build", "dist"),
}


def is_aside(path: str) -> bool:
    """Tell whether a file stands aside of the application: tests, docs, examples, scripts, migrations, stand-ins."""
    *folders, name = path.lower().split("/")
    is_test = name.startswith(("test_", "tests.", "conftest.", "setup.py")) or name.endswith("_test.py")
    return is_test or not _ASIDE.isdisjoint(folders)


def join(folder: str, name: str) -> str:
    """A path inside `folder`, where "" is the submission's root."""
    return f"{folder}/{name}" if folder else name


def parent(path: str) -> str:
    """The folder that holds `path`; "" for the submission's root."""
    return path.rpartition("/")[0]


def ancestors(path: str) -> list[str]:
    """The folders that hold `path`, nearest first, the root ("") last."""
    folders = []
    while path:
        path = parent(path)
        folders.append(path)
    return folders


class Sources:
    """What the files of a submission say.

    Attributes:
        files: relative paths of all files.
        folders: of all folders, "" is the root.
        python: of the Python files, sorted.
        homes: top-level module name → the folders from which it could be imported; no tests and the like.

    Args:
        root: folder that holds them.
        files: relative POSIX paths.
    """

    def __init__(self, root: Path, files: Sequence[str]) -> None:
        self._root = root
        self.files = frozenset(files)
        self.folders = frozenset(folder for path in self.files for folder in ancestors(path))
        self.python = tuple(sorted(path for path in self.files if path.endswith(".py")))
        self._packages = {folder for path in self.python for folder in ancestors(path)}
        self._tops: dict[str, set[str]] = {}
        for place in {*self.python, *self._packages} - {""}:
            self._tops.setdefault(parent(place), set()).add(place.rpartition("/")[2].removesuffix(".py"))
        self.homes = _homes(self.python)
        self._read: dict[str, Source] = {}
        self._budget = _BUDGET

    def get(self, path: str) -> Source:
        """Read one of the files; beyond the budget a file says nothing, and its `problem` tells."""
        if path not in self._read:
            self._read[path] = self._parse(path)
        return self._read[path]

    def _parse(self, path: str) -> Source:
        with (self._root / path).open("rb") as file:
            data = file.read(min(_MAX_PARSED_BYTES, self._budget) + 1)
        self._budget -= min(len(data), self._budget)
        if not self._budget:
            return Source(path, dynamic=True, problem="not read: there is too much Python code here")
        if len(data) > _MAX_PARSED_BYTES:
            return read_roughly(path, data, f"larger than {_MAX_PARSED_BYTES // 1024} KiB")
        return parse(path, data)

    def text(self, path: str, limit: int) -> str:
        """The beginning of any of the files, at most `limit` bytes, decoded with replacement."""
        with (self._root / path).open("rb") as file:
            return file.read(limit).decode("utf-8", errors="replace")

    def defined(self, path: str) -> Collection[str]:
        """The names that a module's file binds at its top level; none for a folder."""
        return self.get(path).names.keys() if path.endswith(".py") else ()

    def tops(self, folder: str) -> frozenset[str]:
        """The top-level modules that `folder` would offer if it were on the path."""
        return frozenset(self._tops.get(folder, ()))

    def is_package(self, folder: str) -> bool:
        """Whether `folder` holds Python files, itself or further down; it then is a package, if only a namespace."""
        return folder in self._packages

    def module(self, folder: str, dotted: str) -> str | None:
        """The file or folder that `import dotted` finds when `folder` is on the path, None where there is nothing."""
        place = join(folder, dotted.replace(".", "/"))
        for found in (f"{place}/__init__.py", f"{place}.py"):
            if found in self.files:
                return found
        return place if self.is_package(place) else None

    def imported(self, path: str, found: Import) -> str | None:
        """The file or folder of a module that `path` imports, wherever the root may be; None for one of others."""
        if found.level:
            folders = ancestors(path)[found.level - 1 : found.level]
            return next((self._relative(folder, found.module) for folder in folders), None)
        places = (self.module(folder, found.module) for folder in _roots(path))
        return next((place for place in places if place and place != path), None)

    def _relative(self, folder: str, dotted: str) -> str | None:
        if dotted:
            return self.module(folder, dotted)
        init = join(folder, "__init__.py")
        return init if init in self.files else folder


def _roots(path: str) -> Iterator[str]:
    for folder in ancestors(path):
        yield folder
        yield join(folder, "src")


def _homes(python: Sequence[str]) -> dict[str, set[str]]:
    homes: dict[str, set[str]] = {}
    for path in python:
        for place in [path, *ancestors(path)[:-1]]:
            if not is_aside(join(parent(place), "_.py")):
                homes.setdefault(place.rpartition("/")[2].removesuffix(".py"), set()).add(parent(place))
    return homes
