"""A comparison as CSV: a row for each submission, those without a score last, a column for each check at the end."""

from collections.abc import Iterator, Sequence

from grader.report.compare.model import Candidate, Comparison, Origin, Unscored
from grader.report.csv_text import csv_table

Cell = str | float | None
_BEGINNING = ("rank", "tied", "name", "status", "score", "level")
_COUNTS = ("passed", "failed", "blocked", "inconclusive")
_RUN = ("challenge_version", "isolation", "reason")
_ORIGIN = ("also", "submission_hash", "seed", "graded_at", "report")


def sheet(comparison: Comparison) -> str:
    """The text of the file. No cell of it is a formula; a blind one has no column of what identifies.

    Args:
        comparison: any. Nothing in it is trusted.
    """
    return csv_table(_rows(comparison))


def _rows(comparison: Comparison) -> Iterator[Sequence[Cell]]:
    categories = list(dict.fromkeys(name for one in comparison.candidates for name in one.categories))
    checks = [check.id for check in comparison.checks]
    origin = () if comparison.blind else _ORIGIN
    yield [*_BEGINNING, *categories, *_COUNTS, *_RUN, *origin, *checks]
    for candidate in comparison.candidates:
        yield [
            *_scored(candidate, categories),
            *_from(candidate.origin),
            *(candidate.verdicts.get(id_) for id_ in checks),
        ]
    for one in comparison.unscored:
        yield [*_without(one, len(categories)), *_from(one.origin), *([None] * len(checks))]


def _scored(one: Candidate, categories: Sequence[str]) -> list[Cell]:
    tied = "yes" if one.tied else "no"
    beginning: list[Cell] = [one.rank, tied, one.name, "graded", one.score, one.level]
    counts: list[Cell] = [one.passed, one.failed, one.blocked, one.inconclusive]
    parts = [one.categories.get(name) for name in categories]
    return [*beginning, *parts, *counts, one.challenge_version, one.isolation, None]


def _without(one: Unscored, categories: int) -> list[Cell]:
    # Empty, not 0: there is no score.
    beginning: list[Cell] = [None, None, one.name, one.status.value, None, None]
    return [*beginning, *([None] * (categories + len(_COUNTS) + len(_RUN) - 1)), f"{one.kind}: {one.reason}"]


def _from(origin: Origin | None) -> list[Cell]:
    if origin is None:
        return []
    graded = origin.graded_at.isoformat(timespec="seconds")
    # As text: spreadsheets keep 15 digits of a number.
    return ["; ".join(origin.also), origin.submission_hash, str(origin.seed), graded, origin.report]
