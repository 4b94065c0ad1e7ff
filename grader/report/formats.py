"""What a report can be turned into, by name."""

from collections.abc import Callable
from enum import StrEnum
from typing import Final

from grader.report import ctrf, junit, markdown
from grader.report.html import page
from grader.report.model import Report


class Format(StrEnum):
    """The formats."""

    MD = "md"
    """Markdown, fit for the summary of a GitHub job."""
    JUNIT = "junit"
    """JUnit XML."""
    CTRF = "ctrf"
    """Common Test Report Format, JSON."""
    HTML = "html"
    """The page for people, as a run writes it."""


RENDERERS: Final[dict[Format, Callable[[Report], str]]] = {
    Format.MD: markdown.render,
    Format.JUNIT: junit.render,
    Format.CTRF: ctrf.render,
    Format.HTML: page.render,
}
