"""Hostile text in every place of a report, in every form that people and programs read it in.

Each form is compared with the same report full of harmless text: whatever a candidate writes, the form has the same
structure, nothing in it is active, and what was written can still be read.
"""

import json
import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import jsonschema_rs
import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from grader.cli.console import out
from grader.report import ctrf, junit, markdown
from grader.report.html import page
from grader.report.model import Report, Status
from tests.report.ctrf_rules import RULES
from tests.report.forms import FORMS, Page, as_json, hidden, orders
from tests.report.hostile import EVERY, LONG, MARK
from tests.report.spoiling import Place, spoil, spoil_numbers, string_places, strings

HARMLESS = "harmless"
PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
CTRF = jsonschema_rs.validator_for(RULES, validate_formats=True)


ROOM = {"terminal": 2_000_000, "md": 600_000, "junit": 400_000, "ctrf": 400_000}


@pytest.fixture(params=["graded", "rejected"])
def report(samples: Any, request: pytest.FixtureRequest) -> Report:
    """One that has every section, and one without a score."""
    made: Report = samples.everything() if request.param == "graded" else samples.without_score(Status.REJECTED)
    return made


def test_no_place_is_left_out(samples: Any) -> None:
    """A field that is added to the model is covered here, or this says which one is not."""
    seen: set[Place] = set()
    for one in (samples.everything(), samples.without_score(Status.REJECTED)):
        spoil(one, HARMLESS, seen)
    assert string_places(Report) - seen == set()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("text", EVERY)
def test_nothing_hidden_and_no_order_to_a_runner(report: Report, form: str, text: str) -> None:
    """Whatever stands where: it can be printed in a terminal and in a log of CI, and it can be read."""
    shown = FORMS[form](spoil(report, text))
    shown.encode()
    assert hidden(shown) == set()
    assert orders(shown) == []
    assert shown.count(MARK) > 3


@pytest.mark.parametrize("text", EVERY)
def test_json_says_the_same_to_every_reader(report: Report, text: str) -> None:
    """What is read is what was seen; of a lone surrogate, its escape."""
    spoiled = spoil(report, text)
    read = Report.model_validate_json(as_json(spoiled))
    escaped = re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text)
    assert read.log == read.submission.name == escaped
    assert text != escaped or read == spoiled


@pytest.mark.parametrize("text", EVERY)
def test_html_has_no_tag_and_no_link_of_a_candidate(report: Report, text: str) -> None:
    """Scripts and styles are ours, links lead within the page, and no attribute is new."""
    harmless, seen = Page(page.render(spoil(report, HARMLESS))), Page(page.render(spoil(report, text)))
    once = ("script", "style", "title", "meta", "section", "h1", "h2", "h3")
    assert {tag: seen.tags[tag] for tag in once} == {tag: harmless.tags[tag] for tag in once}
    assert set(seen.tags) <= set(harmless.tags) | {"code", "mark"}
    assert seen.names <= harmless.names | {"tabindex", "role"}
    assert all(link.startswith("#") for link in seen.links)


def structure(tokens: list[Token]) -> Iterator[str]:
    """The structure of a document: blocks, and what in lines is neither text nor code."""
    for token in tokens:
        if token.children is not None:
            yield from (child.type for child in token.children if child.type not in {"text", "code_inline"})
        elif token.type == "html_block":
            yield token.content
        else:
            yield f"{token.type} {token.level}"


def open_text(tokens: list[Token]) -> Iterator[str]:
    """What stands neither in code nor in markup: where GitHub looks for mentions, issues, addresses and formulas."""
    for token in tokens:
        yield from (child.content for child in token.children or () if child.type == "text")


@pytest.mark.parametrize("text", EVERY)
def test_markdown_has_no_structure_of_a_candidate(report: Report, text: str) -> None:
    """Same blocks, same tags, no link, no image, no emphasis; nothing for GitHub to make a mention or a link of."""
    harmless = PARSER.parse(markdown.render(spoil(report, HARMLESS)))
    made = markdown.render(spoil(report, text))
    tokens = PARSER.parse(made)
    assert list(structure(tokens)) == list(structure(harmless))
    found = re.findall(r"[@$]|#\d|#\w|://|www\.|GH-\d|\b[0-9a-f]{7,40}\b|:\w+:", "\n".join(open_text(tokens)))
    assert found == []
    assert max(map(len, re.findall("`+", made))) <= 20  # GitHub takes no more than 80 for a delimiter


def skeleton(element: Element) -> list[Any]:
    """Tags and names of attributes."""
    return [element.tag, sorted(element.keys()), *map(skeleton, element)]


@pytest.mark.parametrize("text", EVERY)
def test_junit_is_the_same_document(report: Report, text: str) -> None:
    """It parses, and has the elements that it has with harmless text."""
    harmless, seen = (fromstring(junit.render(spoil(report, one))) for one in (HARMLESS, text))  # noqa: S314  # ours
    assert skeleton(seen) == skeleton(harmless)


@pytest.mark.parametrize("text", [*EVERY, pytest.param("", id="empty")])
def test_ctrf_keeps_its_rules(report: Report, text: str) -> None:
    """It validates, and what is in its strings is visible."""
    document = json.loads(ctrf.render(spoil(report, text)))
    assert [error.message for error in CTRF.iter_errors(document)] == []
    assert [one for one in strings(document) if hidden(one)] == []


@pytest.mark.parametrize("form", ROOM)
@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in LONG.items()])
def test_megabytes_take_no_more_than_their_room(report: Report, form: str, text: str) -> None:
    """Bounded whatever it is made of; `html/test_hostile.py` says so of the page, and JSON holds what was kept."""
    shown = FORMS[form](spoil(report, text))
    assert len(shown.encode()) < ROOM[form]
    assert orders(shown) == []


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("number", [0, -1, 1e300, -1e300, 1e-300])
def test_numbers_that_no_run_writes_break_nothing(report: Report, form: str, number: float) -> None:
    """An edited report is shown as well as it can be."""
    FORMS[form](spoil_numbers(report, number))


def test_what_the_command_line_prints_is_tamed() -> None:
    """Both consoles go through it, also where a line is broken just before an order, and over parts in other styles."""
    with out.capture() as captured:
        out.print("x\n  ::error::[bold]Zebra[/] ##[error]", markup=False)
    assert captured.get() == "x\n  \\x3a:error::[bold]Zebra[/] \\x23#[error]\n"
