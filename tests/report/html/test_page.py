"""The page is whole, in order, needs nothing besides itself, and holds no way out."""

import base64
import hashlib
import re
import tomllib
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import grader
from grader.report.html.page import render
from grader.report.model import Status
from grader.verdicts import Verdict

VOID = frozenset({"meta", "br", "link", "img", "input", "hr"})
SHAPES = frozenset({"rect", "circle", "line", "path"})


class Outline(HTMLParser):
    """What a page is made of: tags, attributes, ids, headings, and the text of style and script."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.raw: dict[str, str] = {}
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember it."""
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Shapes of SVG end themselves."""
        self.tags.append((tag, dict(attrs)))
        if tag not in SHAPES:
            self.wrong.append(f"<{tag}/>")

    def handle_endtag(self, tag: str) -> None:
        """It must end what was opened last."""
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        """Keep what stands in style and script."""
        if self.open and self.open[-1] in {"style", "script"}:
            self.raw[self.open[-1]] = self.raw.get(self.open[-1], "") + data

    def values(self, name: str) -> list[str]:
        """All values of an attribute."""
        return [attrs[name] or "" for _, attrs in self.tags if name in attrs]


def ids(page: str) -> list[str]:
    """The ids of the sections, in order."""
    return [attrs.get("id") or "" for tag, attrs in Outline(page).tags if tag == "section"]


def test_every_section_stands_in_its_place(samples: Any) -> None:
    """The score first, failures before what works, the means to repeat it last."""
    page = render(samples.everything())
    sections = "summary score failed blocked inconclusive passed latency migrations guide log environment repeat"
    assert ids(page) == sections.split()
    assert [link for link in Outline(page).values("href") if link in {f"#{name}" for name in ids(page)}][1:] == [
        f"#{name}" for name in ids(page)
    ]


@pytest.mark.parametrize("status", [Status.REJECTED, Status.INFRASTRUCTURE_ERROR])
def test_a_run_without_a_score_says_what_happened(samples: Any, status: Status) -> None:
    """The reason, what to do next, detail and log; nothing that could be taken for a verdict."""
    page = render(samples.without_score(status))
    assert ids(page) == ["summary", "problem", "log", "environment", "repeat"]
    for words in ("it ended at once", "start it", "Traceback: boom", "boom", "StartRejected"):
        assert words in page
    assert ("not a score of zero" in page) is (status is Status.REJECTED)
    assert ("Nothing is said about the candidate" in page) is (status is Status.INFRASTRUCTURE_ERROR)


@pytest.mark.parametrize("kind", ["everything", "empty", "rejected"])
def test_the_markup_is_sound(samples: Any, kind: str) -> None:
    """What is opened is closed, no id stands twice, every link within the page has its aim, headings skip no level."""
    report = {
        "everything": samples.everything(),
        "empty": samples.empty(),
        "rejected": samples.without_score(Status.REJECTED),
    }[kind]
    outline = Outline(render(report))
    assert (outline.wrong, outline.open) == ([], [])
    assert [name for name, number in Counter(outline.values("id")).items() if number > 1] == []
    assert {link.removeprefix("#") for link in outline.values("href")} <= set(outline.values("id"))
    assert set(outline.values("aria-labelledby")) <= set(outline.values("id"))
    levels = [int(tag[1]) for tag, _ in outline.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_policy_allows_this_style_and_this_script_and_nothing_else(samples: Any) -> None:
    """Their hashes are in it, it comes before both, and no attribute holds a style or a handler."""
    page = render(samples.everything())
    outline = Outline(page)
    policy = next(
        attrs["content"] or "" for _, attrs in outline.tags if attrs.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules == {
        "default-src": "'none'",
        "style-src": f"'{digest(outline.raw['style'])}'",
        "script-src": f"'{digest(outline.raw['script'])}'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert page.index("Content-Security-Policy") < page.index("<style") < page.index("<script")
    assert [name for _, attrs in outline.tags for name in attrs if name == "style" or name.startswith("on")] == []


def digest(text: str) -> str:
    """As a policy writes it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_nothing_is_fetched(samples: Any) -> None:
    """No attribute names anything outside the page."""
    outline = Outline(render(samples.everything()))
    assert [
        attrs for _, attrs in outline.tags if {"src", "srcset", "data", "action", "xlink:href"} & attrs.keys()
    ] == []
    assert all(link.startswith("#") for link in outline.values("href"))
    assert "url(" not in outline.raw["style"]
    assert "@import" not in outline.raw["style"]


def test_a_failure_has_all_it_takes(samples: Any) -> None:
    """Why it matters, expected and got, the exchange, the curl line, the source line, the calls, its question."""
    page = render(samples.everything())
    article = page[page.index('id="check-async.fan-out"') :].partition("</article>")[0]
    for words in (
        "It matters.",
        "all are asked at the same time",
        "1 came",
        "no whole response by the time it was given up",
        "curl --silent --include",
        "requests.get at app/main.py:42 inside async def read",
        "requests.get(url)",
        "catalog GET /items/2",
        "closed by the caller",
        'href="#question-1"',
    ):
        assert words in article


def test_failures_stand_in_the_order_of_what_they_cost(samples: Any) -> None:
    """What cost most is read first."""
    page = render(samples.everything())
    assert page.index('id="check-async.fan-out"') < page.index('id="check-users.total"')


def test_a_perfect_submission_shows_what_works(samples: Any) -> None:
    """Nothing failed, so the passed ones are unfolded."""
    page = render(samples.report(samples.check("a.one"), total=100.0))
    assert "failed" not in ids(page)
    assert "<details open><summary>1 check passed</summary>" in page


def test_a_part_says_that_it_is_one(samples: Any) -> None:
    """A score of some checks is not mistaken for a score of the submission."""
    report = samples.report(samples.check("a.one"), only=["a.one"])
    assert "a score of a part" in render(report)


def test_backticks_are_code(samples: Any) -> None:
    """Titles are written with them; those that do not pair stay as they are."""
    page = render(samples.report(samples.check("a.one", Verdict.FAILED, title="`q` is taken, `", why="`a` & `b`")))
    assert "`q` is taken, `" in page
    assert "<code>a</code> &amp; <code>b</code>" in page


def test_the_wheel_carries_the_templates() -> None:
    """They stand in the package that the wheel takes whole, and no rule leaves them out."""
    root = Path(grader.__file__).parents[1]
    targets = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    templates = root / "grader" / "report" / "html" / "templates"
    assert targets["packages"] == ["grader"]
    assert "exclude" not in targets
    assert {"page.html", "style.css", "script.js"} <= {path.name for path in templates.iterdir()}
