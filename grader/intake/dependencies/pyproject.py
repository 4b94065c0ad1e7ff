"""What `pyproject.toml` declares: PEP 621's `[project]`, and Poetry's own tables."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from grader.errors import DependenciesRejected
from grader.intake.dependencies.requirement import Line, key, parse_requirement
from grader.intake.dependencies.versions import markers, specifier
from grader.intake.project import PYPROJECT, Project, table
from grader.intake.submission import Tree

_ELSEWHERE = ("git", "url", "path", "file", "directory", "develop")
# Groups that `poetry install` takes though they are not for running.
_DEVELOPMENT = re.compile(r"dev|test|lint|doc|typ|ci|format|check|bench|notebook|local|debug", re.IGNORECASE)
_MAX_BYTES = 256 * 1024


@dataclass(slots=True)
class Pyproject:
    """What one file declares.

    Attributes:
        path: of the file.
        name: normalised name of the project itself, "" if it has none.
        requires_python: as a PEP 440 specifier, or "".
        requirements: what is to be installed.
        warnings: what was passed over, one line each.
    """

    path: str
    name: str = ""
    requires_python: str = ""
    requirements: list[Requirement] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def read_pyproject(tree: Tree, project: Project, folder: str) -> Pyproject | None:
    """Read the `pyproject.toml` of a folder.

    Args:
        tree: the submission; the file is read once more to find the lines of what is refused.
        project: its pyproject.toml files.
        folder: relative to the root, "." is the root.

    Returns:
        What it declares, None if there is no such file.

    Raises:
        DependenciesRejected: a dependency is more than a name with versions.
    """
    if folder not in project.documents:
        return None
    path = PYPROJECT if folder == "." else f"{folder}/{PYPROJECT}"
    return _Reader(path, project.documents[folder], tree).read()


class _Reader:
    def __init__(self, path: str, document: Mapping[str, Any], tree: Tree) -> None:
        self._project = table(document, "project")
        self._poetry = table(document, "tool", "poetry")
        self._uv: dict[str, list[Any]] = {}
        for name, value in table(document, "tool", "uv", "sources").items():
            self._uv.setdefault(key(name), []).extend(value if isinstance(value, list) else [value])
        self._text = (tree.root / path).read_bytes()[:_MAX_BYTES].decode("utf-8", errors="replace")
        self._found = Pyproject(path)

    def read(self) -> Pyproject:
        found, declared = self._found, self._project.get("dependencies")
        name = self._project.get("name", self._poetry.get("name"))
        found.name = key(name) if isinstance(name, str) else ""
        found.requires_python = self._python()
        if isinstance(declared, list):
            found.requirements += [self._listed(item) for item in declared]
        poetry = list(self._poetry_requirements())
        # Poetry 2 takes `[project]` where it lists dependencies; its own table then only says where they come from.
        found.requirements += poetry if not found.requirements else []
        found.requirements = [item for item in found.requirements if self._is_foreign(item)]
        return found

    def _python(self) -> str:
        python = self._project.get("requires-python")
        try:
            if isinstance(python, str):
                return str(SpecifierSet(python))
            declared = table(self._poetry, "dependencies").get("python")
            return str(specifier(declared)) if isinstance(declared, str) else ""
        except (InvalidSpecifier, ValueError):
            self._found.warnings.append(f"{self._found.path}: the declared Python version is malformed")
            return ""

    def _refused(self, text: str, reason: str) -> DependenciesRejected:
        lines = enumerate(self._text.splitlines(), 1)
        return Line(self._found.path, next((number for number, line in lines if text in line), 0), text).refused(reason)

    def _listed(self, item: Any) -> Requirement:
        if not isinstance(item, str):
            raise self._refused(str(item)[:200], "is no requirement")
        return parse_requirement(item, partial(self._refused, item))

    def _is_foreign(self, requirement: Requirement) -> bool:
        """Whether a requirement is of another project: no member of the same workspace, and from an index."""
        name = key(requirement.name)
        entries = self._uv.get(name, [])
        for entry in entries:
            if not _DEVELOPMENT.search(str(table(entry).get("group", ""))):
                self._refuse_elsewhere(requirement.name, table(entry))
        if any(table(entry).get("workspace") for entry in entries):
            self._found.warnings.append(f"{self._found.path}: {name} is a member of the workspace, and not installed")
            return False
        return True

    def _refuse_elsewhere(self, name: str, entry: Mapping[str, Any]) -> None:
        if kind := next((kind for kind in _ELSEWHERE if kind in entry), ""):
            raise self._refused(str(entry.get(kind)), f"{name} comes from a {kind}, not from a package index")

    def _poetry_requirements(self) -> Iterator[Requirement]:
        groups = table(self._poetry, "group")
        tables = [table(self._poetry, "dependencies")]
        tables += [
            table(group, "dependencies")
            for name, group in groups.items()
            if not table(group).get("optional") and not _DEVELOPMENT.search(name)
        ]
        for entries in tables:
            for name, value in entries.items():
                if name.lower() != "python":
                    for entry in value if isinstance(value, list) else [value]:
                        yield from self._poetry_requirement(name, entry)

    def _poetry_requirement(self, name: str, value: Any) -> Iterator[Requirement]:
        entry = {"version": value} if isinstance(value, str) else table(value)
        if entry.get("optional") is True:
            return
        self._refuse_elsewhere(name, entry)
        refuse = partial(self._refused, name)
        try:
            yield parse_requirement(_pep508(name, entry), refuse)
        except (ValueError, TypeError):
            raise refuse("is no version constraint") from None


def _pep508(name: str, entry: Mapping[str, Any]) -> str:
    extras = entry.get("extras") or []
    conditions = [entry.get("markers") or "", markers(entry["python"]) if "python" in entry else ""]
    if platform := entry.get("platform"):
        conditions.append(f"sys_platform == '{platform}'")
    wanted = [f"({condition})" for condition in conditions if condition]
    text = f"{name}[{','.join(extras)}]" if extras else name
    return f"{text}{specifier(entry.get('version') or '*')}" + (f" ; {' and '.join(wanted)}" if wanted else "")
