"""What people read of a batch: a table of all submissions, and a comparison of each challenge."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from grader.batch.outcome import Outcome
from grader.report.compare.build import compare
from grader.report.compare.read import read_report
from grader.report.compare.write import write_comparison
from grader.report.csv_text import csv_table
from grader.report.write import DATA, write_text

TABLE: Final = "summary.csv"
_COLUMNS: Final = (
    "name", "source", "challenge", "status", "score", "level", "failed", "inconclusive", "seconds", "problem", "report",
)  # fmt: skip
Cell = str | float | None


def write_summary(folder: Path, outcomes: Sequence[Outcome]) -> list[Path]:
    """Write `summary.csv`, and `compare.html`: or, of several challenges, `compare-<slug>.html` of each.

    Args:
        folder: the batch's.
        outcomes: in the order of the submissions.

    Returns:
        What was written.

    Raises:
        UsageError: it cannot be written.
    """
    table = folder / TABLE
    write_text(csv_table([_COLUMNS, *map(_row, outcomes)]), table)
    return [table, *_comparisons(folder, outcomes)]


def _row(outcome: Outcome) -> tuple[Cell, ...]:
    return (
        outcome.name,
        outcome.source,
        outcome.challenge,
        outcome.status.value,
        outcome.score,
        outcome.level,
        outcome.failed,
        outcome.inconclusive,
        round(outcome.seconds, 1),
        outcome.problem or None,
        f"{outcome.name}/{DATA}",
    )


def _comparisons(folder: Path, outcomes: Iterable[Outcome]) -> Iterator[Path]:
    by_challenge: defaultdict[str, list[Path]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.challenge:
            by_challenge[outcome.challenge].append(folder / outcome.name / DATA)
    for challenge, files in sorted(by_challenge.items()):
        target = folder / ("compare.html" if len(by_challenge) == 1 else f"compare-{Path(challenge).name}.html")
        write_comparison(compare([read_report(file) for file in files], folder), target)
        yield target
