"""A comparison as plain data for its page: ordered, in words, bounded, and with hidden characters shown."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from grader.report.compare.histogram import Histogram, histogram
from grader.report.compare.model import Candidate, Caution, CheckCompared, Comparison, Origin, Unscored
from grader.report.html.ink import plain
from grader.report.html.words import MARKS, counted, label, percent
from grader.report.model import Status
from grader.verdicts import Level, Verdict

_NAME = 80
_SHOWN_NAMES = 12
_SHOWN_GROUPS = 40
_LEVELS = {level: number for number, level in enumerate(Level, 1)}
_CLASSES = {Verdict.PASSED: "", Verdict.FAILED: "f", Verdict.BLOCKED: "b", Verdict.INCONCLUSIVE: "q"}
_NOT_RUN = ("n", "·")


@dataclass(frozen=True)
class Cell:
    """What a cell says, and the number that it is sorted by; None goes last."""

    text: str
    order: float | None


@dataclass(frozen=True)
class RowView:
    """A candidate in the table and in the matrix."""

    name: str
    page: str
    """Address of the report; empty where there is none."""
    notes: list[str]
    rank: Cell
    score: Cell
    level: Cell
    categories: list[Cell]
    passed: Cell
    marks: list[tuple[str, str]]
    """For each check its class and its mark."""


@dataclass(frozen=True)
class UnscoredView:
    """A submission without a score."""

    name: str
    page: str
    ended: str
    kind: str
    reason: str


@dataclass(frozen=True)
class CheckRow:
    """A check over all candidates."""

    number: int
    id: str
    title: str
    category: str
    level: Cell
    passed: str
    share: Cell
    bar: float


@dataclass(frozen=True)
class CautionView:
    """A warning, and whom it is about."""

    message: str
    groups: list[tuple[str, str, str]]
    """Value, how many, and who."""
    more: int


@dataclass(frozen=True)
class ComparisonView:
    """Everything that the templates get."""

    title: str
    under: str
    blind: bool
    paragraph: str
    cautions: list[CautionView]
    categories: list[str]
    rows: list[RowView]
    unscored: list[UnscoredView]
    histogram: Histogram | None
    checks: list[CheckRow]
    spans: list[tuple[str, int]]
    """Category → how many columns of the matrix in a row are of it."""
    nobody: list[CheckRow]
    everybody: list[CheckRow]

    @property
    def sections(self) -> list[tuple[str, str]]:
        """Anchor and name of the sections that there are."""
        there = (
            ("summary", "Summary", True),
            ("cautions", "Before you compare", self.cautions),
            ("candidates", "Candidates", self.rows),
            ("unscored", "Without a score", self.unscored),
            ("distribution", "Distribution", self.histogram),
            ("checks", "Checks", self.checks),
            ("matrix", "Matrix", self.checks),
        )
        return [(anchor, name) for anchor, name, shown in there if shown]


def comparison_view(comparison: Comparison) -> ComparisonView:
    """Choose, order and bound what is shown of a comparison."""
    categories = list(dict.fromkeys(name for one in comparison.candidates for name in one.categories))
    checks = [_check(number, check) for number, check in enumerate(comparison.checks, 1)]
    challenge = comparison.challenge
    return ComparisonView(
        title=plain(challenge.title, 120) if challenge else "Submissions",
        under=" · ".join(_under(comparison)),
        blind=comparison.blind,
        paragraph=_paragraph(comparison),
        cautions=[_caution(one) for one in comparison.warnings],
        categories=[label(plain(name, 60)) for name in categories],
        rows=[_row(one, categories, comparison.checks) for one in comparison.candidates],
        unscored=[_unscored(one) for one in comparison.unscored],
        histogram=histogram(comparison.distribution) if comparison.distribution else None,
        checks=checks,
        spans=[(name, len(list(group))) for name, group in groupby(check.category for check in checks)],
        nobody=[row for row, check in zip(checks, comparison.checks, strict=True) if check.share == 0],
        everybody=[row for row, check in zip(checks, comparison.checks, strict=True) if check.share == 1],
    )


def _under(comparison: Comparison) -> Iterator[str]:
    if comparison.challenge:
        versions = ", ".join(plain(version, 40) for version in comparison.challenge.versions[:10])
        yield f"{plain(comparison.challenge.slug, 80)} {versions}"
    yield f"{comparison.created_at:%Y-%m-%d %H:%M} UTC"


def _paragraph(comparison: Comparison) -> str:
    whole = len(comparison.candidates) + len(comparison.unscored)
    said = [f"{counted(whole, 'submission')}, {len(comparison.candidates)} with a score."]
    if (spread := comparison.distribution) is not None:
        said.append(f"Scores go from {spread.lowest:g} to {spread.highest:g}; the median is {spread.median:g}.")
    if comparison.unscored:
        said.append(f"Apart, without a score: {len(comparison.unscored)}. No score is not a score of zero.")
    return " ".join(said)


def _caution(caution: Caution) -> CautionView:
    groups = [
        (plain(group.value, 300), counted(len(group.candidates), "submission"), _names(group.candidates))
        for group in caution.groups[:_SHOWN_GROUPS]
    ]
    return CautionView(caution.message, groups, len(caution.groups) - len(groups))


def _names(names: list[str]) -> str:
    more = len(names) - _SHOWN_NAMES
    shown = ", ".join(plain(name, _NAME) for name in names[:_SHOWN_NAMES])
    return f"{shown} and {more} more" if more > 0 else shown


def _row(candidate: Candidate, categories: list[str], checks: list[CheckCompared]) -> RowView:
    decided = candidate.passed + candidate.failed + candidate.blocked
    return RowView(
        name=plain(candidate.name, _NAME),
        page=_page(candidate.origin),
        notes=list(_notes(candidate)),
        rank=Cell(f"{candidate.rank}{' =' if candidate.tied else ''}" if candidate.rank else "–", candidate.rank),
        score=Cell(f"{candidate.score:.1f}", candidate.score),
        level=Cell(candidate.level or "none", _LEVELS[candidate.level] if candidate.level else 0),
        categories=[_part(candidate.categories.get(name)) for name in categories],
        passed=Cell(f"{candidate.passed} of {decided}", candidate.passed),
        marks=[_mark(candidate.verdicts.get(check.id)) for check in checks],
    )


def _notes(candidate: Candidate) -> Iterator[str]:
    if candidate.rank is None:
        yield "some checks only"
    if candidate.inconclusive:
        yield f"{candidate.inconclusive} undecided"
    if candidate.origin and candidate.origin.also:
        yield f"also handed in as {_names(candidate.origin.also)}"


def _part(score: float | None) -> Cell:
    return Cell("–" if score is None else f"{score:.1f}", score)


def _mark(verdict: Verdict | None) -> tuple[str, str]:
    return _NOT_RUN if verdict is None else (_CLASSES.get(verdict, "f"), MARKS[verdict])


def _page(origin: Origin | None) -> str:
    return (origin.page or "") if origin else ""


def _unscored(one: Unscored) -> UnscoredView:
    ended = "Rejected" if one.status is Status.REJECTED else "No verdict"
    return UnscoredView(plain(one.name, _NAME), _page(one.origin), ended, plain(one.kind, 60), plain(one.reason, 500))


def _check(number: int, check: CheckCompared) -> CheckRow:
    decided = check.passed + check.failed + check.blocked
    return CheckRow(
        number=number,
        id=plain(check.id, 120),
        title=plain(check.title, 300),
        category=label(plain(check.category, 60)),
        level=Cell(check.level.value, _LEVELS[check.level]),
        passed=f"{check.passed} of {decided}",
        share=Cell("–" if check.share is None else percent(check.share), check.share),
        bar=round(100 * (check.share or 0), 1),
    )
