"""One check of a report, asked again: with the same seed, challenge and options, on the same submission."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from grader.errors import UsageError
from grader.report.model import CheckReport, Report
from grader.request import Request
from grader.verdicts import Verdict

_GIVE = "give the submission: grader replay REPORT CHECK_ID SUBMISSION"


@dataclass(frozen=True, slots=True)
class Command:
    """What the command line said that a report came from.

    Attributes:
        source: the submission, as it was named there.
        challenge: slug or folder of the pack.
        app: the application, where it was named.
    """

    source: str
    challenge: str | None
    app: str | None

    @classmethod
    def of(cls, report: Report) -> "Command":
        """Read it from `repeat`.

        Raises:
            UsageError: that is no command line of a run.
        """
        try:
            words = shlex.split(report.repeat)
        except ValueError:
            words = []
        if words[:2] != ["grader", "run"] or len(words) <= 2:  # noqa: PLR2004  # the command and its submission
            raise UsageError("the report's `repeat` is no command line of `grader run`", hint=_GIVE)
        named = dict(pairwise(words[3:]))
        return cls(words[2], named.get("--challenge"), named.get("--app"))


def check_of(report: Report, name: str) -> CheckReport:
    """The check of this id.

    Raises:
        UsageError: the report has no such check.
    """
    for check in report.checks:
        if check.id == name:
            return check
    raise UsageError(
        f"the report has no check {name!r}", hint=f"it has {', '.join(check.id for check in report.checks) or 'none'}"
    )


def replay_request(
    report: Report, check: CheckReport, *, sandbox: str, source: Path | None = None, challenge: str | None = None
) -> Request:
    """What to run.

    The sandbox is the caller's word alone: a report may come from anywhere, and shall not choose that code runs here
    without a container.

    Args:
        report: where the check was seen.
        check: one of its checks.
        sandbox: the backend's name.
        source: the submission; None takes the one that the report names.
        challenge: slug or folder of the pack; None takes the one that the report names.

    Raises:
        UsageError: the submission is not where the report says.
    """
    said = Command.of(report) if source is None or challenge is None else None
    source = source or Path(said.source if said else "")
    if not source.exists():
        raise UsageError(f"{source}, which the report names, is not here", hint=_GIVE)
    slug = report.challenge.slug if report.challenge else None
    return Request(
        source=source,
        challenge=challenge or (said and said.challenge) or slug,
        seed=report.seed,
        app=said.app if said else None,
        only=(check.id,),
        options=report.options,
        sandbox=sandbox,
        public=report.public,
    )


def differences(before: Report, now: Report) -> Iterator[str]:
    """What is not as it was, so that another verdict may come from there, one line each."""
    theirs, ours = before.submission.hash, now.submission.hash
    if theirs != ours:
        yield f"this is another submission: {_short(ours)}, in the report {_short(theirs)}"
    then, here = before.challenge, now.challenge
    if then and here and then.hash != here.hash:
        yield f"the challenge has changed: {here.slug} {here.version}, in the report {then.slug} {then.version}"
    if before.environment.isolation != now.environment.isolation:
        yield f"isolation is {now.environment.isolation}, in the report {before.environment.isolation}"
    if before.grader_version != now.grader_version:
        yield f"this is grader {now.grader_version}, the report's was {before.grader_version}"


def outcome(before: CheckReport, now: CheckReport) -> tuple[bool, str]:
    """Whether both verdicts are the same, and the line that says so."""
    if (before.verdict, before.credit) == (now.verdict, now.credit):
        return True, f"{now.id}: {_words(now)}, as in the report"
    why = "; the machine was in the way, run it again" if Verdict.INCONCLUSIVE is now.verdict else ""
    return False, f"{now.id}: {_words(now)} now, {_words(before)} in the report{why}"


def _words(check: CheckReport) -> str:
    share = f" with {check.credit:.0%}" if 0 < check.credit < 1 else ""
    return f"{check.verdict}{share}"


def _short(digest: str | None) -> str:
    return digest[:12] if digest else "unknown"
