"""The page and the terminal: what candidates write is data, and what is said of it is advice."""

import json
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import jsonschema_rs
import pytest
from rich.console import Console

from grader.cli.schema import schema_text
from grader.similar.model import Similarity
from grader.similar.page import render
from grader.similar.terminal import Overview
from grader.similar.write import similarity_json
from tests.report.hostile import EVERY
from tests.report.spoiling import spoil
from tests.similar.conftest import function

COMMITTED = Path(__file__).parents[2] / "docs" / "similarity.schema.json"
Compared = Callable[..., Similarity]


class Tags(HTMLParser):
    """Tags with the names of their attributes, in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, tuple[str, ...]]] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, tuple(sorted(name for name, _ in attrs))))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture
def similarity(put: Callable[..., Path], compared: Compared) -> Similarity:
    """Something of everything."""
    copied = "".join(map(function, range(6)))
    put("ann", {"app/users.py": copied, "README.md": ""})
    put("bob", {"x.py": "import os\n" + copied})
    put("eve", {"app/users.py": copied, "README.md": ""})
    put("tiny", "x = 1\n")
    put("big", {"big.py": "#" * 300_000})
    put("rej", {"x": ""}).joinpath("link").symlink_to("/etc/passwd")
    return compared()


def printed(similarity: Similarity, width: int = 120) -> str:
    """What the terminal shows."""
    console = Console(width=width, color_system=None, highlight=False, markup=False, emoji=False)
    with console.capture() as capture:
        console.print(Overview(similarity))
    return capture.get()


def test_the_page_says_what_it_is(similarity: Similarity) -> None:
    """Advice; the figures; both names; file and lines of each passage; who is not compared."""
    text = " ".join(" ".join(Tags(render(similarity)).text).split())
    for words in (
        "This is advice on where to look, and no finding.",
        "It is never part of a score.",
        "2. ann and eve: 100 %",
        "They are the same files, to the byte.",
        "app/users.py, lines 1 to 58",
        "x.py, lines 2 to 59",
        "not read",
        "too little to compare",
        "big.py: larger than 256 KiB",
        "more than 5 submissions would have to have it",
    ):
        assert words in text


def test_passages_are_marked_and_numbered(similarity: Similarity) -> None:
    """Each line with its number in the file; those around it are not marked."""
    page = render(similarity)
    assert '<span class="line"><span class="at">1</span><span>import os</span></span>' in page
    assert '<span class="line same"><span class="at">2</span><span>def f0(a):</span></span>' in page


def test_the_page_loads_and_runs_nothing(similarity: Similarity) -> None:
    """Not even a script of its own; only its own style."""
    page = render(similarity)
    assert "default-src &#39;none&#39;; style-src &#39;sha256-" in page
    assert {tag for tag, _ in Tags(page).seen}.isdisjoint({"img", "link", "iframe", "object", "form"})
    assert "<script></script>" in page
    assert "http" not in page.replace("http-equiv", "")


@pytest.mark.parametrize("text", EVERY)
def test_hostile_text_does_nothing(similarity: Similarity, text: str) -> None:
    """In names, paths and passages: no tag, no attribute, no hidden character, no control sequence."""
    similarity = similarity.model_copy(update={"at_least": 30.0})
    hostile = spoil(similarity, text)
    tame = spoil(similarity, "x")
    page = render(hostile)
    assert Tags(page).seen == Tags(render(tame)).seen
    shown = page + printed(hostile) + similarity_json(hostile)
    assert [char for char in "\x1b\x00\u202e\u2066\u200b" if char in shown] == []


def test_long_text_has_its_room(similarity: Similarity) -> None:
    """However much there is of it, the page stays one that a browser opens."""
    pair = similarity.pairs[0]
    side = pair.passages[0].left.model_copy(update={"text": ["<" * 10_000] * 60})
    passage = pair.passages[0].model_copy(update={"left": side, "right": side})
    many = pair.model_copy(update={"passages": [passage] * 10, "left": "x" * 5_000})
    page = render(similarity.model_copy(update={"pairs": [many] * 100}))
    assert len(page) < 6_000_000
    assert "10 further passages not shown." in page


def test_the_terminal_says_the_same(similarity: Similarity) -> None:
    """Pairs, who is not compared, and what it is worth."""
    text = " ".join(printed(similarity).split())
    for words in (
        "5 submissions compared: 3 pairs of which at least 30 % of the shorter one is found in the other",
        "100 % 685 tokens ann eve (the same files, to the byte)",
        "not read: rej: entry 'link' is a symbolic link",
        "too little to compare: tiny: 3 tokens of its own in 1 file",
        "not compared wholly: big: big.py: larger than 256 KiB",
        "It is never part of a score.",
    ):
        assert words in text


def test_data_follows_the_committed_schema(similarity: Similarity) -> None:
    """`grader schema similarity` writes it."""
    assert COMMITTED.read_text(encoding="utf-8") == schema_text(Similarity)
    data = json.loads(similarity_json(similarity))
    assert [str(error) for error in jsonschema_rs.validator_for(schema_text(Similarity)).iter_errors(data)] == []
    assert Similarity.model_validate(data) == similarity
