"""Workflow commands: lines on standard output that the runner obeys.

Escaped as GitHub's own toolkit does (actions/toolkit, `packages/core/src/command.ts`), so that a text stays within the
place that it is put in and never begins a line: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from typing import Literal

from grader.text import visible

Severity = Literal["error", "warning", "notice"]

_MAX_TITLE = 200
_MAX_MESSAGE = 3_000
_IN_A_MESSAGE = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_A_PROPERTY = _IN_A_MESSAGE | str.maketrans({":": "%3A", ",": "%2C"})


def annotation(severity: Severity, title: str, message: str) -> str:
    """One annotation, as a line without its end.

    Args:
        severity: how it is shown.
        title: of whatever text; what has no sign is shown as an escape, and it is cut where it is long.
        message: likewise; it may have several lines.
    """
    short = visible(title, limit=_MAX_TITLE).translate(_IN_A_PROPERTY)
    return (
        f"::{severity} title={short}::{visible(message, limit=_MAX_MESSAGE, multiline=True).translate(_IN_A_MESSAGE)}"
    )
