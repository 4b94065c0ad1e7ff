"""Pipenv's `Pipfile`: https://github.com/pypa/pipfile."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from packaging.requirements import Requirement

from grader.errors import DependenciesRejected
from grader.intake.dependencies.requirement import Line, parse_requirement
from grader.intake.project import load_toml, table
from grader.intake.submission import Tree
from grader.text import visible

PIPFILE = "Pipfile"
_MAX_BYTES = 256 * 1024
_ELSEWHERE = ("git", "hg", "svn", "path", "file", "editable")
# Pipenv takes these as keys of their own; each holds an operator and a value.
_MARKER_KEYS = (
    "sys_platform",
    "os_name",
    "platform_system",
    "platform_machine",
    "python_version",
    "implementation_name",
)


def read_pipfile(tree: Tree, path: str, warnings: list[str]) -> list[Requirement]:
    """Read the packages for running.

    Args:
        tree: the submission.
        path: of the Pipfile.
        warnings: takes a line if the file cannot be read.

    Raises:
        DependenciesRejected: a package is more than a name with versions.
    """
    try:
        document = load_toml(tree.root / path, _MAX_BYTES)
    except ValueError as error:
        warnings.append(f"{visible(path)} was left out: {error}")
        return []
    lines = (tree.root / path).read_bytes().decode("utf-8", errors="replace").splitlines()
    return list(_requirements(path, table(document, "packages"), lines))


def _requirements(path: str, packages: Mapping[str, Any], lines: list[str]) -> Iterator[Requirement]:
    for name, value in packages.items():
        entry = {"version": value} if isinstance(value, str) else table(value)
        if str(entry.get("path", "")).rstrip("/") == ".":
            continue  # the project itself
        refuse = partial(_refused, path, lines, name)
        if kind := next((kind for kind in _ELSEWHERE if kind in entry), ""):
            raise refuse(f"it comes from a {kind}, not from a package index")
        yield parse_requirement(_pep508(name, entry), refuse)


def _refused(path: str, lines: list[str], name: str, reason: str) -> DependenciesRejected:
    number = next((number for number, text in enumerate(lines, 1) if name in text.partition("=")[0]), 0)
    return Line(path, number, lines[number - 1] if number else name).refused(reason)


def _pep508(name: str, entry: Mapping[str, Any]) -> str:
    extras = entry.get("extras")
    version = str(entry.get("version", "*"))
    conditions = [f"{field} {entry[field]}" for field in _MARKER_KEYS if field in entry]
    conditions += [f"({entry['markers']})"] if "markers" in entry else []
    shown = f"[{','.join(map(str, extras))}]" if isinstance(extras, list) and extras else ""
    marker = f" ; {' and '.join(conditions)}" if conditions else ""
    return f"{name}{shown}{'' if version == '*' else version}{marker}"
