"""`grader compare` as its users meet it: what is written where, exit codes, and one line for what is wrong."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Grader = Callable[..., Any]
HandIn = Callable[..., Path]
PANG = 'from fastapi import FastAPI\napp = FastAPI()\n@app.get("/ping")\ndef ping():\n    return {"answer": "pang"}\n'


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folder of each run, once they are made."""
    return {"root": tmp_path_factory.mktemp("graded") / "grader-reports"}


@pytest.fixture
def reports(grader: Grader, hand_in: HandIn, ping_pack: Path, graded: dict[str, Path], tmp_path: Path) -> Path:
    """A folder that holds three reports of real runs: a correct one, one with a defect, one that was rejected."""
    if not graded["root"].exists():
        for name, main in {"jane-doe": None, "john-roe": PANG, "ron-poe": "print(1)\n"}.items():
            archive = hand_in(name=name) if main is None else hand_in(main, name)
            words = ("--challenge", str(ping_pack), "--sandbox", "local", "--out", str(graded["root"] / name), "-q")
            grader("run", str(archive), *words)
    shutil.copytree(graded["root"], tmp_path / "cohort")
    return tmp_path / "cohort"


def test_a_table_on_the_terminal(grader: Grader, reports: Path) -> None:
    """Ranks, scores, and who has none and why."""
    ran = grader("compare", str(reports))
    assert (ran.code, ran.err) == (0, "")
    for words in ("ping 1.0.0: 2 with a score, 1 without one", "jane-doe", "100.0", "ron-poe: rejected: "):
        assert words in ran.out
    assert ran.out.index("jane-doe") < ran.out.index("john-roe") < ran.out.index("ron-poe")


@pytest.mark.parametrize(("suffix", "beginning"), [("html", "<!doctype html>"), ("csv", '"rank"'), ("json", "{")])
def test_the_suffix_says_what_is_written(
    grader: Grader, reports: Path, tmp_path: Path, suffix: str, beginning: str
) -> None:
    """Into a folder that is made, with nothing else left in it."""
    target = tmp_path / "new" / f"compare.{suffix}"
    ran = grader("compare", str(reports / "jane-doe"), str(reports / "john-roe" / "report.json"), "-o", str(target))
    assert (ran.code, ran.err) == (0, "")
    assert f"comparison: {target}" in ran.out.replace("\n", " ").replace("  ", " ")
    assert target.read_text(encoding="utf-8").startswith(beginning)
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def test_blind_names_are_those_of_the_folder_or_of_the_salt(grader: Grader, reports: Path, tmp_path: Path) -> None:
    """Two comparisons give the same names; nobody is named on the terminal either."""
    targets = [tmp_path / "a" / "one.json", tmp_path / "a" / "two.json", tmp_path / "b" / "one.json"]
    for target in targets:
        ran = grader("compare", str(reports), "-o", str(target), "--blind")
        assert (ran.code, "jane" in ran.out) == (0, False)
    first, again, elsewhere = (
        [one["name"] for one in json.loads(target.read_text())["candidates"]] for target in targets
    )
    assert first == again != elsewhere
    ran = grader("compare", str(reports), "--blind", "--salt", (tmp_path / "a" / "compare.salt").read_text().strip())
    assert [name in ran.out for name in first] == [True, True]
    assert "doe" not in ran.out


def test_what_differs_is_said_whatever_is_written(grader: Grader, reports: Path, tmp_path: Path) -> None:
    """On the standard error stream, so that scripts may ignore it."""
    file = reports / "jane-doe" / "report.json"
    data = json.loads(file.read_text())
    data["challenge"]["version"] = "0.9.0"
    file.write_text(json.dumps(data))
    ran = grader("compare", str(reports), "-o", str(tmp_path / "c.csv"))
    assert ran.code == 0
    assert "warning: The versions of the challenge differ" in ran.err


def truncate(file: Path) -> None:
    """As a copy that broke off leaves it."""
    file.write_bytes(file.read_bytes()[:500])


def other_challenge(file: Path) -> None:
    """As if it were of another one."""
    data = json.loads(file.read_text())
    data["challenge"]["slug"] = "pong"
    file.write_text(json.dumps(data))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        pytest.param(truncate, "jane-doe/report.json is cut off", id="truncated"),
        pytest.param(other_challenge, "these reports are of different challenges: p", id="other challenge"),
        pytest.param(Path.unlink, "there is no report.json in", id="none"),
    ],
)
def test_a_bad_report_is_one_line_and_exit_2(
    grader: Grader, reports: Path, tmp_path: Path, spoil: Callable[[Path], None], words: str
) -> None:
    """What and where, what to do next; and nothing is written."""
    spoil(reports / "jane-doe" / "report.json")
    target = tmp_path / "compare.html"
    ran = grader("compare", str(reports / "jane-doe"), str(reports / "john-roe"), "-o", str(target))
    assert (ran.code, target.exists()) == (2, False)
    assert words in ran.err
    assert "Traceback" not in ran.err
    assert len(ran.err.strip().splitlines()) == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param(["-o", "compare.pdf"], "must be one of .html, .csv, .json", id="suffix"),
        pytest.param(["-o", "{reports}/jane-doe/report.html"], "take the place of a report", id="page of a report"),
        pytest.param(["-o", "{reports}/jane-doe/report.json"], "take the place of a report", id="report"),
        pytest.param(["-o", "/proc/compare.html"], "cannot be written", id="not writable"),
        pytest.param(["--salt", "x"], "--salt is of use with --blind only", id="salt alone"),
        pytest.param(["--blind", "--salt", ""], "--salt is empty", id="empty salt"),
        pytest.param(["--blind"], "--blind needs a place for its salt", id="no place for a salt"),
    ],
)
def test_wrong_options_are_one_line_and_exit_2(grader: Grader, reports: Path, options: list[str], words: str) -> None:
    """Nothing is made before they are seen."""
    before = sorted(reports.rglob("*"))
    ran = grader("compare", str(reports), *(word.format(reports=reports) for word in options))
    assert ran.code == 2
    assert words in ran.err
    assert sorted(reports.rglob("*")) == before


def test_a_full_disk_leaves_no_half(grader: Grader, reports: Path, full_folder: Path) -> None:
    """One line, and the folder is as it was."""
    ran = grader("compare", str(reports), "-o", str(full_folder / "compare.html"))
    assert ran.code == 2
    assert "cannot be written: No space left on device" in ran.err
    assert [path.name for path in full_folder.iterdir()] == ["filler"]
