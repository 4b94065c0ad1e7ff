"""From what was named on the command line to entries."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from grader.errors import UsageError
from grader.report.compare.entry import Entry
from grader.report.consistency import inconsistencies
from grader.report.load import REPORT, load_report

_LARGEST = 50_000_000


@dataclass(frozen=True)
class Reading:
    """A report and where it was read."""

    file: Path
    entry: Entry


def find_reports(paths: Iterable[Path]) -> list[Path]:
    """The report files that are meant, each once, in the order of the names.

    Args:
        paths: `report.json` files whatever their names, folders that hold one, or folders that hold such folders.

    Raises:
        UsageError: a folder holds none.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        for file in _in_folder(path) if path.is_dir() else [path]:
            found.setdefault(file.resolve(), file)
    return list(found.values())


def _in_folder(folder: Path) -> list[Path]:
    own = folder / REPORT
    files = [own] if own.is_file() else sorted(folder.rglob(REPORT))
    if not files:
        raise UsageError(
            f"{folder}: there is no {REPORT} in it, nor in a folder below it",
            hint="name reports, their folders, or a folder that holds them, such as grader-reports/",
        )
    return files


def read_report(file: Path) -> Reading:
    """Read what a comparison needs of a report.

    Raises:
        UsageError: as `grader.report.load.load_report`; or it contradicts itself, as one does that was edited.
    """
    entry = _quickly(file) or _slowly(file)
    wrong = inconsistencies(entry.as_report())
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise UsageError(
            f"{file} contradicts itself, as if it was edited: {wrong[0]}{more}",
            hint="take the file as the run wrote it, or grade the submission again",
        )
    return Reading(file, entry)


def _quickly(file: Path) -> Entry | None:
    """The entry of a sound report; None for anything else."""
    try:
        if not file.is_file() or file.stat().st_size > _LARGEST:
            return None
        return Entry.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None


def _slowly(file: Path) -> Entry:
    """Read all of it: to say what is wrong, or since it holds what only the slower reader takes."""
    report = load_report(file)
    try:
        return Entry.model_validate(report)
    except ValidationError as error:
        raise UsageError(
            f"{file} holds a score that is no number", hint="take the file as the run wrote it, or grade it again"
        ) from error
