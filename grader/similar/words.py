"""What page and terminal say alike."""

from typing import Final

from grader.report.html.words import counted
from grader.similar.model import Pair, Similarity

ADVICE: Final = (
    "This is advice on where to look, and no finding. Two submissions can share a tutorial, a template or the habits "
    "of one language model. Read both, and ask both. It is never part of a score."
)


def headline(similarity: Similarity) -> str:
    """What was compared, and how many pairs are listed, in one sentence."""
    pairs = counted(len(similarity.pairs) + similarity.more, "pair")
    return (
        f"{counted(len(similarity.submissions), 'submission')} compared: {pairs} of which at least "
        f"{similarity.at_least:g} % of the shorter one is found in the other"
    )


def share(value: float) -> str:
    """A share in per cent; what is not all is not called 100 %."""
    return f"{min(round(value), 99) if value < 100 else 100} %"  # noqa: PLR2004  # per cent


def notes(similarity: Similarity) -> list[str]:
    """What a reader has to know of how it was compared, a sentence each."""
    further = counted(similarity.more, "further pair")
    return [
        _given(similarity),
        _common(similarity),
        *([f"{further} not shown: raise --at-least."] if similarity.more else []),
    ]


def _given(similarity: Similarity) -> str:
    if similarity.ignored:
        return f"Left out as nobody's own: {', '.join(similarity.ignored)}."
    return "No challenge is known, so the starter's own code was compared as well: name it with --challenge."


def _common(similarity: Similarity) -> str:
    most = f"more than {counted(similarity.common_above, 'submission')}"
    if similarity.common:
        return f"Left out as everybody's: {counted(similarity.common, 'fingerprint')} that {most} have."
    return f"Nothing was left out as everybody's: {most} would have to have it."


def remark(pair: Pair) -> str:
    """What is to be said of a pair besides its figures."""
    return "the same files, to the byte" if pair.identical else ""
