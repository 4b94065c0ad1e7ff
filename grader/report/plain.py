"""A failed check in plain words on lines of its own, as formats show it that know no markup."""

from collections.abc import Iterator
from typing import Final

from grader.report.model import CheckReport, Problem
from grader.text import clip, visible

_SHOWN_FINDINGS: Final = 5
_LONGEST: Final = 8_000


def reason(check: CheckReport) -> str:
    """Why a check did not pass, on one line.

    Args:
        check: one that did not pass.

    Returns:
        What was got where something was found, else the note, else the title; hidden characters are escapes.
    """
    first = next(iter(check.evidence.findings), None)
    if first is None:
        return visible(check.evidence.note or check.title, limit=300)
    case = f"{visible(first.case, limit=100)}: " if first.case else ""
    return f"{case}expected {visible(first.expected, limit=200)}, got {visible(first.got, limit=200)}"


def story(check: CheckReport) -> str:
    """The same in full: title, why it matters, each finding, and the command lines.

    Returns:
        Lines of bounded length and number; hidden characters are escapes.
    """
    return clip("\n".join(_story(check)), _LONGEST)


def told(problem: Problem) -> str:
    """Why there is no score, in lines: what happened, what to do, and the detail's end."""
    lines = [visible(problem.message, limit=600), f"→ {visible(problem.hint, limit=600)}" if problem.hint else ""]
    return clip("\n".join([*filter(None, lines), visible(problem.detail[-4_000:], multiline=True)]), _LONGEST).rstrip()


def _story(check: CheckReport) -> Iterator[str]:
    yield visible(check.title, limit=300)
    yield visible(check.why, limit=600)
    for finding in check.evidence.findings[:_SHOWN_FINDINGS]:
        yield ""
        if finding.case:
            yield f"case     {visible(finding.case, limit=300)}"
        yield f"expected {visible(finding.expected, limit=500)}"
        yield f"got      {visible(finding.got, limit=500)}"
    if (more := len(check.evidence.findings) - _SHOWN_FINDINGS) > 0:
        yield f"and {more} more"
    yield ""
    if check.evidence.note:
        yield f"note: {visible(check.evidence.note, limit=300)}"
    if check.curl:
        yield visible(check.curl, limit=1_000)
    yield visible(check.repeat, limit=1_000)
