"""From a similarity to the text of its page."""

from pathlib import Path
from typing import Final

from grader.report.html.document import STYLE, document
from grader.similar.model import Similarity
from grader.similar.view import similarity_view

_TEMPLATES: Final = Path(__file__).parent / "templates"


def render(similarity: Similarity) -> str:
    """Make the page.

    Args:
        similarity: any. Nothing in it is trusted.

    Returns:
        One HTML document that needs nothing besides itself, and runs no script.
    """
    styles = [STYLE, _TEMPLATES / "similar.css"]
    return document("similar.html", _TEMPLATES, styles, [], page=similarity_view(similarity))
