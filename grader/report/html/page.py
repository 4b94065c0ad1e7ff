"""From a report to the text of `report.html`."""

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from grader.report.html.view import page_view
from grader.report.html.words import segments
from grader.report.model import Report
from grader.text import without_commands

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES: Final = Path(__file__).parent / "templates"
_STYLE: Final = "style.css"
_SCRIPT: Final = "script.js"


def render(report: Report) -> str:
    """Make the page.

    Args:
        report: any report, however the run ended. Nothing in it is trusted.

    Returns:
        One HTML document that needs nothing besides itself.
    """
    from markupsafe import Markup  # noqa: PLC0415  # comes with jinja2

    style, script = _read(_STYLE), _read(_SCRIPT)
    text = (
        _environment()
        .get_template("page.html")
        .render(
            page=page_view(report),
            policy=_policy(style, script),
            style=Markup(style),  # noqa: S704  # our own file
            script=Markup(script),  # noqa: S704  # likewise
        )
    )
    # A log of a CI job that shows the page shall not be read as orders; HTML knows another spelling.
    return without_commands(text, lambda char: f"&#{ord(char)};")


def _policy(style: str, script: str) -> str:
    """The page's policy: nothing is loaded, nothing is sent, and no style or script runs but these two."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def _read(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415  # slow to import

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["segments"] = segments
    return environment
