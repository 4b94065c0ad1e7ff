"""Why a submission has no score, in one line."""

from typing import Final

from grader.report.compare.entry import Entry
from grader.report.model import Status

_BLIND: Final = {
    "ArchiveRejected": "the archive cannot be read, is too large, or holds what is refused",
    "EntryPointRejected": "no application was found, or several that are equally good",
    "DependenciesRejected": "the declared dependencies cannot be installed",
    "StartRejected": "the application crashed, exited or never listened",
    "Interrupted": "the run was interrupted; nothing is said about the candidate",
}
"""What happens to all of a kind. A report's own words name files, folders and whatever the application printed."""
_OTHERWISE: Final = {
    Status.REJECTED: ("SubmissionRejected", "the submission cannot be graded, through something in it"),
    Status.INFRASTRUCTURE_ERROR: (
        "InfrastructureError",
        "the grader or its machine failed; nothing is said about the candidate",
    ),
}


def reason(entry: Entry, *, blind: bool) -> tuple[str, str]:
    """The kind of the problem, and what happened.

    Args:
        entry: a report without a score.
        blind: say nothing of what the report says in its own words.
    """
    kind, told = _OTHERWISE.get(entry.status, _OTHERWISE[Status.INFRASTRUCTURE_ERROR])
    if entry.problem is None:
        return kind, told
    if not blind:
        return entry.problem.kind, entry.problem.message
    return (entry.problem.kind, _BLIND[entry.problem.kind]) if entry.problem.kind in _BLIND else (kind, told)


def blind_reason(kind: str) -> str:
    """What happens to all submissions that are refused for this kind of problem, without a word of anyone's own."""
    return _BLIND.get(kind, _OTHERWISE[Status.REJECTED][1])
