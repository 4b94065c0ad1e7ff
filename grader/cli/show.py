"""`grader show`."""

import difflib
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from grader.cli.console import boundary, err, out
from grader.errors import UsageError
from grader.report.consistency import inconsistencies
from grader.report.load import load_report
from grader.report.model import CheckReport, Report
from grader.report.terminal import summary
from grader.report.terminal_check import check_in_full
from grader.text import visible

ReportPath = Annotated[
    Path, typer.Argument(metavar="REPORT", help="A report.json, or the folder that a run wrote it to.")
]
_SHOWN_WARNINGS = 5
_SHOWN_IDS = 10


def show(
    report: ReportPath,
    check: Annotated[
        str | None, typer.Option("--check", metavar="CHECK_ID", help="Show this check in full, with all its evidence.")
    ] = None,
) -> None:
    """Show a report on the terminal, as the run that wrote it did.

    Exit codes: 0 shown, whatever the report says · 2 wrong usage, or a report that cannot be read.
    """
    with boundary():
        read = opened(report)
        out.print(check_in_full(read, _find(read, check)) if check else summary(read))


def opened(path: Path) -> Report:
    """Load a report, and say on stderr where it contradicts itself.

    Raises:
        UsageError: it cannot be read.
    """
    report = load_report(path)
    found = inconsistencies(report)
    for line in found[:_SHOWN_WARNINGS]:
        _warn(f"{path} does not add up, it may have been edited: {line}")
    if (more := len(found) - _SHOWN_WARNINGS) > 0:
        _warn(f"and {more} more like that")
    return report


def _warn(text: str) -> None:
    err.print(Text.assemble(("warning: ", "bold yellow"), visible(text, limit=600)))


def _find(report: Report, name: str) -> CheckReport:
    found = next((one for one in report.checks if one.id == name), None)
    if found is None:
        ids = [one.id for one in report.checks]
        near = difflib.get_close_matches(name, ids, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else f"it has {_few(ids)}"
        raise UsageError(f"the report has no check {name!r}", hint=hint)
    return found


def _few(ids: list[str]) -> str:
    more = f" and {len(ids) - _SHOWN_IDS} more" if len(ids) > _SHOWN_IDS else ""
    return f"{', '.join(ids[:_SHOWN_IDS])}{more}" if ids else "no checks"
