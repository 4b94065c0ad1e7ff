"""`grader github`: the part of the action that is no YAML."""

import os
from pathlib import Path
from typing import Annotated

import typer

from grader.cli.console import boundary
from grader.errors import UsageError
from grader.github.annotations import annotations
from grader.github.cohort import table
from grader.github.files import add_summary, set_outputs
from grader.report.load import load_report
from grader.report.markdown import render
from grader.report.model import Report


def github(
    reports: Annotated[list[Path], typer.Argument(metavar="REPORT...", help="report.json files, or their folders.")],
) -> None:
    """Show a report in the job of GitHub Actions that this runs in; of several, a table of their scores.

    Adds the report to the job's summary, prints an annotation for each failed public check, and sets the step's outputs
    `status`, `score`, `level` and `report`. Several reports are a table in the summary, and no more. In workflows,
    action.yml calls this; see docs/ci.md.

    Exit codes: 0 shown, whatever the report says · 2 wrong usage, or not within GitHub Actions.
    """
    with boundary():
        loaded = [load_report(path) for path in reports]
        if len(loaded) == 1:
            _show(loaded[0], reports[0])
        else:
            add_summary(table(loaded), _file("GITHUB_STEP_SUMMARY"))


def _show(report: Report, path: Path) -> None:
    summary, outputs = _file("GITHUB_STEP_SUMMARY"), _file("GITHUB_OUTPUT")
    add_summary(render(report), summary)
    set_outputs({**_outputs(report), "report": str(path)}, outputs)
    for line in annotations(report):
        typer.echo(line.encode("utf-8", "backslashreplace"))


def _file(variable: str) -> Path:
    value = os.environ.get(variable)
    if not value:
        raise UsageError(
            f"{variable} is not set, so this is no step of GitHub Actions",
            hint="elsewhere, use: grader render REPORT --format md",
        )
    return Path(value)


def _outputs(report: Report) -> dict[str, str]:
    score = report.score
    return {
        "status": report.status.value,
        "score": f"{score.total:g}" if score else "",
        "level": score.level.value if score and score.level else "",
    }
