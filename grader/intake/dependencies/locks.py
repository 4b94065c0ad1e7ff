"""Lock files, each boiled down to the same thing: packages, what they need, and where they come from."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from packaging.markers import InvalidMarker, Marker

from grader.errors import DependenciesRejected
from grader.intake.dependencies.requirement import Line, Refuse, has_an_answer, key, pin
from grader.intake.project import load_toml, read_bounded, table
from grader.intake.submission import Tree
from grader.text import visible

# Hashes make lock files large; tomllib needs about a second for this much.
_MAX_BYTES = 4 * 1024 * 1024
_MAX_PINS = 2_000
_NAME = re.compile(r"[\w.-]+")
# In this order: whichever comes first is believed, should a submission hold several.
LOCK_FILES = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "Pipfile.lock")


@dataclass(frozen=True, slots=True)
class Locked:
    """One package of a lock file.

    Attributes:
        name: normalised.
        version: exact, "" where none is given.
        marker: when it is needed, or "".
        extras: for a list of what to install, which of its extras.
        needs: normalised names of what it depends on, extras included.
        origin: where it comes from if not from an index: `git`, `url`, `path`, …; "self" for the project itself.
        runtime: whether the file says that it is for running; None if it does not say.
    """

    name: str
    version: str = ""
    marker: str = ""
    extras: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    origin: str = ""
    runtime: bool | None = None


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock file that was read.

    Attributes:
        path: relative to the submission's root.
        packages: what it holds.
        roots: normalised names of what the project itself needs, as far as the file says.
        lines: text of the file, for showing where something stands.
    """

    path: str
    packages: tuple[Locked, ...]
    roots: tuple[str, ...] = ()
    lines: tuple[str, ...] = field(default=(), repr=False)

    def holds(self, project: str) -> bool:
        """Whether the file was made for the project of this normalised name, among others."""
        return any(package.name == project and package.origin == "self" for package in self.packages)

    def runtime(self, wanted: Collection[str]) -> list[Locked]:
        """The packages that are needed to run.

        Args:
            wanted: normalised names that the project declares; without any, what the file itself says.
        """
        start = list(wanted) or list(self.roots)
        if not start:
            return [package for package in self.packages if package.runtime is not False and package.origin != "self"]
        needs: dict[str, set[str]] = {}
        for package in self.packages:
            needs.setdefault(package.name, set()).update(package.needs)
        reached: set[str] = set()
        while start:
            name = start.pop()
            if name not in reached:
                reached.add(name)
                start += needs.get(name, ())
        return [package for package in self.packages if package.name in reached and package.origin != "self"]

    def pins(self, packages: Collection[Locked]) -> tuple[str, ...]:
        """`name==version` lines.

        Raises:
            DependenciesRejected: a package comes from elsewhere than an index, or is malformed.
        """
        versions: dict[str, set[str]] = {}
        for package in packages:
            versions.setdefault(package.name, set()).add(package.version)
        chosen = [
            package
            for package in packages
            if self._from_index(package)
            and package.version
            # Several versions without a word when which is meant: the resolver is free to choose.
            and (len(versions[package.name]) == 1 or package.marker)
        ]
        if len(chosen) > _MAX_PINS:
            raise Line(self.path, 0, "").refused(f"more than {_MAX_PINS} packages")
        return tuple(
            dict.fromkeys(pin(item.name, item.version, item.marker, self.refusal(item.name)) for item in chosen)
        )

    def refusal(self, name: str) -> Refuse:
        """What makes an error that shows where a package stands in the file."""
        return partial(self._refused, name)

    def _refused(self, name: str, reason: str) -> DependenciesRejected:
        number = next((number for number, text in enumerate(self.lines, 1) if key_of_line(text) == name), 0)
        return Line(self.path, number, self.lines[number - 1] if number else name).refused(reason)

    def _from_index(self, package: Locked) -> bool:
        if package.origin:
            reason = f"{visible(package.name)} comes from a {package.origin}, not from a package index"
            raise self._refused(package.name, reason)
        return True


def key_of_line(text: str) -> str:
    """The normalised name that a line of a lock file begins a package with, or ""."""
    match = re.match(r"""\s{0,20}(?:name\s{0,5}=\s{0,5})?"([\w.-]{1,100})"\s{0,5}(?::\s{0,5}\{\s*)?$""", text[:300])
    return key(match[1]) if match else ""


