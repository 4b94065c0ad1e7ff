"""The page, the table, the data and the terminal: the same comparison, safe in each."""

import csv
import io
import json
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import validator_for
from rich.console import Console

import grader
from grader.cli.schema import schema_text
from grader.report.compare.model import Comparison
from grader.report.compare.page import render
from grader.report.compare.sheet import sheet
from grader.report.compare.terminal import Overview
from grader.report.compare.write import comparison_json
from grader.report.model import Problem

ROOT = Path(grader.__file__).parents[1]
HOSTILE = [
    pytest.param("<script>alert(1)</script>", id="script"),
    pytest.param('" onmouseover="alert(1)" x="', id="attribute"),
    pytest.param("</td></tr></table><h1>first</h1>", id="markup"),
    pytest.param("{{ page.title }}", id="template"),
    pytest.param("\u202egnp.\x1b[2J", id="hidden"),
    pytest.param("javascript:alert(1)", id="scheme"),
]


class Tags(HTMLParser):
    """Tags with the names of their attributes, ids, and links."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: Counter[tuple[str, tuple[str, ...]]] = Counter()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember it."""
        self.seen[tag, tuple(sorted(name for name, _ in attrs))] += 1
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Shapes end themselves."""
        self.seen[tag, tuple(sorted(name for name, _ in attrs))] += 1

    def handle_endtag(self, tag: str) -> None:
        """It must end what was opened last."""
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def full(cohort: Any, name: str = "jane") -> Comparison:
    """With something in every section; this name wherever a stranger's text may stand."""
    problem = Problem(kind=name, message=name, hint=name, detail=name)
    facts = cohort.report("x").submission.model_copy(update={"name": name})
    cohort.add("ann", "+++")
    cohort.add("odd", "+-?", options={name: name})
    cohort.add("sub", "+--", submission=facts)
    cohort.without("rej", submission=facts.model_copy(update={"hash": "1" * 64}), problem=problem)
    compared: Comparison = cohort.compared()
    return compared


def test_the_markup_is_sound(cohort: Any) -> None:
    """What is opened is closed, no id stands twice, every link within the page has its aim."""
    tags = Tags(render(full(cohort)))
    assert (tags.wrong, tags.open) == ([], [])
    assert len(tags.ids) == len(set(tags.ids))
    assert {link[1:] for link in tags.links if link.startswith("#")} <= set(tags.ids)
    assert {"summary", "cautions", "candidates", "unscored", "distribution", "checks", "matrix"} <= set(tags.ids)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_text_wherever_it_stands(cohort: Any, name: str) -> None:
    """The page has the same tags and attributes as with a harmless one, and nothing hidden."""
    harmless = Tags(render(full(cohort))).seen
    cohort.root = cohort.root.parent / "again" / "reports"
    page = render(full(cohort, name))
    assert Tags(page).seen == harmless
    assert not {"\x1b", "\u202e"} & set(page)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_terminal_is_not_steered(cohort: Any, name: str) -> None:
    """Control characters are shown."""
    console = Console(width=120, force_terminal=False)
    with console.capture() as capture:
        console.print(Overview(full(cohort, name)))
    assert not {"\x1b", "\u202e"} & set(capture.get())


def test_the_table_has_a_row_for_each_and_no_zero_for_those_without_a_score(cohort: Any) -> None:
    """Header, those with a rank, those without; a column for each category and each check."""
    header, *rows = csv.reader(io.StringIO(sheet(full(cohort))))
    lines = [dict(zip(header, row, strict=True)) for row in rows]
    assert [(line["rank"], line["name"], line["score"], line["status"]) for line in lines] == [
        ("1", "ann", "100.0", "graded"),
        ("2", "odd", "50.0", "graded"),
        ("3", "jane (2d711642)", "30.0", "graded"),
        ("", "jane (11111111)", "", "rejected"),
    ]
    assert [line["async.fan-out"] for line in lines] == ["passed", "inconclusive", "failed", ""]
    assert lines[0]["users"] == "100.0"
    assert lines[3]["reason"] == "jane: jane"


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "=cmd|' /C calc'!A0"])
def test_no_cell_of_the_table_is_a_formula(cohort: Any, name: str) -> None:
    """Wherever the name stands: of a submission, of a kind of problem, in a reason."""
    rows = csv.reader(io.StringIO(sheet(full(cohort, name))))
    assert [cell for row in rows for cell in row if cell.lstrip()[:1] in set("=+-@\t\r")] == []


def test_the_data_is_what_its_schema_says(cohort: Any) -> None:
    """And the schema is the one that is published."""
    schema = json.loads((ROOT / "docs" / "comparison.schema.json").read_text(encoding="utf-8"))
    validator_for(schema).validate(json.loads(comparison_json(full(cohort))))
    assert Comparison.model_validate_json(comparison_json(full_again(cohort))).schema_version == "1.0"


def full_again(cohort: Any) -> Comparison:
    """The same cohort, not written again."""
    compared: Comparison = cohort.compared()
    return compared


def test_the_published_schema_is_that_of_the_model() -> None:
    """`grader schema comparison > docs/comparison.schema.json` writes it anew."""
    assert (ROOT / "docs" / "comparison.schema.json").read_text(encoding="utf-8") == schema_text(Comparison)


def test_five_hundred_candidates_make_a_page_that_opens(cohort: Any) -> None:
    """A cell of the matrix takes no more than a mark and its class; hundreds of names in a warning are cut."""
    compared = full(cohort)
    many = [compared.candidates[1].model_copy(update={"name": f"candidate-{number:03}"}) for number in range(500)]
    checks = [compared.checks[0].model_copy(update={"id": f"users.n{number}"}) for number in range(75)]
    page = render(compared.model_copy(update={"candidates": many, "checks": checks}))
    assert len(page.encode()) < 1_500_000
