"""From what the command line names to submissions, each with a name of its own."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

from grader.errors import UsageError
from grader.intake.intake import submission_name
from grader.intake.names import left_out

_ARCHIVE: Final = re.compile(r"\.(zip|tar|tgz|tbz2?|txz|tar\.(gz|bz2|xz))$", re.IGNORECASE)
_PROJECT: Final = ("pyproject.toml", "requirements*.txt", "*.py")
_HINT: Final = "name archives, projects' folders, or a folder that holds such"


@dataclass(frozen=True, slots=True)
class Entry:
    """One submission.

    Attributes:
        name: what it is called; unique among all.
        source: the archive or folder.
    """

    name: str
    source: Path


def find_entries(paths: Sequence[Path]) -> list[Entry]:
    """The submissions that are meant, in an order that is the same each time.

    A folder is a submission itself where a project stands in it: a pyproject.toml, a requirements file or Python files.
    Else each archive and each folder in it is one; what is hidden, and what no project holds, is left out.

    Args:
        paths: as the command line named them.

    Raises:
        UsageError: one is not there, or holds nothing.
    """
    sources = [source for path in paths for source in _sources(path)]
    return list(_named({source.resolve(): source for source in sources}.values()))


def _sources(path: Path) -> list[Path]:
    try:
        return _in(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", hint=_HINT) from error


def _in(path: Path) -> list[Path]:
    if not path.exists():
        raise UsageError(f"{path} is not there", hint=_HINT)
    if not path.is_dir() or any(next(path.glob(pattern), None) for pattern in _PROJECT):
        return [path]
    found = [child for child in sorted(path.iterdir()) if _is_submission(child)]
    if not found:
        raise UsageError(f"{path}: there is no archive and no folder in it", hint=_HINT)
    return found


def _is_submission(child: Path) -> bool:
    if child.name.startswith(".") or left_out((child.name,)):
        return False
    return child.is_dir() or _ARCHIVE.search(child.name) is not None


def _named(sources: Iterable[Path]) -> Iterator[Entry]:
    """Names that differ: `a.zip` and `a.tar` become `a` and `a-2`."""
    taken: set[str] = set()
    for source in sources:
        name = next(name for name in _choices(submission_name(source)) if name.casefold() not in taken)
        taken.add(name.casefold())
        yield Entry(name, source)


def _choices(wanted: str) -> Iterator[str]:
    yield wanted
    yield from (f"{wanted}-{number}" for number in count(2))
