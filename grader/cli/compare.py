"""`grader compare`."""

from pathlib import Path
from typing import Annotated

import typer

from grader.cli.blinding import salt_of
from grader.cli.console import boundary, err, out
from grader.report.compare.build import compare as side_by_side
from grader.report.compare.model import Comparison
from grader.report.compare.read import find_reports, read_report
from grader.report.compare.terminal import Overview, headline, warnings
from grader.report.compare.write import require_target, write_comparison


def compare(
    reports: Annotated[
        list[Path],
        typer.Argument(
            metavar="REPORT...",
            help="report.json files, their folders, or a folder that holds many, such as grader-reports/.",
        ),
    ],
    target: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="What to write: a page (.html), a table (.csv) or data (.json). Default: a table on the terminal.",
        ),
    ] = None,
    blind: Annotated[
        bool,
        typer.Option(
            "--blind",
            help="Replace names by pseudonyms, and leave out paths, links, and whatever else identifies. "
            "The salt that they are made with is kept in compare.salt beside FILE.",
        ),
    ] = False,
    salt: Annotated[
        str | None,
        typer.Option(
            "--salt", metavar="TEXT", help="The salt of --blind. The same salt gives the same submission the same name."
        ),
    ] = None,
) -> None:
    """Compare reports of one challenge: ranks, categories, and who passed which check.

    Of several reports of the same files the newest counts. Submissions without a score are listed apart.

    Exit codes: 0 compared · 2 wrong usage, such as a report that cannot be read, or reports of different challenges.
    """
    with boundary():
        files = find_reports(reports)
        if target:
            require_target(target, files)
        made_with = salt_of(target, salt, blind=blind)
        folder = target.absolute().parent if target else Path.cwd()
        comparison = side_by_side([read_report(file) for file in files], folder, made_with)
        if target:
            write_comparison(comparison, target)
        _print(comparison, target)


def _print(comparison: Comparison, target: Path | None) -> None:
    if target is None:
        out.print(Overview(comparison))
        return
    for line in warnings(comparison):
        err.print(line)
    out.print(headline(comparison))
    out.print(f"\ncomparison: {target}", markup=False)
