"""A submission's `pyproject.toml` files, read once; nothing in them is trusted to have the right shape."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from grader.intake.submission import Tree
from grader.text import visible

PYPROJECT = "pyproject.toml"
# Real ones have a few kilobytes; tomllib is slow enough for a megabyte to be noticed.
_MAX_BYTES = 256 * 1024
_MAX_FILES = 20
_MAX_KEYS = 100_000
_MAX_PARTS = 16
# One that does not end is taken to the end of its line, so that no quote in it begins another try.
_STRING = re.compile(r""" "(?:[^"\\\n]|\\.)*+"? | '[^'\n]*+'? """, re.VERBOSE)
_DOTTED = re.compile(r"[\w.\-\"' \t]+")


@dataclass(frozen=True, slots=True)
class Project:
    """What the `pyproject.toml` files of a submission say.

    Attributes:
        documents: folder (relative to the root, "." is the root) → parsed document, shallowest folder first.
        warnings: files that could not be read, one line each.
    """

    documents: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def table(self, folder: str, *keys: str) -> Mapping[str, Any]:
        """The table at `keys` in the document of `folder`, empty where there is none."""
        return table(self.documents.get(folder, {}), *keys)

    def text(self, folder: str, *keys: str) -> str | None:
        """A string in the document of `folder`, None where it is absent, empty or no string."""
        value = self.table(folder, *keys[:-1]).get(keys[-1])
        return value.strip() or None if isinstance(value, str) else None


def table(value: Any, *keys: str) -> Mapping[str, Any]:
    """Follow `keys` through nested mappings; an empty mapping where the way ends."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def read_project(tree: Tree) -> Project:
    """Read every `pyproject.toml` of a submission.

    Args:
        tree: the unpacked files.

    Returns:
        What they say. One that is too large or not valid TOML is left out with a warning.
    """
    documents: dict[str, Mapping[str, Any]] = {}
    warnings: list[str] = []
    paths = [path for path in tree.files if PurePosixPath(path).name == PYPROJECT]
    for path in sorted(paths, key=lambda path: (path.count("/"), path))[:_MAX_FILES]:
        try:
            documents[str(PurePosixPath(path).parent)] = load_toml(tree.root / path, _MAX_BYTES)
        except ValueError as error:
            warnings.append(f"{visible(path)} was left out: {error}")
    return Project(documents, tuple(warnings))


def load_toml(path: Path, limit: int) -> dict[str, Any]:
    """Parse a TOML file of a stranger.

    Args:
        path: the file.
        limit: its largest size in bytes.

    Raises:
        ValueError: too large, or not TOML; the message is one line that can be shown.
    """
    data = read_bounded(path, limit)
    try:
        text = data.decode("utf-8-sig")
        _refuse_many_keys(text)
        return tomllib.loads(text)
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"it is not valid TOML ({visible(str(error), limit=200)})") from None


def _refuse_many_keys(text: str) -> None:
    """Keep tomllib from what it is bad at: it needs a kilobyte for each part of a key, and the square for long keys."""
    bare = _STRING.sub('""', text)
    if bare.count("=") + bare.count(".") + bare.count("[") > _MAX_KEYS:
        raise ValueError("too many keys")
    if any(run.count(".") > _MAX_PARTS for run in _DOTTED.findall(bare)):
        raise ValueError("a key of too many parts")


def read_bounded(path: Path, limit: int) -> bytes:
    """Read a whole file of at most `limit` bytes.

    Raises:
        ValueError: it is larger.
    """
    with path.open("rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise ValueError(f"it is larger than {limit // 1024} KiB")
    return data