def read_lock(tree: Tree, path: str) -> Lock:
    """Read a lock file.

    Args:
        tree: the submission.
        path: of the file; its name says of which tool it is.

    Raises:
        ValueError: too large, damaged, or of an unknown shape; the message is one line that can be shown.
    """
    name = path.rpartition("/")[2]
    if name == "Pipfile.lock":
        document = _load_json(read_bounded(tree.root / path, _MAX_BYTES))
        packages = tuple(_pipenv(table(document, "default")))
        return Lock(path, packages, lines=_lines(tree, path))
    document = load_toml(tree.root / path, _MAX_BYTES)
    entries = document.get("packages" if name == "pylock.toml" else "package", [])
    if not isinstance(entries, list):
        raise ValueError("it has no list of packages")  # noqa: TRY004 - a damaged file, not a wrong argument
    read = {"uv.lock": _uv, "poetry.lock": _poetry, "pdm.lock": _pdm}.get(name, _pylock)
    packages = tuple(read(entry) for entry in map(table, entries) if isinstance(entry.get("name"), str))
    own = tuple(need for package in packages if package.origin == "self" for need in package.needs)
    return Lock(path, packages, own, _lines(tree, path))


def _lines(tree: Tree, path: str) -> tuple[str, ...]:
    return tuple(read_bounded(tree.root / path, _MAX_BYTES).decode("utf-8", errors="replace").splitlines())


def _load_json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise ValueError("it is not valid JSON") from None


def _text(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name)
    return value if isinstance(value, str) else ""


def _names(value: Any) -> Iterator[str]:
    """The names in a list of requirements, of tables with a name, or in the keys of a table."""
    for item in value if isinstance(value, list | Mapping) else []:
        text = item if isinstance(item, str) else _text(table(item), "name")
        if match := _NAME.match(text):
            yield key(match[0])


def _uv(entry: Mapping[str, Any]) -> Locked:
    source = table(entry, "source")
    origin = next((kind for kind in ("git", "url", "path", "directory", "editable", "virtual") if kind in source), "")
    extras = (name for needs in table(entry, "optional-dependencies").values() for name in _names(needs))
    own = origin in {"editable", "virtual", "directory"}
    return Locked(
        name=key(entry["name"]),
        version=_text(entry, "version"),
        # uv joins markers of several environments; a pin holds if any of them does
        marker=_any_of(entry.get("resolution-markers")),
        # The project's own extras are not asked for.
        needs=(*_names(entry.get("dependencies")), *(() if own else extras)),
        origin="self" if own else origin,
    )


def _poetry(entry: Mapping[str, Any]) -> Locked:
    groups = entry.get("groups")
    kind = _text(table(entry, "source"), "type")
    runtime = "main" in groups if isinstance(groups, list) else entry.get("category", "main") == "main"
    return Locked(
        name=key(entry["name"]),
        version=_text(entry, "version"),
        marker=_marker(entry.get("markers")),
        needs=tuple(_names(entry.get("dependencies"))),
        origin=kind if kind in {"git", "url", "file", "directory"} else "",
        runtime=runtime and entry.get("optional") is not True,
    )


def _pdm(entry: Mapping[str, Any]) -> Locked:
    groups = entry.get("groups")
    return Locked(
        name=key(entry["name"]),
        version=_text(entry, "version"),
        marker=_marker(entry.get("marker")),
        needs=tuple(_names(entry.get("dependencies"))),
        origin=_own_or(next((kind for kind in ("git", "url", "path") if kind in entry), ""), _text(entry, "path")),
        runtime="default" in groups if isinstance(groups, list) else None,
    )


def _pylock(entry: Mapping[str, Any]) -> Locked:
    """https://packaging.python.org/en/latest/specifications/pylock-toml/."""
    marker = _text(entry, "marker")
    origin = next((kind for kind in ("vcs", "directory", "archive") if kind in entry), "")
    selected = "dependency_groups" in marker or "extras" in marker
    return Locked(
        name=key(entry["name"]),
        version=_text(entry, "version"),
        marker="" if selected else _marker(marker),
        needs=tuple(_names(entry.get("dependencies"))),
        origin=_own_or(origin, _text(table(entry, "directory"), "path")),
        runtime=not selected,
    )


def _pipenv(entries: Mapping[str, Any]) -> Iterator[Locked]:
    for name, value in entries.items():
        entry = table(value)
        extras = entry.get("extras")
        kind = next((kind for kind in ("git", "path", "file", "hg", "svn") if kind in entry), "")
        yield Locked(
            name=key(name),
            version=_text(entry, "version").removeprefix("=="),
            marker=_marker(entry.get("markers")),
            extras=tuple(extra for extra in extras if isinstance(extra, str)) if isinstance(extras, list) else (),
            origin=_own_or(kind, _text(entry, "path")),
        )


def _own_or(origin: str, path: str) -> str:
    return "self" if origin and path.rstrip("/") == "." else origin


def _marker(value: Any) -> str:
    """A marker that can be evaluated, or "": a lock may use variables of its own tool."""
    if isinstance(value, dict):
        value = value.get("main")  # Poetry lists markers by group where they differ
    try:
        marker = Marker(value) if isinstance(value, str) and value else None
        return str(marker) if marker and has_an_answer(marker) else ""
    except (InvalidMarker, RecursionError):
        return ""


def _any_of(value: Any) -> str:
    parts = [marker for marker in map(_marker, value if isinstance(value, list) else []) if marker]
    return " or ".join(f"({part})" for part in parts)
