"""`grader similar` as its users meet it: what is written where, exit codes, and one line for what is wrong."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.copying import copy_of
from grader.places import references_dir

Grader = Callable[..., Any]


@pytest.fixture
def cohort(tmp_path: Path) -> Path:
    """Three solutions of one challenge, a copy of one of them, and something that is no archive."""
    folder = tmp_path / "cohort"
    for variant in ("reference", "single-file", "sqlite"):
        shutil.copytree(references_dir() / "receipt-points" / variant, folder / variant)
    copy_of(folder / "reference", folder / "thief", watered=0.5)
    (folder / "broken.zip").write_bytes(b"PK\x03\x04")
    return folder


def test_a_table_on_the_terminal(grader: Grader, cohort: Path) -> None:
    """The pair, who could not be read, whose code counts for nothing, and what it is worth."""
    ran = grader("similar", str(cohort), "--challenge", "receipt-points")
    assert (ran.code, ran.err) == (0, "")
    assert "4 submissions compared: 1 pair of which" in ran.out
    for words in ("reference", "thief", "not read: broken: ", "the starter of receipt-points", "never part of a score"):
        assert words in ran.out


@pytest.mark.parametrize(("suffix", "beginning"), [("html", "<!doctype html>"), ("json", "{")])
def test_the_suffix_says_what_is_written(
    grader: Grader, cohort: Path, tmp_path: Path, suffix: str, beginning: str
) -> None:
    """Into a folder that is made, with nothing else left in it."""
    target = tmp_path / "new" / f"similar.{suffix}"
    ran = grader("similar", str(cohort / "reference"), str(cohort / "thief"), "-o", str(target))
    assert (ran.code, ran.err) == (0, "")
    assert f"similarity: {target}" in " ".join(ran.out.split())
    assert target.read_text(encoding="utf-8").startswith(beginning)
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def test_nothing_found_is_no_failure(grader: Grader, cohort: Path) -> None:
    """Exit code 0, whatever was found."""
    (cohort / "sqlite" / "pyproject.toml").unlink()
    ran = grader("similar", str(cohort / "single-file"), str(cohort / "sqlite"))
    assert (ran.code, "0 pairs" in ran.out) == (0, True)
    assert "so the starter's own code was compared as well" in " ".join(ran.out.split())


def test_blind_names_hang_on_the_salt(grader: Grader, cohort: Path, tmp_path: Path) -> None:
    """Kept beside the file; nobody is named on the terminal either."""
    targets = [tmp_path / "a" / "one.json", tmp_path / "a" / "two.json", tmp_path / "b" / "one.json"]
    for target in targets:
        ran = grader("similar", str(cohort), "-o", str(target), "--blind")
        assert (ran.code, "thief" in ran.out + ran.err) == (0, False)
    first, again, elsewhere = ([one["left"] for one in json.loads(target.read_text())["pairs"]] for target in targets)
    assert first == again != elsewhere


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["{cohort}/reference"], "1 of 1 submissions can be read, and it takes two", id="one"),
        pytest.param(["{cohort}/reference", "{cohort}/broken.zip"], "broken: ", id="one and a broken one"),
        pytest.param(["{cohort}/gone"], "gone is not there", id="nothing there"),
        pytest.param(["{cohort}", "-o", "x.pdf"], "must be one of .html, .json", id="suffix"),
        pytest.param(["{cohort}", "-o", "/proc/similar.html"], "cannot be written", id="not writable"),
        pytest.param(["{cohort}", "--challenge", "nope"], "unknown challenge 'nope'", id="challenge"),
        pytest.param(["{cohort}", "--ignore", "{cohort}/gone"], "gone does not exist", id="template"),
        pytest.param(["{cohort}", "--salt", "x"], "--salt is of use with --blind only", id="salt alone"),
        pytest.param(["{cohort}", "--blind"], "--blind needs a place for its salt", id="no place for a salt"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(grader: Grader, cohort: Path, words: list[str], said: str) -> None:
    """What and where, what to do next; no traceback."""
    ran = grader("similar", *(word.format(cohort=cohort) for word in words))
    assert ran.code == 2
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert len([line for line in ran.err.splitlines() if line.startswith("error: ")]) == 1


@pytest.mark.parametrize("value", ["0", "101", "nan", "many"])
def test_the_threshold_is_per_cent(grader: Grader, cohort: Path, value: str) -> None:
    """From 1 to 100."""
    assert grader("similar", str(cohort), "--at-least", value).code == 2


def test_help_teaches(grader: Grader) -> None:
    """What it is for and what it is not, its options and exit codes."""
    ran = grader("similar", "--help")
    words = " ".join(ran.out.split())
    assert [
        each
        for each in ("never part of a score", "Exit codes", "--ignore", "--at-least", "--blind")
        if each not in words
    ] == []


def test_the_schema_is_printed(grader: Grader) -> None:
    """As for the other documents."""
    assert json.loads(grader("schema", "similarity").out)["title"] == "Similarity"
