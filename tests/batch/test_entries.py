"""Which submissions are meant, and what they are called."""

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.batch.entries import Entry, find_entries
from grader.errors import UsageError


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Path]:
    """Files below a folder; a path that ends with a slash is a folder."""

    def make(*names: str) -> Path:
        for name in names:
            path = tmp_path / "in" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if name.endswith("/"):
                path.mkdir(exist_ok=True)
            else:
                path.write_text("")
        return tmp_path / "in"

    return make


def names(*paths: Path) -> list[str]:
    """What the submissions are called."""
    return [entry.name for entry in find_entries(paths)]


@pytest.mark.parametrize(
    ("files", "called"),
    [
        pytest.param(["b.zip", "a.tar.gz", "c/main.py"], ["a", "b", "c"], id="archives and projects"),
        pytest.param([".git/x", ".hidden.zip", "a.zip", "notes.txt"], ["a"], id="hidden files and others are left out"),
        pytest.param(
            ["node_modules/x", "grader-reports/y", "__MACOSX/z", "a.zip"], ["a"], id="and so is what no project holds"
        ),
        pytest.param(["main.py", "a.zip"], ["in"], id="a project's folder is one submission"),
        pytest.param(["pyproject.toml", "src/app/main.py"], ["in"], id="also where the code is deeper"),
        pytest.param(["requirements-dev.txt", "app/main.py"], ["in"], id="also by its requirements"),
        pytest.param(["a.zip", "a.tar", "A.tgz"], ["A", "a-2", "a-3"], id="names differ, also where case is ignored"),
        pytest.param(["report.json.zip", "summary.csv.zip"], ["report.json-2", "summary.csv-2"], id="no file's name"),
    ],
)
def test_a_folder(made: Callable[..., Path], files: list[str], called: list[str]) -> None:
    """What counts as a submission in it."""
    assert names(made(*files)) == called


def test_a_hostile_file_name_is_tamed(made: Callable[..., Path]) -> None:
    """It is printed, and stands on pages."""
    assert names(made("\x1b[31m<b>\u202e.zip")) == ["-[31m-b--"]


def test_a_submission_that_is_named_twice_is_one(made: Callable[..., Path]) -> None:
    """By its folder and by itself."""
    folder = made("a.zip", "b.zip")
    assert names(folder, folder / "a.zip", folder / ".." / "in" / "b.zip") == ["a", "b"]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        pytest.param("nowhere.zip", "nowhere.zip is not there", id="missing"),
        pytest.param("in/empty", "there is no archive and no folder in it", id="empty folder"),
    ],
)
def test_what_is_not_there_is_said(made: Callable[..., Path], tmp_path: Path, path: str, words: str) -> None:
    """Before anything is graded."""
    made("empty/")
    with pytest.raises(UsageError, match=words):
        find_entries([tmp_path / path])


def test_no_submission_at_all() -> None:
    """Is the caller's mistake."""
    with pytest.raises(UsageError, match="no submissions are named"):
        find_entries([])


def test_a_manifest_names_files_beside_it(made: Callable[..., Path], tmp_path: Path) -> None:
    """With names and challenges of its own, and among other paths."""
    folder = made("x.zip", "y.zip", "other.zip")
    manifest = tmp_path / "cohort.csv"
    manifest.write_text("name,file,challenge\nAda,in/x.zip,user-directory\n,in/y.zip,\n")
    assert find_entries([manifest, folder / "other.zip"]) == [
        Entry("Ada", tmp_path / "in/x.zip", "user-directory"),
        Entry("y", tmp_path / "in/y.zip", None),
        Entry("other", folder / "other.zip", None),
    ]


def test_a_hostile_name_stays_in_its_folder(made: Callable[..., Path], tmp_path: Path) -> None:
    """A manifest may be made by a machine from what candidates typed."""
    made("x.zip")
    manifest = tmp_path / "cohort.json"
    manifest.write_text('[{"name": "../../etc/x", "file": "in/x.zip"}, {"name": "..", "file": "in/x.zip"}]')
    found = names(manifest)
    assert all("/" not in name and name not in {"", ".", ".."} for name in found)
    assert len(set(found)) == 2


def test_many_missing_files_are_one_line(made: Callable[..., Path], tmp_path: Path) -> None:
    """The first, and how many more."""
    made("x.zip")
    manifest = tmp_path / "cohort.csv"
    manifest.write_text("file\nin/x.zip\nnope-1.zip\nnope-2.zip\n")
    with pytest.raises(UsageError, match=r"cohort.csv line 3: nope-1.zip is not there \(and 1 more\)"):
        find_entries([manifest])
