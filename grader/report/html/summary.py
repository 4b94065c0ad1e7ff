"""The first paragraph: what became of the submission, in plain words."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from grader.challenge.score import LEVEL_SHARE, Score
from grader.report.html.ink import plain
from grader.report.html.words import counted, label, listed, percent, points
from grader.report.model import Report, Status
from grader.report.remarks import remarks
from grader.report.worth import losses
from grader.verdicts import Level, Verdict

_NAMED_CATEGORIES = 3
_SHOWN_WARNINGS = 10


@dataclass(frozen=True)
class SummaryView:
    """What stands at the top."""

    figure: str
    """The score, or in a word why there is none."""
    of: str
    """What the figure is of; empty where it is no score."""
    level: str
    paragraph: str
    notes: list[str]
    """What a reader has to know before a score is compared with another."""


def summary_view(report: Report) -> SummaryView:
    """The summary of any report."""
    if report.score is None:
        return SummaryView(_no_score(report), "", "", _without_score(report), _notes(report))
    level = f"level {report.score.level}" if report.score.level else "no level reached"
    sentences = " ".join(_sentences(report, report.score))
    return SummaryView(f"{report.score.total:g}", "of 100", level, sentences, _notes(report))


def _no_score(report: Report) -> str:
    return "Rejected" if report.status is Status.REJECTED else "No verdict"


def _without_score(report: Report) -> str:
    name = plain(report.submission.name, 120)
    if report.status is Status.REJECTED:
        return (
            f"{name} could not be graded, through something in the submission itself. It has no score, which is "
            "not a score of zero. What happened, and what to do about it, stands below."
        )
    return (
        f"The grading of {name} did not come to its end, through no fault of the submission: the grader or its "
        "machine failed, or somebody stopped it. Nothing is said about the candidate. Run it again once the cause "
        "is gone."
    )


def _sentences(report: Report, score: Score) -> Iterator[str]:
    tally = Counter(check.verdict for check in report.checks)
    challenge = plain(report.challenge.title, 120) if report.challenge else "the challenge"
    yield (
        f"{plain(report.submission.name, 120)} passes {tally[Verdict.PASSED]} of "
        f"{counted(len(report.checks), 'check')} of {challenge} and scores {score.total:g} of 100."
    )
    yield _level_reached(score)
    yield _lost(report, score)
    if tally[Verdict.BLOCKED]:
        yield f"{counted(tally[Verdict.BLOCKED], 'check')} could not be tried, since something before failed."
    if tally[Verdict.INCONCLUSIVE]:
        number = counted(tally[Verdict.INCONCLUSIVE], "check")
        yield f"{number} could not be decided, since the machine was in the way, and count neither for nor against."


def _level_reached(score: Score) -> str:
    if score.level is None:
        lowest = next(iter(score.levels), Level.JUNIOR)
        return (
            f"No level is reached: less than {percent(LEVEL_SHARE)} of what is expected of level {lowest} was earned."
        )
    return (
        f"It reaches level {score.level}: at least {percent(LEVEL_SHARE)} of what is expected up to there was earned."
    )


def _lost(report: Report, score: Score) -> str:
    by_category = dict.fromkeys((check.category for check in report.checks), 0.0)
    lost = losses(report)
    for check in report.checks:
        by_category[check.category] += lost[check.id]
    costly = sorted(by_category.items(), key=lambda pair: -pair[1])
    worst = [(name, value) for name, value in costly[:_NAMED_CATEGORIES] if value]
    if not worst:
        return "Nothing was lost."
    alone = len(worst) == 1
    where = listed([label(plain(name, 60)).lower() + ("" if alone else f" ({value:.1f})") for name, value in worst])
    most = ", most of them" if sum(value > 0 for value in by_category.values()) > len(worst) else ""
    missing = points(100 - score.total)
    return f"{missing.capitalize()} {'was' if missing == '1 point' else 'were'} lost{most} in {where}."


def _notes(report: Report) -> list[str]:
    notes = [plain(warning) for warning in remarks(report)[:_SHOWN_WARNINGS]]
    if report.public and report.score:
        notes.insert(
            0, "Only the public checks were run: this is for the candidate's own use, and no score of the whole."
        )
    elif report.only and report.score:
        notes.insert(0, "Only some checks were run: this is a score of a part, not of the submission.")
    if report.environment.isolation == "none":
        notes.append("It ran without isolation, as an ordinary process (local sandbox).")
    return notes
