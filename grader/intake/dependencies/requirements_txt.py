"""`requirements.txt` and its kin: https://pip.pypa.io/en/stable/reference/requirements-file-format/."""

import posixpath
import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from packaging.requirements import Requirement

from grader.intake.dependencies.requirement import Line, parse_requirement
from grader.intake.dependencies.text import decode, logical_lines
from grader.intake.project import read_bounded
from grader.intake.submission import Tree

MAX_BYTES = 1024 * 1024
MAX_REQUIREMENTS = 500
_MAX_DEPTH = 10
_INCLUDE = re.compile(
    r"(?:(?P<requirement>-r|--requirement)|(?P<constraint>-c|--constraint))(?:\s*=\s*|\s+|(?<=-[rc]))(?P<file>\S.*)"
)
_HASH = re.compile(r"\s--hash[= ]\s*\S+")
_RUNTIME = ("base", "prod", "production", "runtime", "main", "requirements", "common", "app")
_DEVELOPMENT = re.compile(
    r"(?:^|[-_.])(dev\w*|test\w*|lint\w*|docs?|ci|local|debug|typing|bench\w*)(?:[-_.]|$)", re.IGNORECASE
)


@dataclass(slots=True)
class Declared:
    """What requirement files declare.

    Attributes:
        requirements: what is to be installed.
        constraints: what restricts it, from `-c` files.
        sources: the files that were read, in order.
    """

    requirements: list[Requirement] = field(default_factory=list)
    constraints: list[Requirement] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)


def runtime_file(tree: Tree, folder: str) -> str | None:
    """The requirements file of `folder` that is for running; one for development if there is no other."""
    prefix = "" if folder == "." else f"{folder}/"
    own = [path.removeprefix(prefix) for path in tree.files if path.startswith(prefix)]
    found = [path for path in own if re.fullmatch(r"(requirements/)?[^/]+\.(txt|in)", path) and _is_requirements(path)]
    return prefix + min(found, key=_preference) if found else None


def read_requirements_txt(tree: Tree, path: str) -> Declared:
    """Read a requirements file and what it includes.

    Args:
        tree: the submission.
        path: the file, relative to the root.

    Raises:
        DependenciesRejected: too large, too many, or a line that is more than a name with versions.
    """
    declared = Declared()
    _Reader(tree, declared).read(path, declared.requirements, 0)
    return declared


class _Reader:
    def __init__(self, tree: Tree, declared: Declared) -> None:
        self._tree = tree
        self._declared = declared
        self._files = frozenset(tree.files)

    def read(self, path: str, into: list[Requirement], depth: int) -> None:
        if path in self._declared.sources:
            return
        self._declared.sources.append(path)
        try:
            text = decode(read_bounded(self._tree.root / path, MAX_BYTES))
        except ValueError as error:
            raise Line(path, 0, "").refused(f"is left unread, for {error}") from None
        for number, content in logical_lines(text):
            self._line(Line(path, number, content), into, depth)

    def _line(self, line: Line, into: list[Requirement], depth: int) -> None:
        if match := _INCLUDE.fullmatch(line.text):
            file = self._included(line, match["file"].strip().strip("\"'"), depth)
            self.read(file, self._declared.constraints if match["constraint"] else into, depth + 1)
            return
        into.append(parse_requirement(_HASH.sub("", line.text), line.refused))
        if len(into) > MAX_REQUIREMENTS:
            raise line.refused(f"more than {MAX_REQUIREMENTS} requirements")

    def _included(self, line: Line, name: str, depth: int) -> str:
        if "://" in name or "${" in name:
            raise line.refused("only files of the submission are included")
        path = posixpath.normpath(posixpath.join(posixpath.dirname(line.file), name.replace("\\", "/")))
        if path not in self._files:
            raise line.refused("there is no such file in the submission")
        if depth >= _MAX_DEPTH:
            raise line.refused("files are included too deeply")
        return path


def _is_requirements(path: str) -> bool:
    return path.startswith("requirements/") or "requirement" in path.lower()


def _preference(path: str) -> tuple[bool, bool, bool, int, str]:
    name = PurePosixPath(path).stem.lower()
    kind = re.sub(r"requirements|[-_.]", "", name) or "requirements"
    usual = _RUNTIME.index(kind) if kind in _RUNTIME else len(_RUNTIME)
    return (bool(_DEVELOPMENT.search(name)), path != "requirements.txt", path.endswith(".in"), usual, path)
