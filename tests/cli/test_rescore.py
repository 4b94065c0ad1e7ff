"""`grader rescore` as its users meet it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.challenge.pack import load_pack
from grader.challenge.score import score
from grader.errors import SubmissionRejected
from grader.report.load import load_report
from grader.report.logbook import Logbook
from grader.report.write import write_report
from grader.request import Request
from grader.verdicts import CheckResult, Verdict

Grader = Callable[..., Any]


@pytest.fixture
def folder(make_pack: Callable[..., Path], tmp_path: Path) -> Path:
    """A report of the tiny pack with half of it passed, in a folder; the pack's weights have changed since."""
    pack = load_pack(str(make_pack()))
    results = {
        "a.one": CheckResult(id="a.one", verdict=Verdict.PASSED, credit=1),
        "a.two": CheckResult(id="a.two", verdict=Verdict.FAILED, credit=0),
    }
    book = Logbook(Request(Path("jane.zip"), str(pack.folder)), pack, results=results)
    book.score = score(pack.checks, results, pack.rubric.categories)
    write_report(book.report(), tmp_path / "jane")
    rubric = pack.folder / "challenge.toml"
    rubric.write_text(rubric.read_text().replace("= 40", "= 70").replace("= 60", "= 30"))
    return tmp_path / "jane"


def test_before_and_after_are_shown_and_nothing_is_written(grader: Grader, folder: Path) -> None:
    """The total and each category that has changed."""
    before = (folder / "report.json").read_bytes()
    ran = grader("rescore", str(folder), "--challenge", str(folder.parent / "tiny"))
    rows = [line.split() for line in ran.out.splitlines()]
    assert ran.code == 0
    assert ["jane", "40", "70", "+30.0", "junior"] in [row[:5] for row in rows]
    assert any(row[:1] == ["validation"] and row[-1] == "70" for row in rows)
    assert (folder / "report.json").read_bytes() == before


def test_write_writes_report_and_page_anew(grader: Grader, folder: Path) -> None:
    """Under its own name, with the note."""
    (folder / "report.json").rename(folder / "mine.json")
    ran = grader("rescore", str(folder / "mine.json"), "--challenge", str(folder.parent / "tiny"), "--write")
    report = load_report(folder / "mine.json")
    assert ran.code == 0, ran.err
    assert report.score is not None
    assert (report.score.total, [note.total for note in report.rescorings]) == (70, [40])
    assert "scores 70" in (folder / "mine.html").read_text()


def test_a_report_without_a_score_is_passed_over(grader: Grader, folder: Path, tmp_path: Path) -> None:
    """In one line; where there is none with a score, that is wrong usage."""
    book = Logbook(Request(Path("bob.zip")))
    book.fail(SubmissionRejected("no application"))
    write_report(book.report(), tmp_path / "bob")
    ran = grader("rescore", str(tmp_path / "bob"), str(folder), "--challenge", str(tmp_path / "tiny"))
    assert (ran.code, "jane" in ran.out) == (0, True)
    assert "it has no score (rejected)" in " ".join(ran.err.split())
    alone = grader("rescore", str(tmp_path / "bob"))
    assert (alone.code, "it names no challenge (rejected)" in " ".join(alone.err.split())) == (2, True)
