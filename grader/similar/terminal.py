"""A similarity for the terminal. Names are data: control characters are shown, markup is not read."""

from collections.abc import Iterator

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from grader.report.html.words import counted
from grader.similar.model import Pair, Similarity
from grader.similar.words import ADVICE, headline, notes, remark, share
from grader.text import visible

_NAME = 60
_SHOWN_PAIRS = 40
_SHOWN_OTHERS = 20


class Overview:
    """The pairs, who could not be compared and why, and what all this is worth."""

    def __init__(self, similarity: Similarity) -> None:
        self._similarity = similarity

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The parts, one below the other."""
        similarity = self._similarity
        yield Text(headline(similarity), "bold")
        if similarity.pairs:
            yield ""
            yield _table(similarity.pairs[:_SHOWN_PAIRS])
            if len(similarity.pairs) > _SHOWN_PAIRS:
                yield Text(f"and {len(similarity.pairs) - _SHOWN_PAIRS} more in a file: -o similar.html", "dim")
        yield ""
        yield from others(similarity)
        yield from (Text(visible(note, limit=600), "dim") for note in notes(similarity))
        yield Text(ADVICE, "yellow")


def others(similarity: Similarity) -> Iterator[RenderableType]:
    """Who was not compared, or not wholly."""
    lines = [*_others(similarity)]
    for words, name, reason in lines[:_SHOWN_OTHERS]:
        line = Text.assemble((f"{words}: ", "yellow"), visible(name, limit=_NAME))
        yield line.append(f": {visible(reason, limit=300)}")
    if len(lines) > _SHOWN_OTHERS:
        yield Text(f"and {len(lines) - _SHOWN_OTHERS} more of these", "dim")


def _others(similarity: Similarity) -> Iterator[tuple[str, str, str]]:
    for refused in similarity.rejected:
        yield "not read", refused.name, refused.reason
    for one in similarity.submissions:
        if not one.comparable:
            yield (
                "too little to compare",
                one.name,
                f"{counted(one.own, 'token')} of its own in {counted(one.files, 'file')}",
            )
        if one.unread:
            path, reason = one.unread[0].path, one.unread[0].reason
            more = f" (and {len(one.unread) - 1} more)" if len(one.unread) > 1 else ""
            yield "not compared wholly", one.name, f"{visible(path, limit=100)}{more}: {reason}"


def _table(pairs: list[Pair]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("in common", justify="right", no_wrap=True)
    table.add_column("longest passage", justify="right", no_wrap=True)
    table.add_column("of", overflow="fold", min_width=12)
    table.add_column("and", overflow="fold", min_width=12)
    for pair in pairs:
        right = Text(visible(pair.right, limit=_NAME)).append(f" ({remark(pair)})" if remark(pair) else "", "yellow")
        left = Text(visible(pair.left, limit=_NAME))
        table.add_row(Text(share(pair.share), "bold"), f"{pair.longest:,} tokens", left, right)
    return table
