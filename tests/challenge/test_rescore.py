"""A changed rubric over recorded verdicts: the new score follows from them, and what cannot be taken over is told."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.challenge.pack import Pack, load_pack
from grader.challenge.rescore import Rescored, rescore
from grader.challenge.score import score
from grader.errors import UsageError
from grader.report.consistency import inconsistencies
from grader.report.logbook import Logbook
from grader.report.model import Report
from grader.request import Request
from grader.verdicts import CheckResult, Verdict

NOW = datetime(2026, 11, 2, tzinfo=UTC)
RESULTS = {
    "a.one": CheckResult(id="a.one", verdict=Verdict.PASSED, credit=1),
    "a.two": CheckResult(id="a.two", verdict=Verdict.FAILED, credit=0),
}
NEW = '''
@check("a.new", category="async", level="mid")
async def new(api):
    """New holds.

    It does.
    """
'''


def graded(folder: Path, *, only: tuple[str, ...] = ()) -> Report:
    """A report of the pack: one of its two checks has failed."""
    pack = load_pack(str(folder))
    results = {check.id: RESULTS[check.id] for check in pack.select(list(only))}
    book = Logbook(Request(Path("jane.zip"), str(folder), only=only), pack, results=results)
    book.score = score(pack.select(list(only)), results, pack.rubric.categories)
    return book.report()


@pytest.fixture
def folder(make_pack: Callable[..., Path]) -> Path:
    """The tiny pack, in which `a.two` carries 60 points."""
    return make_pack()


def edited(folder: Path, name: str, *pairs: tuple[str, str]) -> Pack:
    """The pack, with a file changed."""
    file = folder / name
    text = file.read_text()
    for old, new in pairs:
        assert text.count(old) == 1
        text = text.replace(old, new)
    file.write_text(text)
    return load_pack(str(folder))


def rescored(report: Report, pack: Pack) -> Rescored:
    """Worked out, and then consistent in itself."""
    done = rescore(report, pack, NOW)
    assert inconsistencies(done.report) == []
    return done


def test_the_same_rubric_gives_the_same_score(folder: Path) -> None:
    """Nothing changes but the note."""
    report = graded(folder)
    done = rescored(report, load_pack(str(folder)))
    assert (done.before, done.notes) == (done.after, ())
    assert done.report.model_copy(update={"rescorings": []}) == report


def test_weights_levels_and_questions_are_those_of_now(folder: Path) -> None:
    """Verdicts and evidence stay; the note says what was before."""
    report = graded(folder)
    edited(folder, "checks/a.py", ('level="mid", weight=2.5', 'level="senior", weight=1'))
    weights = (("validation = 40", "validation = 90"), ("async = 60", "async = 10"), ('"1.0.0"', '"1.1.0"'))
    done = rescored(report, edited(folder, "challenge.toml", *weights, ('"Why?"', '"Why not?"')))
    assert (done.before.total, done.after.total) == (40, 90)
    first, second = done.report.checks
    assert first.question is not None
    assert (first.question.question, second.level, second.weight) == ("Why not?", "senior", 1)
    assert [check.verdict for check in done.report.checks] == [check.verdict for check in report.checks]
    note = done.report.rescorings[-1]
    assert (note.total, note.new_total, note.at, note.challenge.version) == (40, 90, NOW, "1.0.0")
    assert done.report.challenge is not None
    assert done.report.challenge.version == "1.1.0"


def test_a_check_that_is_gone_is_left_out(folder: Path) -> None:
    """And named, in the line and in the note."""
    report = graded(folder)
    text = (folder / "checks/a.py").read_text()
    (folder / "checks/a.py").write_text(text[: text.index('@check("a.two"')])
    done = rescored(report, edited(folder, "challenge.toml", ("validation = 40\nasync = 60", "validation = 100")))
    assert (done.after.total, [check.id for check in done.report.checks]) == (100, ["a.one"])
    assert done.notes == ("a.two: no longer in the challenge, left out of the new score",)
    assert done.report.rescorings[-1].dropped == ["a.two"]


def test_a_check_that_is_new_is_told(folder: Path) -> None:
    """Its verdict is not known; a run of a part never had all."""
    whole, part = graded(folder), graded(folder, only=("a.one",))
    (folder / "checks/a.py").write_text((folder / "checks/a.py").read_text() + NEW)
    pack = load_pack(str(folder))
    assert rescored(whole, pack).notes == (
        "a.new: not in the report, so the new score is without; grade again to have it counted",
    )
    assert rescored(part, pack).notes == ()


def test_a_check_that_asks_for_something_else_is_told(folder: Path) -> None:
    """The verdict was on other words."""
    report = graded(folder)
    pack = edited(folder, "checks/a.py", ("Two holds.", "Three holds."))
    assert rescored(report, pack).notes[0].startswith("a.two: asks for something else by now")


def test_what_has_no_score_or_another_challenge_is_refused(folder: Path) -> None:
    """Each in one line."""
    report, pack = graded(folder), load_pack(str(folder))
    with pytest.raises(UsageError, match="no score"):
        rescore(report.model_copy(update={"score": None}), pack, NOW)
    with pytest.raises(UsageError, match="it is of tiny, not of receipt-points"):
        rescore(report, load_pack("receipt-points"), NOW)
    with pytest.raises(UsageError, match=r"tiny 1\.0\.0 has none of its checks"):
        rescore(report.model_copy(update={"checks": []}), pack, NOW)
