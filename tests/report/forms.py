"""Every form that people and programs read a report in, and what must be in none of them."""

import io
import json
import re
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from xml.etree.ElementTree import fromstring

from rich.console import Console

from grader.cli.console import tamed
from grader.report import ctrf, junit, markdown
from grader.report.html import page
from grader.report.model import Report
from grader.report.terminal import headline, summary
from grader.report.terminal_check import check_in_full
from grader.report.write import json_text
from grader.text import is_hidden

LAYOUT = "\n\t"


def on_terminal(report: Report) -> str:
    """The summary, the headline and each check in full, in 60 columns: then lines are broken within texts."""
    stream = io.StringIO()
    console = tamed(Console(file=stream, width=60, highlight=False))
    for content in (summary(report), headline(report), *(check_in_full(report, check) for check in report.checks)):
        console.print(content)
    return stream.getvalue()


def as_json(report: Report) -> str:
    """`report.json`."""
    return json_text(report.model_dump(mode="json"))


FORMS: dict[str, Callable[[Report], str]] = {
    "terminal": on_terminal,
    "json": as_json,
    "html": page.render,
    "md": markdown.render,
    "junit": junit.render,
    "ctrf": ctrf.render,
}


def orders(text: str) -> list[str]:
    """Lines that a CI runner would obey."""
    lines = re.split(r"[\n\r]", text)
    return [line for line in lines if line.strip().startswith("::") or re.search(r"##\w*\[", line)]


def hidden(text: str) -> set[str]:
    """Characters that steer a terminal or a reader's eye."""
    return {char for char in set(text) if is_hidden(char) and char not in LAYOUT}


class Page(HTMLParser):
    """What is active in a page: tags, attributes and links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags = Counter[str]()
        self.names = set[str]()
        self.links = set[str]()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember it."""
        self.tags[tag] += 1
        self.names |= {name for name, _ in attrs}
        self.links |= {value or "" for name, value in attrs if name in {"href", "src", "action", "xlink:href"}}


def steering(report: Report) -> list[str]:
    """What in any of the forms steers a reader, a terminal or a runner; empty where nothing does."""
    shown = {name: form(report) for name, form in FORMS.items()}
    found = [f"{name}: order {line[:100]!r}" for name, text in shown.items() for line in orders(text)]
    found += [f"{name}: hidden {hidden(text)}" for name, text in shown.items() if hidden(text)]
    seen = Page(shown["html"])
    found += [f"html: {name}" for name in seen.names if name.startswith("on")]
    found += [f"html: {tag}" for tag in ("img", "iframe", "object", "form", "base", "link") if seen.tags[tag]]
    found += [f"html: {seen.tags['script']} scripts"] if seen.tags["script"] != 1 else []
    found += [f"html: link to {link}" for link in seen.links if not link.startswith("#")]
    fromstring(shown["junit"])  # noqa: S314  # ours; raises where it is no XML
    json.loads(shown["ctrf"])
    return found
