"""`grader render`."""

from pathlib import Path
from typing import Annotated

import typer

from grader.cli.console import boundary
from grader.cli.show import ReportPath, opened
from grader.report.formats import RENDERERS, Format
from grader.report.write import write_text


def render(
    report: ReportPath,
    form: Annotated[
        Format,
        typer.Option(
            "--format",
            help="md: for the summary of a GitHub job or a comment. junit: JUnit XML. ctrf: Common Test Report Format. "
            "html: the page that a run writes.",
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to this file. Default: stdout.")
    ] = None,
) -> None:
    """Turn a report into another format.

    For example: grader render grader-reports/jane --format md >> "$GITHUB_STEP_SUMMARY"

    Exit codes: 0 written, whatever the report says · 2 wrong usage, or a report that cannot be read.
    """
    with boundary():
        text = RENDERERS[form](opened(report))
        if output:
            write_text(text, output)
        else:
            # Each format says by itself that it is UTF-8, whatever the terminal's encoding.
            typer.echo(text.encode(), nl=False)
