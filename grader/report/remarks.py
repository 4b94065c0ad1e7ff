"""What a reader has to know before a report is compared with another: odd submissions, and scores worked out anew."""

from grader.report.model import Report, Rescoring


def remarks(report: Report) -> list[str]:
    """One line each, newest last; they hold text of the candidate's."""
    return [*report.submission.warnings, *map(_rescored, report.rescorings)]


def _rescored(note: Rescoring) -> str:
    dropped = f", without {len(note.dropped)} checks that the challenge no longer has" if note.dropped else ""
    return (
        f"rescored on {note.at:%Y-%m-%d} under a changed challenge: {note.new_total:g} of 100, "
        f"{note.total:g} under {note.challenge.slug} {note.challenge.version}{dropped}"
    )
