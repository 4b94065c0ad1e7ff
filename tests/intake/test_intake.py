"""The intake as a whole: from a file to a submission."""

import zipfile
from pathlib import Path

import pytest

from grader.errors import EntryPointRejected
from grader.intake.intake import safe_name, take_in
from grader.settings import Settings

APP = "from fastapi import FastAPI\napp = FastAPI()\n"


def pack(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def test_an_archive_becomes_a_submission(tmp_path: Path) -> None:
    """Name, files, entry point, dependencies and challenge are all read from one zip."""
    files = {
        "solution/pyproject.toml": '[tool.grader]\nchallenge = "user-directory"\n',
        "solution/requirements.txt": "fastapi\n",
        "solution/app/main.py": APP,
    }
    source = pack(tmp_path / "jane.doe.zip", files)
    (tmp_path / "out").mkdir()
    found = take_in(source, tmp_path / "out", Settings())
    assert found.name == "jane.doe"
    assert found.entry_point.target == "app.main:app"
    assert found.dependencies.requirements == ("fastapi",)
    assert found.challenge == "user-directory"
    assert (found.tree.root / "app/main.py").is_file()


def test_warnings_of_every_stage_are_handed_on(tmp_path: Path) -> None:
    """A broken pyproject.toml and a dropped requirement are both told, and neither stops the intake."""
    files = {"main.py": APP, "pyproject.toml": "[", "requirements.txt": "pywin32==306\nfastapi\n"}
    (tmp_path / "out").mkdir()
    found = take_in(pack(tmp_path / "x.zip", files), tmp_path / "out", Settings())
    assert [warning.partition(" ")[0] for warning in found.warnings] == ["pyproject.toml", "pywin32"]
    assert found.challenge is None


def test_a_nested_project_names_its_challenge(tmp_path: Path) -> None:
    """`[tool.grader]` is read where the application lives, too."""
    files = {"README.md": "", "api/main.py": APP, "api/pyproject.toml": '[tool.grader]\nchallenge = "user-directory"\n'}
    (tmp_path / "out").mkdir()
    assert take_in(pack(tmp_path / "x.zip", files), tmp_path / "out", Settings()).challenge == "user-directory"


def test_the_caller_names_application_and_submission(tmp_path: Path) -> None:
    """`app` and `name` go before what the archive says."""
    source = pack(tmp_path / "x.zip", {"main.py": APP, "other.py": APP})
    (tmp_path / "out").mkdir()
    found = take_in(source, tmp_path / "out", Settings(), app="other:app", name="Jane/Doe")
    assert (found.entry_point.target, found.name) == ("other:app", "Jane-Doe")


def test_a_folder_has_its_own_name(tmp_path: Path) -> None:
    """A folder is called what it is called, `.` included."""
    source = tmp_path / "candidate 7.v2"
    source.mkdir()
    (source / "main.py").write_text(APP)
    (tmp_path / "out").mkdir()
    assert take_in(source / ".", tmp_path / "out", Settings()).name == "candidate 7.v2"


def test_no_application_is_a_rejection(tmp_path: Path) -> None:
    """An archive without an application ends in the candidate's error, not in ours."""
    (tmp_path / "out").mkdir()
    with pytest.raises(EntryPointRejected):
        take_in(pack(tmp_path / "x.zip", {"README.md": "hi"}), tmp_path / "out", Settings())


@pytest.mark.parametrize("suffix", [".zip", ".tar", ".tar.gz", ".TGZ", ".tar.bz2", ".tar.xz"])
def test_suffixes_of_archives_are_no_part_of_the_name(tmp_path: Path, suffix: str) -> None:
    """Each known suffix is taken off, once; the format is told by the content."""
    (tmp_path / "out").mkdir()
    assert take_in(pack(tmp_path / f"a.zip{suffix}", {"main.py": APP}), tmp_path / "out", Settings()).name == "a.zip"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain-name_1.0", "plain-name_1.0"),
        ("Zoë 日本", "Zoë 日本"),
        ("..", "submission"),
        (".", "submission"),
        ("", "submission"),
        ("../../etc", "-..-etc"),
        ("a\x1b[31mb\u202ec\n", "a-[31mb-c-"),
        ("x" * 300, "x" * 100),
        ("a\ud800b", "a-b"),
        ("CON: ", "CON-"),
    ],
)
def test_a_name_is_safe(text: str, expected: str) -> None:
    """A name can be printed and used as a folder, whatever the file was called."""
    assert safe_name(text) == expected
