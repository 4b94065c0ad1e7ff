"""How a submission says that it is started: server command lines in its files, read as text."""

import posixpath
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from grader.intake.reading.source import Binding, Value
from grader.intake.reading.sources import Sources, is_aside, join, parent

_MAX_BYTES = 64 * 1024
_MAX_FILES = 60
_MAX_HINTS = 200
_MAX_LINE = 2_000
_DEPLOYMENT = re.compile(
    r"(.*\.)?(dockerfile|containerfile)(\..*)?|procfile|(docker-)?compose(\..*)?\.ya?ml", re.IGNORECASE
)
_MENTION = re.compile(
    r"makefile|justfile|taskfile\.ya?ml|readme(\..*)?|.*\.(sh|bash|bat|ps1)|procfile\..*|pyproject\.toml|tox\.ini"
    r"|(render|railway|fly|app|nixpacks|launch|vercel)\.(ya?ml|toml|json)",
    re.IGNORECASE,
)
_SERVER = re.compile(r"\b(?:uvicorn|gunicorn|hypercorn|daphne|granian|fastapi)\b")
# A target stands alone among blanks, quotes, commas and brackets: neither "0.0.0.0:80" nor "http://x" is one.
_TARGET = re.compile(r"(?<![\w.:/@$-])([A-Za-z_][\w.]{0,200}):([A-Za-z_]\w{0,100})(?:\(\))?(?![\w.:/-])")
_FILE = re.compile(r"\bfastapi[\s\"',]+(?:run|dev)[\s\"',]+([\w./-]{1,200}\.py)\b")
_MOVE = re.compile(r"(?:\bcd|--app-dir|--chdir|--directory|working_dir:)[ \t=\"',]{1,5}([\w./-]{1,200})")
_SCRIPT = re.compile(r"\bpython3?[\s\"',]+(?:-m[\s\"',]+([A-Za-z_][\w.]{0,200})|([\w./-]{1,200}\.py))")


@dataclass(frozen=True, slots=True)
class Hint:
    """One place that says which application is started.

    Attributes:
        folder: where that was said: of the file, or where a `cd` before it leads.
        module: dotted module name, as seen from some folder.
        attribute: the name in it, "" for any.
        value: instead of both, the expression that a Python file passes to a server.
        path: the file in which that expression stands.
        local: names that hold there.
        decides: it is how the whole submission is deployed, more telling than the name of a file.
    """

    folder: str
    module: str = ""
    attribute: str = ""
    value: Value | None = None
    path: str = ""
    local: Mapping[str, tuple[Binding, ...]] = field(default_factory=dict)
    decides: bool = False

    def names(self, path: str, name: str) -> bool:
        """Whether `name` in the file `path` may be meant."""
        module = dotted_name(path)
        return (module == self.module or module.endswith("." + self.module)) and self.attribute in {"", name}

    def is_exact(self, path: str) -> bool:
        """Whether the module is named as seen from the folder of the hint."""
        return dotted_name(path) == dotted_name(join(self.folder, self.module.replace(".", "/") + ".py"))


def hints(sources: Sources) -> list[Hint]:
    """Collect what the files of a submission say about how it is started.

    Args:
        sources: its files.

    Returns:
        Hints in the order of the files' depth and name.
    """
    found: list[Hint] = []
    files = [path for path in sources.files if _DEPLOYMENT.fullmatch(_name(path)) or _MENTION.fullmatch(_name(path))]
    for path in sorted(files, key=lambda path: (path.count("/"), path))[:_MAX_FILES]:
        found += _in_text(path, sources.text(path, _MAX_BYTES), sources.folders)
    for path in sources.python:
        if not is_aside(path):
            found += _in_python(sources, path)
    return found[:_MAX_HINTS]


def _in_text(path: str, text: str, folders: Collection[str]) -> Iterator[Hint]:
    here = parent(path)
    decides = "/" not in path and bool(_DEPLOYMENT.fullmatch(_name(path)))
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        start = line.lstrip()
        if len(line) > _MAX_LINE or (start.startswith("#") and decides):
            continue
        for move in _MOVE.finditer(line):
            there = posixpath.normpath(join(parent(path), move[1])).removeprefix(".")
            here = there if there in folders else here
        if server := _SERVER.search(line):
            for target in _TARGET.finditer(line, server.start()):
                yield Hint(here, target[1], target[2], decides=decides)
            for file in _FILE.finditer(line):
                yield Hint(here, dotted_name(file[1].removeprefix("./")), decides=decides)
        elif script := _SCRIPT.search(line):
            yield Hint(here, script[1] or dotted_name(script[2].removeprefix("./")), decides=decides)


def _in_python(sources: Sources, path: str) -> Iterator[Hint]:
    for served in sources.get(path).served:
        if target := _TARGET.fullmatch(served.target):
            yield Hint(parent(path), target[1], target[2])
        elif served.value.name:
            yield Hint(parent(path), value=served.value, path=path, local=served.names)


def _name(path: str) -> str:
    return PurePosixPath(path).name


def dotted_name(path: str) -> str:
    """The dotted name of a file as seen from the root; what is dotted already stays as it is."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
