"""What is a submission, and what it is called."""

from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.similar.entries import find_entries


def make(root: Path, *files: str) -> Path:
    """Empty files below a folder."""
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).touch()
    return root


@pytest.mark.parametrize("mark", ["pyproject.toml", "requirements.txt", "requirements-dev.txt", "main.py"])
def test_a_folder_with_a_project_in_it_is_one(tmp_path: Path, mark: str) -> None:
    """Its folders are none."""
    make(tmp_path / "jane", mark, "app/main.py", "old.zip")
    assert [entry.name for entry in find_entries([tmp_path / "jane"])] == ["jane"]


def test_else_each_archive_and_folder_in_it_is_one(tmp_path: Path) -> None:
    """In the order of their names; what is hidden, no archive, or of tools is none."""
    make(tmp_path, "b.zip", "a.tar.gz", "c/main.py", "notes.txt", ".git/x", ".d.zip", "grader-reports/x", "__MACOSX/x")
    assert [entry.name for entry in find_entries([tmp_path])] == ["a", "b", "c"]


def test_names_differ(tmp_path: Path) -> None:
    """Also where a file system ignores case; and nothing is meant twice."""
    make(tmp_path, "x/jane.zip", "x/Jane.tar", "y/jane.zip")
    entries = find_entries([tmp_path / "x", tmp_path / "y", tmp_path / "y" / "jane.zip"])
    assert [(entry.name, entry.source.name) for entry in entries] == [
        ("Jane", "Jane.tar"),
        ("jane-2", "jane.zip"),
        ("jane-3", "jane.zip"),
    ]


def test_a_hostile_name_is_tamed(tmp_path: Path) -> None:
    """It is printed, and stands on a page."""
    make(tmp_path, "\x1b[31m<b>\u202e.zip")
    assert [entry.name for entry in find_entries([tmp_path])] == ["-[31m-b--"]


@pytest.mark.parametrize(
    ("path", "words"), [("gone", "gone is not there"), ("empty", "there is no archive and no folder")]
)
def test_nothing_there_is_wrong_usage(tmp_path: Path, path: str, words: str) -> None:
    """With the place."""
    make(tmp_path, "empty/notes.txt")
    with pytest.raises(UsageError, match=words):
        find_entries([tmp_path / path])
