"""A score worked out anew from recorded verdicts, under the rubric as it is now. Nothing is run."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from grader import __version__
from grader.challenge.catalogue import CheckInfo
from grader.challenge.pack import Pack
from grader.challenge.score import Score, score
from grader.errors import UsageError
from grader.report.model import ChallengeFacts, CheckReport, QuestionFacts, Report, Rescoring
from grader.verdicts import CheckResult

_NAMED = 8


@dataclass(frozen=True, slots=True)
class Rescored:
    """What came out.

    Attributes:
        report: the new report.
        before: the score that the old one had.
        after: the score that the new one has.
        notes: what could not be taken over, and what follows from it, one line each.
    """

    report: Report
    before: Score
    after: Score
    notes: tuple[str, ...]


def rescore(report: Report, pack: Pack, now: datetime) -> Rescored:
    """Score a report's verdicts under a pack's weights, levels and categories, and take its questions.

    Args:
        report: a graded one of this challenge.
        pack: the challenge as it is now.
        now: for the note of what was changed.

    Raises:
        UsageError: the report has no score, is of another challenge, or has no check that the pack has.
    """
    if report.score is None or report.challenge is None:
        raise UsageError(
            f"it has no score ({str(report.status).replace('_', ' ')}), so there is nothing to work out anew"
        )
    if report.challenge.slug != pack.rubric.slug:
        raise UsageError(f"it is of {report.challenge.slug}, not of {pack.rubric.slug}")
    known = {info.id: info for info in pack.checks}
    kept = [check for check in report.checks if check.id in known]
    if not kept:
        raise UsageError(f"{pack.rubric.slug} {pack.rubric.version} has none of its checks", hint="grade it again")
    infos = [known[check.id] for check in kept]
    after = score(infos, {check.id: _result(check) for check in kept}, pack.rubric.categories)
    checks = [_check(check, info, pack, report) for check, info in zip(kept, infos, strict=True)]
    new = report.model_copy(
        update={
            "challenge": _facts(pack),
            "score": after,
            "checks": checks,
            "insights": [one for one in report.insights if set(one.checks) & known.keys()],
            "latencies": [one for one in report.latencies if one.check in known],
            "rescorings": [*report.rescorings, _note(report, report.score, after, pack, now)],
        }
    )
    return Rescored(new, report.score, after, tuple(_notes(report, known)))


def _result(check: CheckReport) -> CheckResult:
    return CheckResult(id=check.id, verdict=check.verdict, credit=check.credit)


def _check(check: CheckReport, info: CheckInfo, pack: Pack, report: Report) -> CheckReport:
    """The verdict and its words stay: they say what was asked then."""
    asked = None if report.public else pack.questions.get(check.id)
    changed = {
        "category": info.category,
        "level": info.level,
        "weight": info.weight,
        "public": check.id in pack.rubric.public,
        "question": asked and QuestionFacts(question=asked.question, surface=asked.surface, deep=asked.deep),
    }
    return check.model_copy(update=changed)


def _facts(pack: Pack) -> ChallengeFacts:
    rubric = pack.rubric
    return ChallengeFacts(slug=rubric.slug, title=rubric.title, version=rubric.version, hash=pack.digest)


def _note(report: Report, before: Score, after: Score, pack: Pack, now: datetime) -> Rescoring:
    known = {check.id for check in pack.checks}
    return Rescoring(
        at=now,
        grader_version=__version__,
        challenge=report.challenge or _facts(pack),
        total=before.total,
        level=before.level,
        new_total=after.total,
        new_level=after.level,
        dropped=[check.id for check in report.checks if check.id not in known],
    )


def _notes(report: Report, known: dict[str, CheckInfo]) -> Iterator[str]:
    recorded = {check.id: check for check in report.checks}
    if gone := [name for name in recorded if name not in known]:
        yield f"{_listed(gone)}: no longer in the challenge, left out of the new score"
    if new := [] if report.only or report.public else [name for name in known if name not in recorded]:
        yield f"{_listed(new)}: not in the report, so the new score is without; grade again to have it counted"
    other = [name for name, check in recorded.items() if name in known and known[name].title != check.title]
    if other:
        yield f"{_listed(other)}: asks for something else by now; the verdict of then is counted, replay it to be sure"


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
