"""From a comparison to the text of its page."""

from pathlib import Path
from typing import Final

from grader.report.compare.model import Comparison
from grader.report.compare.view import comparison_view
from grader.report.html.document import SCRIPT, STYLE, document

_TEMPLATES: Final = Path(__file__).parent / "templates"


def render(comparison: Comparison) -> str:
    """Make the page.

    Args:
        comparison: any. Nothing in it is trusted.

    Returns:
        One HTML document that needs nothing besides itself; its links lead to the reports.
    """
    styles, scripts = [STYLE, _TEMPLATES / "compare.css"], [SCRIPT, _TEMPLATES / "compare.js"]
    return document("compare.html", _TEMPLATES, styles, scripts, page=comparison_view(comparison))
