"""A blind comparison: the same names for the same files, and nothing by which anybody could be known."""

import json
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from grader.errors import UsageError
from grader.report.compare.model import Comparison
from grader.report.compare.names import SALT_FILE, kept_salt
from grader.report.compare.page import render
from grader.report.compare.sheet import sheet
from grader.report.compare.terminal import Overview
from grader.report.compare.write import comparison_json

SECRETS = ("jane", "doe", "batch-of-berlin", "12345678", "report.html", "report.json", "2026-03-01", "/home")


def terminal(comparison: Comparison) -> str:
    """What the terminal shows."""
    console = Console(width=200)
    with console.capture() as capture:
        console.print(Overview(comparison))
    return capture.get()


RENDERINGS = [render, sheet, comparison_json, terminal]


@pytest.fixture
def people(cohort: Any, handed_in: Any) -> Any:
    """With a score, without one, twice, and with one name."""
    at = cohort.report("x").created_at
    cohort.add("jane-doe", "+-?", folder="batch-of-berlin/a", seed=12345678)
    cohort.add("jane-doe", "+++", folder="batch-of-berlin/b", submission=handed_in("jane-doe", "second"))
    cohort.add("doe", folder="batch-of-berlin/c", submission=handed_in("doe", "second"), created_at=at + timedelta(1))
    for number, kind in enumerate(("StartRejected", "EntryPointRejected", "PodError", "jane-doe")):
        cohort.without(f"doe-{number}", kind, folder=f"batch-of-berlin/{number}")
    return cohort


@pytest.mark.parametrize("rendering", RENDERINGS)
def test_nothing_that_identifies_is_left(people: Any, rendering: Callable[[Comparison], str]) -> None:
    """No name, folder, seed, time, link, hash, or word that a report says of its problem; the salt neither."""
    text = rendering(people.compared(salt=b"pepper")).lower()
    hashes = [one.origin.submission_hash[:8] for one in people.compared().candidates]
    assert [
        word for word in (*SECRETS, *hashes, "pepper") if word in text.replace("<code>report.json</code>", "")
    ] == []


@pytest.mark.parametrize("rendering", RENDERINGS[:3])
def test_without_blindness_they_are_there(people: Any, rendering: Callable[[Comparison], str]) -> None:
    """So the test above looks for the right words."""
    text = rendering(people.compared()).lower()
    assert all(word in text for word in ("jane-doe", "doe-0", "batch-of-berlin"))


def test_names_are_the_same_each_time_whoever_else_is_there(people: Any) -> None:
    """By the files and the salt alone."""
    before = {one.name: one.score for one in people.compared(salt=b"one").candidates}
    people.add("late", "---")
    after = {one.name: one.score for one in people.compared(salt=b"one").candidates}
    assert before.items() < after.items()
    assert before.keys().isdisjoint(one.name for one in people.compared(salt=b"other").candidates)


def test_a_name_is_no_hash_that_one_could_compute(people: Any) -> None:
    """Who has the files but not the salt learns nothing."""
    hashes = [one.origin.submission_hash for one in people.compared().candidates]
    names = [one.name.removeprefix("candidate-") for one in people.compared(salt=b"one").candidates]
    assert all(name not in digest for name in names for digest in hashes)


def test_ties_stand_in_the_order_of_the_pseudonyms(cohort: Any) -> None:
    """Not in that of the names, which would tell who is who."""
    for name in ("a", "b", "c", "d", "e", "f"):
        cohort.add(name)
    names = [one.name for one in cohort.compared(salt=b"s").candidates]
    assert names == sorted(names)


def test_reasons_are_those_of_the_kind(people: Any) -> None:
    """What is no kind of ours is not repeated."""
    told = {one.kind: one.reason for one in people.compared(salt=b"s").unscored}
    assert told.keys() == {"StartRejected", "EntryPointRejected", "InfrastructureError", "SubmissionRejected"}
    assert told["StartRejected"] == "the application crashed, exited or never listened"


def test_that_names_differ_is_said_without_them(people: Any) -> None:
    """Whoever reads knows whether to ask."""
    (warning,) = [one for one in people.compared(salt=b"s").warnings if one.kind == "several-reports"]
    assert [group.value for group in warning.groups] == ["several reports, under different names"]


def test_the_salt_is_made_once_and_for_its_owner(tmp_path: Path) -> None:
    """A second comparison in the same folder finds it; another folder has another one."""
    salt = kept_salt(tmp_path)
    assert kept_salt(tmp_path) == salt
    assert kept_salt(tmp_path / "new") != salt
    assert stat.S_IMODE((tmp_path / SALT_FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [SALT_FILE]


def test_a_salt_that_cannot_be_kept(tmp_path: Path) -> None:
    """One line that names the file; an empty one protects nothing."""
    (tmp_path / SALT_FILE).touch()
    with pytest.raises(UsageError, match=r"compare\.salt is empty"):
        kept_salt(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"file/compare\.salt: the salt of --blind cannot be kept"):
        kept_salt(tmp_path / "file")


def test_blind_data_is_marked(people: Any) -> None:
    """A program can tell."""
    data = json.loads(comparison_json(people.compared(salt=b"s")))
    assert data["blind"] is True
    assert {one["origin"] for one in data["candidates"] + data["unscored"]} == {None}
