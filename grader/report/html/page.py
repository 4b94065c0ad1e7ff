"""From a report to the text of `report.html`."""

from grader.report.html.document import SCRIPT, STYLE, TEMPLATES, document
from grader.report.html.view import page_view
from grader.report.model import Report


def render(report: Report) -> str:
    """Make the page.

    Args:
        report: any report, however the run ended. Nothing in it is trusted.

    Returns:
        One HTML document that needs nothing besides itself.
    """
    return document("page.html", TEMPLATES, [STYLE], [SCRIPT], page=page_view(report))
