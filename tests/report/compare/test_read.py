"""Reports are found as people name them, and one that cannot be trusted is named in one line."""

import json
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from grader.errors import UsageError
from grader.report.compare.read import find_reports, read_report


def test_files_folders_and_folders_of_folders(cohort: Any) -> None:
    """Each way leads to the same file, which is read once, however often it is named."""
    one, other = cohort.add("jane"), cohort.add("john", folder="batch/second/john")
    assert find_reports([one]) == [one]
    assert find_reports([one.parent]) == [one]
    assert find_reports([cohort.root]) == [other, one]
    assert find_reports([one, cohort.root, one.parent / ".." / "jane"]) == [one, other]


def test_a_report_may_have_any_name(cohort: Any) -> None:
    """As in a folder into which somebody copied them."""
    file = cohort.add("jane").rename(cohort.root / "jane.json")
    assert read_report(find_reports([file])[0]).entry.submission.name == "jane"


def test_a_folder_without_reports(tmp_path: Path) -> None:
    """What was named, and what to name."""
    with pytest.raises(UsageError, match=r"there is no report\.json in it") as raised:
        find_reports([tmp_path])
    assert str(tmp_path) in raised.value.message


def edited(**changes: Any) -> Any:
    """An editor of the report's members; None takes one away."""

    def change(text: str) -> str:
        data = json.loads(text) | changes
        return json.dumps({name: value for name, value in data.items() if value != "gone"})

    return change


def score_of(total: float) -> Any:
    """An editor of the total alone."""

    def change(text: str) -> str:
        data = json.loads(text)
        data["score"]["total"] = total
        return json.dumps(data)

    return change


def verdict(new: str) -> Any:
    """An editor of the first verdict alone."""

    def change(text: str) -> str:
        data = json.loads(text)
        data["checks"][0]["verdict"] = new
        return json.dumps(data)

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(lambda text: text[: len(text) // 2], "is cut off", id="truncated"),
        pytest.param(lambda _: "", "is empty", id="empty"),
        pytest.param(lambda _: "[]", "no report", id="other JSON"),
        pytest.param(edited(schema_version="2.0"), "newer schema, 2.0", id="newer"),
        pytest.param(edited(schema_version="0.9"), "older schema", id="older"),
        pytest.param(edited(checks="gone"), "no valid report: checks", id="member missing"),
        pytest.param(edited(seed="x"), "no valid report: seed", id="member of another type"),
        pytest.param(score_of(99.0), "contradicts itself", id="total edited"),
        pytest.param(score_of(float("nan")), "no JSON", id="NaN"),
        pytest.param(verdict("passed"), "contradicts itself", id="verdict edited"),
        pytest.param(verdict("splendid"), "no valid report", id="no verdict"),
        pytest.param(edited(score=None), "contradicts itself", id="score taken away"),
    ],
)
def test_what_cannot_be_trusted_is_named(cohort: Any, change: Any, words: str) -> None:
    """One line, with the file's path."""
    file = cohort.add("jane", "-++")
    file.write_text(change(file.read_text()))
    with pytest.raises(UsageError, match=words) as raised:
        read_report(file)
    assert str(file) in raised.value.message
    assert "\n" not in raised.value.message


def test_what_is_not_there(tmp_path: Path) -> None:
    """Named as well."""
    with pytest.raises(UsageError, match=r"there is no .*jane\.json"):
        read_report(tmp_path / "jane.json")


def test_lone_surrogates_and_times_without_a_zone_are_read(cohort: Any) -> None:
    """Reports of earlier versions may hold the first; the second would not be in order with others."""
    file = cohort.add("jane")
    data = json.loads(file.read_text()) | {"log": "\udc80", "created_at": "2026-03-01T12:00:00"}
    file.write_text(json.dumps(data))
    assert read_report(file).entry.created_at.tzinfo is UTC
