"""A similarity as plain data for its page: in words, bounded, and with hidden characters shown."""

from dataclasses import dataclass

from grader.report.html.ink import Ink, plain
from grader.report.html.words import counted
from grader.similar.model import Compared, Pair, Passage, Side, Similarity
from grader.similar.words import ADVICE, headline, notes, remark, share

_NAME = 80
_ROOM = 3_000_000
"""Bytes of the page for passages; the least similar pairs go without."""
_MARKUP = 60
_WIDTH = 240


@dataclass(frozen=True)
class LineView:
    """One line of a file."""

    number: int
    text: str
    marked: bool


@dataclass(frozen=True)
class SideView:
    """A passage in one of the two."""

    name: str
    place: str
    lines: list[LineView]
    more: str


@dataclass(frozen=True)
class PassageView:
    """The same tokens in both."""

    title: str
    sides: list[SideView]


@dataclass(frozen=True)
class PairView:
    """Two submissions."""

    number: int
    left: str
    right: str
    share: str
    bar: float
    longest: str
    sentence: str
    remark: str
    passages: list[PassageView]
    more: str


@dataclass(frozen=True)
class OtherView:
    """A submission that was not compared, or not wholly."""

    name: str
    what: str
    why: str


@dataclass(frozen=True)
class SimilarityView:
    """Everything that the templates get."""

    blind: bool
    created: str
    headline: str
    advice: str
    notes: list[str]
    pairs: list[PairView]
    others: list[OtherView]

    @property
    def sections(self) -> list[tuple[str, str]]:
        """Anchor and name of the sections that there are."""
        found = [("summary", "Summary", True), ("pairs", "Pairs", bool(self.pairs))]
        found += [("others", "Not compared", bool(self.others)), ("how", "How it was compared", True)]
        return [(anchor, name) for anchor, name, there in found if there]


def similarity_view(similarity: Similarity) -> SimilarityView:
    """Choose and bound what is shown."""
    ink = Ink(_ROOM)
    return SimilarityView(
        blind=similarity.blind,
        created=f"{similarity.created_at:%Y-%m-%d %H:%M} {similarity.created_at.tzname() or ''}".strip(),
        headline=f"{headline(similarity)}.",
        advice=ADVICE,
        notes=[plain(note, 600) for note in notes(similarity)],
        pairs=[_pair(number, pair, ink) for number, pair in enumerate(similarity.pairs, 1)],
        others=_others(similarity),
    )


def _pair(number: int, pair: Pair, ink: Ink) -> PairView:
    left, right = plain(pair.left, _NAME), plain(pair.right, _NAME)
    passages = [] if ink.dry else [_passage(order, one, pair, ink) for order, one in enumerate(pair.passages, 1)]
    hidden = pair.more + len(pair.passages) - len(passages)
    return PairView(
        number=number,
        left=left,
        right=right,
        share=share(pair.share),
        bar=pair.share,
        longest=counted(pair.longest, "token"),
        sentence=f"{share(pair.of_left)} of {left} is found in {right}, {share(pair.of_right)} the other way round.",
        remark=remark(pair),
        passages=passages,
        more=f"{counted(hidden, 'further passage')} not shown." if hidden else "",
    )


def _passage(number: int, passage: Passage, pair: Pair, ink: Ink) -> PassageView:
    sides = [_side(pair.left, passage.left, ink), _side(pair.right, passage.right, ink)]
    return PassageView(f"Passage {number}: {counted(passage.tokens, 'token')}", sides)


def _side(name: str, side: Side, ink: Ink) -> SideView:
    lines = []
    for number, text in enumerate(side.text, side.begin):
        ink.spend(_MARKUP)
        lines.append(LineView(number, ink.line(text.expandtabs(4), _WIDTH), side.first <= number <= side.last))
    place = f"{plain(side.path, 200)}, lines {side.first} to {side.last}"
    return SideView(plain(name, _NAME), place, lines, f"and {counted(side.more, 'more line')}" if side.more else "")


def _others(similarity: Similarity) -> list[OtherView]:
    refused = [
        OtherView(plain(one.name, _NAME), "not read", f"{plain(one.reason)} ({plain(one.kind, 80)})")
        for one in similarity.rejected
    ]
    return refused + [view for one in similarity.submissions for view in _of(one)]


def _of(one: Compared) -> list[OtherView]:
    name, views = plain(one.name, _NAME), []
    if not one.comparable:
        why = f"{counted(one.own, 'token')} of its own in {counted(one.files, 'file')}; it is in no pair"
        views.append(OtherView(name, "too little to compare", why))
    if one.unread:
        shown = "; ".join(f"{plain(each.path, 120)}: {plain(each.reason)}" for each in one.unread[:5])
        more = f"; and {len(one.unread) - 5} more" if len(one.unread) > 5 else ""  # noqa: PLR2004  # as above
        views.append(OtherView(name, "not compared wholly", shown + more))
    return views
