"""From what was named to a `Similarity`: who is read, what counts for nothing, which pairs are listed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from grader import __version__
from grader.batch.entries import Entry
from grader.errors import GraderError, SubmissionRejected, UsageError
from grader.report.compare.names import pseudonym_words
from grader.report.compare.reasons import blind_reason
from grader.settings import Settings
from grader.similar.common import Nobodys
from grader.similar.excerpts import Excerpts, left_over
from grader.similar.model import Compared, Pair, Rejected, Similarity, Unread
from grader.similar.pairs import Shared, shared
from grader.similar.passages import matches
from grader.similar.prints import Row, drop_common, most_have, row_of
from grader.similar.read import Code, read_code
from grader.text import visible

AT_LEAST: Final = 30
"""Per cent; docs/similar.md says where it lies between honest pairs and copies."""
_MOST_PAIRS: Final = 100


@dataclass(frozen=True, slots=True)
class Refusal:
    """A submission that cannot be read, and why."""

    name: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Cohort:
    """What was handed in, as far as it can be read; both by name."""

    codes: tuple[Code, ...]
    refusals: tuple[Refusal, ...]


def read_cohort(entries: Iterable[Entry], settings: Settings) -> Cohort:
    """Read every submission, one after the other; one that cannot be read costs the others nothing.

    Raises:
        UsageError: fewer than two can be read.
        InfrastructureError: this machine cannot read or write.
    """
    codes, refusals = [], []
    for entry in entries:
        try:
            codes.append(read_code(entry.source, entry.name, settings))
        except (SubmissionRejected, UsageError) as error:
            refusals.append(_refusal(entry, error))
    if len(codes) < 2:  # noqa: PLR2004  # a pair
        raise UsageError(_too_few(codes, refusals), hint="name at least two submissions that can be read")
    return Cohort(tuple(sorted(codes, key=_name)), tuple(sorted(refusals, key=_name)))


def _name(one: Code | Refusal) -> str:
    return one.name


def _refusal(entry: Entry, error: GraderError) -> Refusal:
    place = f"{visible(entry.source.name, limit=120)}: "  # intake says it first, and the name stands there anyway
    reason = error.message.removeprefix(place)
    return Refusal(entry.name, type(error).__name__, reason)


def compare_code(cohort: Cohort, nobodys: Nobodys, at_least: float = AT_LEAST, salt: bytes | None = None) -> Similarity:
    """Hold all submissions of a cohort against each other.

    Args:
        cohort: at least two.
        nobodys: code that counts for nothing.
        at_least: which pairs are listed: per cent of the shorter one that is found in the other.
        salt: makes it blind: names become pseudonyms, and paths, comments and docstrings are left out.
    """
    rows = [row_of(code, nobodys.runs) for code in cohort.codes]
    common = drop_common(rows)
    similar = shared(rows, at_least / 100)
    excerpts = Excerpts(blind=salt is not None)
    names = _names(cohort, salt)
    pairs = [_pair(each, names, excerpts) for each in similar[:_MOST_PAIRS]]
    return Similarity(
        grader_version=__version__,
        created_at=datetime.now(UTC),
        blind=salt is not None,
        at_least=at_least,
        ignored=list(nobodys.words),
        common_above=most_have(len(rows)),
        common=common,
        submissions=sorted((_compared(row, names, excerpts) for row in rows), key=lambda one: one.name),
        rejected=sorted(
            (_rejected(one, names, blind=salt is not None) for one in cohort.refusals), key=lambda one: one.name
        ),
        pairs=sorted(pairs, key=lambda pair: (-pair.share, -pair.longest, pair.left, pair.right)),
        more=max(0, len(similar) - _MOST_PAIRS),
    )


def _names(cohort: Cohort, salt: bytes | None) -> dict[str, str]:
    """What each is called, by the name that it was handed in under."""
    own = {code.name: code.digest for code in cohort.codes} | {
        one.name: f"rejected {one.name}" for one in cohort.refusals
    }
    if salt is None:
        return {name: name for name in own}
    words = pseudonym_words([digest.encode("utf-8", "backslashreplace") for digest in own.values()], salt)
    often: dict[str, int] = {}
    called = {}
    for name, word in zip(own, words, strict=True):  # the same files twice have one pseudonym
        often[word] = often.get(word, 0) + 1
        called[name] = word if often[word] == 1 else f"{word} ({often[word]})"
    return called


def _pair(pair: Shared, names: dict[str, str], excerpts: Excerpts) -> Pair:
    if names[pair.right.code.name] < names[pair.left.code.name]:
        pair = Shared(pair.right, pair.left, pair.prints)
    found = matches(pair.left, pair.right)
    return Pair(
        left=names[pair.left.code.name],
        right=names[pair.right.code.name],
        share=_percent(pair.share),
        of_left=_percent(pair.of_left),
        of_right=_percent(pair.of_right),
        longest=found[0].tokens if found else 0,
        identical=pair.left.code.digest == pair.right.code.digest,
        passages=excerpts.of(pair.left, pair.right, found),
        more=left_over(found),
    )


def _percent(share: float) -> float:
    return round(100 * share, 1)


def _compared(row: Row, names: dict[str, str], excerpts: Excerpts) -> Compared:
    return Compared(
        name=names[row.code.name],
        files=len(row.code.files),
        tokens=sum(len(file.tokens.symbols) for file in row.code.files),
        own=row.own,
        comparable=row.comparable,
        unread=[Unread(path=excerpts.path(row, path), reason=reason) for path, reason in row.code.unread],
    )


def _rejected(refusal: Refusal, names: dict[str, str], *, blind: bool) -> Rejected:
    reason = blind_reason(refusal.kind) if blind else refusal.reason
    return Rejected(name=names[refusal.name], kind=refusal.kind, reason=reason)


def _too_few(codes: Sequence[Code], refusals: Sequence[Refusal]) -> str:
    why = f"; {refusals[0].name}: {refusals[0].reason}" if refusals else ""
    return f"{len(codes)} of {len(codes) + len(refusals)} submissions can be read, and it takes two{why}"
