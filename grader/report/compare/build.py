"""From a cohort to a `Comparison`: who is called what, ranks, checks, distribution. Blindness is decided here."""

import os
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from grader import __version__
from grader.challenge.score import Score
from grader.report.compare.cautions import Named, cautions
from grader.report.compare.checks import compared_checks
from grader.report.compare.cohort import Submitted, by_submission, require_one_challenge
from grader.report.compare.model import (
    Bin,
    Candidate,
    ChallengeCompared,
    Comparison,
    Distribution,
    Origin,
    Unscored,
)
from grader.report.compare.names import plain_names, pseudonyms
from grader.report.compare.read import Reading
from grader.report.compare.reasons import reason
from grader.report.model import Status
from grader.verdicts import Verdict

_BIN = 10


def compare(readings: Sequence[Reading], folder: Path, salt: bytes | None = None) -> Comparison:
    """Put reports side by side.

    Args:
        readings: reports of one challenge.
        folder: where the comparison will stand; addresses are relative to it.
        salt: makes it blind: names become pseudonyms, and whatever else identifies is left out.

    Raises:
        UsageError: the reports are of different challenges.
    """
    require_one_challenge(readings)
    cohort = by_submission(readings)
    names = plain_names(cohort) if salt is None else pseudonyms(cohort, salt)
    # By name, so that equal scores stand in an order that says nothing, and a blind one follows no hidden order.
    named = sorted(zip(names, cohort, strict=True), key=lambda pair: pair[0])
    kept = folder if salt is None else None
    candidates = _ranked(named, kept)
    return Comparison(
        grader_version=__version__,
        created_at=datetime.now(UTC),
        blind=salt is not None,
        challenge=_challenge(cohort),
        candidates=candidates,
        unscored=[_unscored(name, one, kept) for name, one in named if not one.scored],
        checks=compared_checks([one.counts.entry for _, one in named if one.scored]),
        distribution=_distribution([one.score for one in candidates if one.rank]),
        warnings=cautions(named, blind=salt is not None),
    )


def _challenge(cohort: Sequence[Submitted]) -> ChallengeCompared | None:
    known = [one.counts.entry.challenge for one in cohort if one.counts.entry.challenge]
    if not known:
        return None
    versions = sorted({challenge.version for challenge in known})
    return ChallengeCompared(slug=known[0].slug, title=known[0].title, versions=versions)


def _ranked(named: Sequence[Named], folder: Path | None) -> list[Candidate]:
    scored = [(name, one, one.counts.entry.score) for name, one in named if one.counts.entry.score]
    parts = {frozenset(one.counts.entry.only) for _, one, _ in scored}
    whole = [score.total for _, one, score in scored if len(parts) == 1 or not one.counts.entry.only]
    often = Counter(whole)
    candidates = []
    for name, one, score in scored:
        ranked = len(parts) == 1 or not one.counts.entry.only
        rank = 1 + sum(total > score.total for total in whole) if ranked else None
        candidates.append(_candidate(name, one, score, rank, tied=ranked and often[score.total] > 1, folder=folder))
    return sorted(candidates, key=lambda one: (one.rank is None, -one.score))


def _candidate(
    name: str, submitted: Submitted, score: Score, rank: int | None, *, tied: bool, folder: Path | None
) -> Candidate:
    entry = submitted.counts.entry
    tally = Counter(check.verdict for check in entry.checks)
    return Candidate(
        name=name,
        rank=rank,
        tied=tied,
        score=score.total,
        level=score.level,
        categories={category: part.score for category, part in score.categories.items()},
        passed=tally[Verdict.PASSED],
        failed=tally[Verdict.FAILED],
        blocked=tally[Verdict.BLOCKED],
        inconclusive=tally[Verdict.INCONCLUSIVE],
        verdicts={check.id: check.verdict for check in entry.checks},
        challenge_version=entry.challenge.version if entry.challenge else "",
        isolation=entry.environment.isolation,
        origin=_origin(submitted, folder),
    )


def _unscored(name: str, submitted: Submitted, folder: Path | None) -> Unscored:
    entry = submitted.counts.entry
    kind, told = reason(entry, blind=folder is None)
    # A report without a score that calls itself graded contradicts itself, and is not read.
    return Unscored(
        name=name,
        status=entry.status if entry.status is not Status.GRADED else Status.INFRASTRUCTURE_ERROR,
        kind=kind,
        reason=told,
        origin=_origin(submitted, folder),
    )


def _origin(submitted: Submitted, folder: Path | None) -> Origin | None:
    if folder is None:
        return None
    entry, file = submitted.counts.entry, submitted.counts.file
    page = file.with_suffix(".html")
    return Origin(
        submission_hash=entry.submission.hash,
        seed=entry.seed,
        graded_at=entry.created_at,
        report=os.path.relpath(file, folder),
        page=_address(page, folder) if page.is_file() else None,
        also=submitted.names[1:],
    )


def _address(file: Path, folder: Path) -> str:
    """A relative address; the point before it keeps a folder's name from being read as a scheme."""
    return "./" + quote(os.fsencode(os.path.relpath(file, folder)))


def _distribution(scores: Sequence[float]) -> Distribution | None:
    if not scores:
        return None
    return Distribution(
        lowest=min(scores),
        median=round(statistics.median(scores), 2),
        highest=max(scores),
        bins=list(_bins(scores)),
    )


def _bins(scores: Sequence[float]) -> Iterator[Bin]:
    last = 100 // _BIN - 1
    filled = Counter(min(int(score // _BIN), last) for score in scores)
    for number in range(last + 1):
        yield Bin(low=number * _BIN, high=(number + 1) * _BIN, candidates=filled[number])
