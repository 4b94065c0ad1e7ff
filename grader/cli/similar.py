"""`grader similar`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from grader.batch.entries import find_entries
from grader.cli.blinding import salt_of
from grader.cli.console import boundary, err, interruptible, out
from grader.cli.progress import tracked
from grader.settings import Settings
from grader.similar.build import AT_LEAST, compare_code, read_cohort
from grader.similar.common import nobodys_code
from grader.similar.model import Similarity
from grader.similar.terminal import Overview, others
from grader.similar.words import headline
from grader.similar.write import require_target, write_similarity


def similar(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...",
            help="Archives and projects' folders, or a folder that holds many. A folder with a pyproject.toml, a "
            "requirements file or Python files is one submission.",
        ),
    ],
    target: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="What to write: a page with the passages side by side (.html), or data (.json). Default: a table on "
            "the terminal.",
        ),
    ] = None,
    challenge: Annotated[
        str | None,
        typer.Option(
            "--challenge",
            metavar="SLUG",
            help="The challenge whose starter everybody was given: its code is no match. Default: those that the "
            "submissions name under \\[tool.grader].",
        ),
    ] = None,
    ignore: Annotated[
        list[Path] | None,
        typer.Option(
            "--ignore",
            metavar="PATH",
            help="More code that everybody was given: a Python file, a folder or an archive. May be repeated.",
        ),
    ] = None,
    at_least: Annotated[
        float,
        typer.Option(
            "--at-least",
            min=1,
            max=100,
            metavar="PERCENT",
            help="List pairs of which this much of the shorter one is found in the other.",
        ),
    ] = AT_LEAST,
    blind: Annotated[
        bool,
        typer.Option(
            "--blind",
            help="Replace names by the pseudonyms of grader compare --blind, and leave out paths, comments and "
            "docstrings. The salt is kept in compare.salt beside FILE.",
        ),
    ] = False,
    salt: Annotated[
        str | None,
        typer.Option(
            "--salt", metavar="TEXT", help="The salt of --blind. The same salt gives the same submission the same name."
        ),
    ] = None,
) -> None:
    """Find pairs of submissions whose code looks alike, with the passages side by side.

    Names, values, comments, layout and the order of functions do not matter; what the challenge's starter gave, or most
    of the cohort have, does not count. Nothing is run. Advice for people, and never part of a score: look yourselves.

    Exit codes: 0 compared, whatever was found · 2 wrong usage, such as fewer than two submissions that can be read.
    """
    with boundary(), interruptible():
        if target:
            require_target(target)
        settings = Settings()
        entries = find_entries(paths)
        made_with = salt_of(target, salt, blind=blind)
        cohort = read_cohort(tracked(entries, "reading submissions", err), settings)
        nobodys = nobodys_code(cohort.codes, challenge, ignore or [], settings)
        similarity = compare_code(cohort, nobodys, at_least, made_with)
        if target:
            write_similarity(similarity, target)
        _print(similarity, target)


def _print(similarity: Similarity, target: Path | None) -> None:
    if target is None:
        out.print(Overview(similarity))
        return
    for line in others(similarity):
        err.print(line)
    out.print(Text(headline(similarity), "bold"))
    out.print(f"\nsimilarity: {target}", markup=False)
