"""From a template to a page of one file that needs no network, and has no way to it."""

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from grader.report.html.words import segments
from grader.text import without_commands

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES: Final = Path(__file__).parent / "templates"
STYLE: Final = TEMPLATES / "style.css"
SCRIPT: Final = TEMPLATES / "script.js"


def document(template: str, folder: Path, styles: Sequence[Path], scripts: Sequence[Path], **names: Any) -> str:
    """Make a page.

    Args:
        template: its name; it extends `base.html`.
        folder: where it is, and what it includes; those of the report are found as well.
        styles: files that are put into the page, one after the other.
        scripts: likewise.
        names: what the template is given. Nothing in it is trusted: all text is escaped.

    Returns:
        One HTML document, whose policy runs these styles and scripts and nothing else.
    """
    from markupsafe import Markup  # noqa: PLC0415  # comes with jinja2

    style, script = _read(styles), _read(scripts)
    text = (
        _environment(folder)
        .get_template(template)
        .render(
            policy=_policy(style, script),
            style=Markup(style),  # noqa: S704  # our own files
            script=Markup(script),  # noqa: S704  # likewise
            **names,
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


def _read(files: Sequence[Path]) -> str:
    return "".join(file.read_text(encoding="utf-8") for file in files)


@cache
def _environment(folder: Path) -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415  # slow to import

    environment = Environment(
        loader=FileSystemLoader([folder, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["segments"] = segments
    return environment
