"""A report's annotations: what a candidate sees beside the job without opening anything."""

from grader.github.commands import Severity, annotation
from grader.report.model import CheckReport, Report, Status
from grader.report.worth import losses
from grader.text import clip
from grader.verdicts import Verdict

SHOWN = 9
"""GitHub shows ten errors of a step; the last place is for what there is no room for."""
_SHOWN_FINDINGS = 2
_MAX_TEXT = 300

_REASONS: dict[Status, tuple[Severity, str]] = {
    Status.REJECTED: ("error", "The submission cannot be graded"),
    Status.INFRASTRUCTURE_ERROR: ("error", "The grader failed; this says nothing about the submission"),
}


def annotations(report: Report) -> list[str]:
    """Workflow commands, one a line: why there is no score, or the failed public checks, the costliest first.

    Args:
        report: any; of its hidden checks nothing is told, not even how many failed.

    Returns:
        At most `SHOWN` and one that says how many more there are; none where nothing is to be said.
    """
    if report.problem:
        severity, title = _REASONS.get(report.status, ("error", "No score"))
        return [annotation(severity, title, "\n".join(filter(None, (report.problem.message, report.problem.hint))))]
    lost = losses(report)
    failed = [check for check in report.checks if check.public and check.verdict is Verdict.FAILED]
    failed.sort(key=lambda check: -lost[check.id])
    more = len(failed) - SHOWN
    rest = [annotation("error", "More failed", f"{more} more public checks failed; see the summary of this job")]
    return [_of(check) for check in failed[:SHOWN]] + (rest if more > 0 else [])


def _of(check: CheckReport) -> str:
    lines = [check.title]
    for finding in check.evidence.findings[:_SHOWN_FINDINGS]:
        lines += [f"case {clip(finding.case, _MAX_TEXT)}"] if finding.case else []
        lines += [f"expected {clip(finding.expected, _MAX_TEXT)}", f"got {clip(finding.got, _MAX_TEXT)}"]
    return annotation("error", check.id, "\n".join(lines))
