"""The intake as a whole: from what was handed in to a `Submission`."""

import re
from pathlib import Path

from grader.intake.archive import unpack
from grader.intake.dependencies import read_dependencies
from grader.intake.entrypoint import find_entry_point
from grader.intake.project import read_project
from grader.intake.submission import Submission
from grader.settings import Settings

_SUFFIXES = re.compile(r"\.(zip|tar|tgz|tbz2?|txz|tar\.(gz|bz2|xz))$", re.IGNORECASE)
_MAX_NAME = 100


def take_in(
    source: Path, destination: Path, settings: Settings, *, app: str | None = None, name: str | None = None
) -> Submission:
    """Unpack a submission, find its application, and read what it declares to need. None of its code is run.

    Args:
        source: an archive or a folder.
        destination: an existing, empty folder for the files.
        settings: the caps on an archive.
        app: the entry point that the caller names, as `module:attribute`; None to search.
        name: what to call the submission; by default the file name of `source` without its suffixes.

    Returns:
        The submission. Its warnings include those of its files and dependencies.

    Raises:
        UsageError: `source` cannot be read.
        ArchiveRejected: it is no archive, or a hostile one.
        EntryPointRejected: no application, or several that are equally good.
        DependenciesRejected: what it declares is more than names and versions.
        InfrastructureError: this machine cannot read or write.
    """
    tree = unpack(source, destination, settings)
    project = read_project(tree)
    entry_point = find_entry_point(tree, app, project)
    dependencies = read_dependencies(tree, entry_point, project)
    places = (entry_point.directory, ".")
    return Submission(
        name=safe_name(name) if name else submission_name(source),
        tree=tree,
        entry_point=entry_point,
        dependencies=dependencies,
        challenge=next(filter(None, (project.text(place, "tool", "grader", "challenge") for place in places)), None),
        warnings=(*tree.warnings, *project.warnings, *dependencies.warnings),
    )


def submission_name(source: Path) -> str:
    """What to call a submission: the file's or folder's name without an archive's suffixes."""
    return safe_name(_SUFFIXES.sub("", source.resolve().name))


def safe_name(text: str) -> str:
    r"""A name for people and for a folder: printable, at most 100 characters, no slashes, none of Windows' forbidden.

    Returns:
        What is left of `text`, or "submission" if nothing is.
    """
    printable = "".join(char if char.isprintable() and char not in '/\\:*?"<>|' else "-" for char in text)
    return printable[:_MAX_NAME].strip(" .") or "submission"
