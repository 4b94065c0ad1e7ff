"""The harness's own failures; they end in a `Fault` event, never in a verdict on the candidate."""

import traceback

from grader.text import visible
from grader.verdicts import Fault

MAX_DETAIL_CHARS = 16 * 1024


class HarnessFault(Exception):
    """The host broke the protocol, or the pack is broken.

    Args:
        message: what and where, one line.
        detail: longer text, such as a traceback.
    """

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail


class PackFault(HarnessFault):
    """The pack cannot be loaded: its author must mend it, and no submission can be graded until then."""


def trace(error: BaseException) -> str:
    """The traceback as text for a report."""
    return long_text("".join(traceback.format_exception(error)))


def long_text(text: str) -> str:
    """Text of several lines, harmless and bounded; of what is too long, the end stays, where a traceback says why."""
    return visible(text[-MAX_DETAIL_CHARS:], limit=MAX_DETAIL_CHARS, multiline=True)


def fault_event(error: BaseException) -> Fault:
    """The event that tells the host of it."""
    if isinstance(error, HarnessFault):
        pack = isinstance(error, PackFault)
        return Fault(message=visible(error.message), detail=long_text(error.detail), pack=pack)
    return Fault(message=visible(f"{type(error).__name__}: {error}"), detail=trace(error))
