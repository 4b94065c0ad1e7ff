"""From what the command line names to the submissions of a batch, each with a name of its own."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from grader.batch.manifest import MANIFESTS, Row, read_manifest
from grader.errors import UsageError
from grader.intake.intake import safe_name, submission_name
from grader.intake.names import left_out

_ARCHIVE = re.compile(r"\.(zip|tar|tgz|tbz2?|txz|tar\.(gz|bz2|xz))$", re.IGNORECASE)
_PROJECT = ("pyproject.toml", "setup.py", "requirements*.txt", "*.py")
_HINT = "name archives, projects' folders, a folder that holds such, or a manifest (.csv or .json)"
_OWN_FILES = (".json", ".lock", ".csv", ".html")
"""How the files of a batch's folder end: no submission's folder is called so."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One submission of a batch.

    Attributes:
        name: what it is called, and its folder; unique in the batch.
        source: the archive or folder.
        challenge: slug or folder of a pack, where a manifest says it.
    """

    name: str
    source: Path
    challenge: str | None = None


def find_entries(paths: Sequence[Path]) -> list[Entry]:
    """The submissions that are meant, in an order that is the same each time.

    A folder is a submission itself where a project stands in it: a pyproject.toml, a requirements file or Python files.
    Else each archive and each folder in it is one; what is hidden, and what no project holds (`node_modules`), is left
    out. A `.csv` or `.json` file is a manifest.

    Args:
        paths: as the command line named them.

    Raises:
        UsageError: one is not there, or holds nothing; a manifest is wrong.
    """
    if not paths:
        raise UsageError("no submissions are named", hint=_HINT)
    rows = [row for path in paths for row in _rows(path)]
    if missing := [row for row in rows if not row.source.exists()]:
        more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise UsageError(f"{missing[0].where} is not there{more}", hint=_HINT)
    return list(_named(_once(rows)))


def is_project(folder: Path) -> bool:
    """Whether a folder is a submission itself, rather than a folder of submissions."""
    return any(next(folder.glob(pattern), None) for pattern in _PROJECT)


def is_archive(file: Path) -> bool:
    """Whether a file is called like an archive that intake takes."""
    return bool(_ARCHIVE.search(file.name))


def _rows(path: Path) -> Iterator[Row]:
    if path.suffix.lower() in MANIFESTS and path.is_file():
        yield from read_manifest(path)
    elif path.is_dir() and not is_project(path):
        yield from _in_folder(path)
    else:
        yield Row(path, str(path))


def _in_folder(folder: Path) -> list[Row]:
    try:
        children = sorted(folder.iterdir())
    except OSError as error:
        raise UsageError(f"{folder} cannot be read: {error.strerror}", hint=_HINT) from error
    rows = [Row(child, str(child)) for child in children if _is_submission(child)]
    if not rows:
        raise UsageError(f"{folder}: there is no archive and no folder in it", hint=_HINT)
    return rows


def _is_submission(child: Path) -> bool:
    if child.name.startswith(".") or left_out((child.name,)):
        return False
    return child.is_dir() or is_archive(child)


def _once(rows: Iterable[Row]) -> list[Row]:
    """Each submission once, also where two arguments name it: `cohort/ cohort/a.zip`. A manifest's names count."""
    return list({(row.source.resolve(), row.name): row for row in rows}.values())


def _named(rows: Iterable[Row]) -> Iterator[Entry]:
    """Names that differ, also where a file system ignores case: `a.zip` and `A.tar` become `a` and `A-2`."""
    taken: set[str] = set()
    for row in rows:
        wanted = safe_name(row.name) if row.name else submission_name(row.source)
        name = next(name for name in _choices(wanted) if _free(name.casefold(), taken))
        taken.add(name.casefold())
        yield Entry(name, row.source, row.challenge)


def _choices(wanted: str) -> Iterator[str]:
    yield wanted
    yield from (f"{wanted}-{number}" for number in count(2))


def _free(name: str, taken: set[str]) -> bool:
    return name not in taken and not name.endswith(_OWN_FILES)
