"""`grader rescore`."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from grader.challenge.pack import load_pack
from grader.challenge.rescore import Rescored, rescore
from grader.challenge.score import Part, Score
from grader.cli.console import boundary, err, out
from grader.cli.show import opened
from grader.errors import UsageError
from grader.report.html.page import render
from grader.report.load import REPORT
from grader.report.model import Report
from grader.report.write import write_json, write_text
from grader.text import visible


def rescore_reports(
    reports: Annotated[list[Path], typer.Argument(metavar="REPORT...", help="report.json files, or their folders.")],
    challenge: Annotated[
        str | None,
        typer.Option(
            "--challenge", metavar="SLUG", help="A slug or a pack's folder. Default: the slug that each report names."
        ),
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Write the reports anew, with a note of what was changed.")
    ] = False,
) -> None:
    """Work scores out anew after a challenge's weights, levels or questions have changed. Nothing is run.

    The recorded verdicts are scored under the rubric as it is now, and a table shows before and after. A report without
    a score is passed over, with a line that says so.

    Exit codes: 0 worked out · 2 wrong usage, a report that cannot be read, or none that has a score.
    """
    with boundary():
        found = [(path, opened(path)) for path in reports]
        done = dict(_rescored(found, challenge))
        if not done:
            raise UsageError("none of the reports can be scored anew", hint="the lines above say why")
        out.print(_table(done))
        if write:
            for path, one in done.items():
                _write(one.report, path / REPORT if path.is_dir() else path)


def _rescored(found: list[tuple[Path, Report]], challenge: str | None) -> Iterator[tuple[Path, Rescored]]:
    packs = cache(load_pack)
    for path, report in found:
        try:
            one = rescore(report, packs(challenge or _slug(report)), datetime.now(UTC))
        except UsageError as error:
            _note(path, error.message)
            continue
        for line in one.notes:
            _note(path, line)
        yield path, one


def _slug(report: Report) -> str:
    if report.challenge is None:
        raise UsageError(f"it names no challenge ({str(report.status).replace('_', ' ')})")
    return report.challenge.slug


def _note(path: Path, text: str) -> None:
    err.print(Text.assemble(("note: ", "yellow"), visible(f"{path}: {text}")))


def _table(done: dict[Path, Rescored]) -> Table:
    table = Table(box=None, padding=(0, 3, 0, 0), header_style="dim")
    for column in ("", "before", "after", "change", "level"):
        table.add_column(column, justify="right" if column in {"before", "after", "change"} else "left")
    for one in done.values():
        _rows(table, one)
    return table


def _rows(table: Table, one: Rescored) -> None:
    before, after = one.before, one.after
    levels = " → ".join(dict.fromkeys((_level(before), _level(after))))
    name = Text(visible(one.report.submission.name), "bold")
    table.add_row(name, f"{before.total:g}", f"{after.total:g}", f"{after.total - before.total:+.1f}", levels)
    for category in dict.fromkeys((*before.categories, *after.categories)):
        then, now = before.categories.get(category), after.categories.get(category)
        if then != now:
            table.add_row(Text(f"  {visible(category)}", "dim"), _part(then), _part(now), "", "")


def _part(part: Part | None) -> str:
    if part is None:
        return "–"
    return f"{'–' if part.score is None else f'{part.score:g}'} of weight {part.weight:g}"


def _level(score: Score) -> str:
    return score.level.value if score.level else "none"


def _write(report: Report, file: Path) -> None:
    write_json(report.model_dump(mode="json"), file)
    write_text(render(report), file.with_suffix(".html"))
    out.print(f"wrote {file}", markup=False, soft_wrap=True)
