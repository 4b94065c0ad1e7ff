"""A comparison reaches the disk as what its name says, whole or not at all."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from grader.errors import UsageError
from grader.report.compare.model import Comparison
from grader.report.compare.page import render
from grader.report.compare.sheet import sheet
from grader.report.write import json_text, write_text


def comparison_json(comparison: Comparison) -> str:
    """All of it, as docs/comparison.schema.json says."""
    return json_text(comparison.model_dump(mode="json"))


_RENDERINGS: Final[dict[str, Callable[[Comparison], str]]] = {".html": render, ".csv": sheet, ".json": comparison_json}


def require_target(target: Path, reports: Iterable[Path]) -> None:
    """See, before anything is made, that this file may be written.

    Raises:
        UsageError: its suffix is none of the three, or it would take the place of a report.
    """
    if target.suffix.lower() not in _RENDERINGS:
        raise UsageError(
            f"-o {target}: the suffix says what is written, and must be one of {', '.join(_RENDERINGS)}",
            hint="such as -o compare.html",
        )
    there = target.absolute().parent.resolve() / target.name
    for report in reports:
        own = report.resolve()
        if there in {own, own.with_suffix(".html")}:
            raise UsageError(f"-o {target}: that would take the place of a report", hint="name another file")


def write_comparison(comparison: Comparison, target: Path) -> None:
    """Write the page, the table or the data, atomically, into a folder that is made where it is missing.

    Args:
        comparison: made for the folder that the target is in.
        target: a file for which `require_target` raised nothing.

    Raises:
        UsageError: it cannot be written there.
    """
    write_text(_RENDERINGS[target.suffix.lower()](comparison), target)
