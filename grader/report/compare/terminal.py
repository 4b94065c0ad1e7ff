"""A comparison for the terminal. Names are data: control characters are shown, markup is not read."""

from collections.abc import Iterator

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from grader.report.compare.model import Candidate, Caution, Comparison
from grader.report.html.words import label
from grader.text import visible

_NAME = 60
_LEAST_NAME = 18
_SHOWN_NAMES = 8
_SHOWN_GROUPS = 5
_SHOWN_CHECKS = 20


class Overview:
    """The table, who has no score and why, what nobody and what everybody passed, and the warnings.

    The categories are left out where they do not fit the width.
    """

    def __init__(self, comparison: Comparison) -> None:
        self._comparison = comparison

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The parts, one below the other."""
        comparison = self._comparison
        yield headline(comparison)
        if comparison.candidates:
            yield ""
            yield from _fitting(comparison, console, options)
        if comparison.unscored:
            yield ""
            yield from _unscored(comparison)
        if comparison.checks and len(comparison.candidates) > 1:
            yield ""
            yield from _shares(comparison)
        yield from warnings(comparison)


def _fitting(comparison: Comparison, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
    categories = list(dict.fromkeys(name for one in comparison.candidates for name in one.categories))
    whole = _table(comparison, categories)
    if console.measure(whole, options=options.update(max_width=10_000)).minimum <= options.max_width:
        yield whole
    else:
        yield _table(comparison, [])
        yield Text("the categories need a wider terminal, or a file: -o compare.html", "dim")


def headline(comparison: Comparison) -> Text:
    """One line: what was compared."""
    challenge = comparison.challenge
    which = f"{challenge.slug} {', '.join(challenge.versions)}" if challenge else "no challenge"
    scored, unscored = len(comparison.candidates), len(comparison.unscored)
    line = Text.assemble((visible(which), "bold"), f": {scored} with a score")
    return line.append(f", {unscored} without one" if unscored else "")


def warnings(comparison: Comparison) -> Iterator[Text]:
    """What to know before rows are held against each other."""
    for caution in comparison.warnings:
        yield Text.assemble(("\nwarning: ", "yellow"), caution.message)
        yield from _groups(caution)


def _groups(caution: Caution) -> Iterator[Text]:
    for group in caution.groups[:_SHOWN_GROUPS]:
        yield Text(f"  {visible(group.value, limit=200)}: {_names(group.candidates)}", "dim")
    more = len(caution.groups) - _SHOWN_GROUPS
    if more > 0:
        yield Text(f"  and {more} more", "dim")


def _names(names: list[str]) -> str:
    more = len(names) - _SHOWN_NAMES
    shown = ", ".join(visible(name, limit=_NAME) for name in names[:_SHOWN_NAMES])
    return f"{shown} and {more} more" if more > 0 else shown


def _table(comparison: Comparison, categories: list[str]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("rank", justify="right", no_wrap=True)
    table.add_column("name", overflow="fold", min_width=_LEAST_NAME)
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("level", no_wrap=True)
    for name in categories:
        words = label(visible(name, limit=30)).lower()
        table.add_column(Text("\n".join(words.split())), justify="right", no_wrap=True)
    for candidate in comparison.candidates:
        table.add_row(*_row(candidate, categories))
    return table


def _row(one: Candidate, categories: list[str]) -> list[RenderableType]:
    rank = f"{one.rank}{'=' if one.tied else ' '}" if one.rank else "– "
    name = Text(visible(one.name, limit=_NAME))
    name.append(" some checks only" if one.rank is None else "", "yellow")
    name.append(f" {one.inconclusive} undecided" if one.inconclusive else "", "yellow")
    parts = ["–" if (part := one.categories.get(name)) is None else f"{part:.1f}" for name in categories]
    return [rank, name, Text(f"{one.score:.1f}", "bold"), one.level or "none", *parts]


def _unscored(comparison: Comparison) -> Iterator[Text]:
    yield Text("without a score, which is not a score of zero:", "dim")
    for one in comparison.unscored:
        ended = str(one.status).replace("_", " ")
        said = f"  {visible(one.name, limit=_NAME)}: {ended}: {visible(one.reason, limit=300)}"
        yield Text(said)


def _shares(comparison: Comparison) -> Iterator[Text]:
    for share, words in ((0, "nobody passed"), (1, "everybody passed")):
        names = [check.id for check in comparison.checks if check.share == share]
        more = len(names) - _SHOWN_CHECKS
        shown = ", ".join(visible(name, limit=80) for name in names[:_SHOWN_CHECKS])
        if names:
            yield Text.assemble((f"{words}: ", "dim"), f"{shown} and {more} more" if more > 0 else shown)
