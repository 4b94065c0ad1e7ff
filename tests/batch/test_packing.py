"""A folder as one stream: intake judges it as it would have judged the folder."""

import os
from pathlib import Path

import pytest

from grader.batch.packing import packed, source_digest
from grader.errors import GraderError, UsageError
from grader.intake.archive import unpack
from grader.settings import Settings

SETTINGS = Settings(max_file_bytes=5_000, max_total_bytes=20_000, max_entries=50)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project."""
    root = tmp_path / "project"
    (root / "app" / "empty").mkdir(parents=True)
    (root / ".venv" / "lib").mkdir(parents=True)
    (root / ".venv" / "lib" / "x.py").write_text("x")
    (root / "app" / "main.py").write_text("from fastapi import FastAPI\napp = FastAPI()\n")
    (root / "app" / "exact.bin").write_bytes(b"x" * 512)
    (root / "naïve.txt").write_text("ü" * 300)
    return root


def sent(folder: Path, tmp_path: Path) -> Path:
    """The tar on another machine."""
    file = tmp_path / "project.tar"
    file.write_bytes(b"".join(packed(folder, SETTINGS)))
    return file


def judged(source: Path, tmp_path: Path) -> tuple[str, ...]:
    """What intake makes of it: the files and their digest, or why it is refused."""
    target = tmp_path / f"to-{source.name}"
    target.mkdir()
    try:
        tree = unpack(source, target, SETTINGS)
    except GraderError as error:
        return (type(error).__name__,)
    return (tree.digest, *tree.files, *tree.folders)


def test_the_same_files(folder: Path, tmp_path: Path) -> None:
    """With the same digest; what intake leaves out is left out either way."""
    assert judged(sent(folder, tmp_path), tmp_path) == judged(folder, tmp_path)
    assert ".venv" not in str(judged(folder / "app", tmp_path))


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda root: (root / "link").symlink_to("/etc/passwd"), id="a link out"),
        pytest.param(lambda root: os.mkfifo(root / "pipe"), id="a named pipe"),
        pytest.param(lambda root: (root / "large").write_bytes(b"x" * 9_000), id="a large file"),
        pytest.param(
            lambda root: [(root / f"m{number}").write_bytes(b"x" * 4_900) for number in range(5)], id="large as a whole"
        ),
        pytest.param(lambda root: [(root / f"n{number}").touch() for number in range(60)], id="many files"),
    ],
)
def test_what_is_refused_here_is_refused_there(folder: Path, tmp_path: Path, spoil: object) -> None:
    """No verdict hangs on whether a folder was sent."""
    spoil(folder)  # type: ignore[operator]
    assert judged(sent(folder, tmp_path), tmp_path) == judged(folder, tmp_path)


def test_the_digest_follows_the_contents(folder: Path) -> None:
    """The same for the same files, another for others."""
    before = source_digest(folder, SETTINGS)
    assert source_digest(folder, SETTINGS) == before
    (folder / "app" / "main.py").write_text("app = 1\n")
    assert source_digest(folder, SETTINGS) != before


def test_an_archive_is_sent_as_it_is(tmp_path: Path) -> None:
    """Whatever is in it."""
    file = tmp_path / "a.zip"
    file.write_bytes(b"junk" * 1000)
    assert b"".join(packed(file, SETTINGS)) == file.read_bytes()


def test_what_is_gone_is_said(tmp_path: Path) -> None:
    """In one line."""
    with pytest.raises(UsageError, match=r"gone.zip cannot be read: No such file"):
        source_digest(tmp_path / "gone.zip", SETTINGS)
