"""A folder is as hostile as a zip: no link is followed, no pipe is waited for."""

import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.errors import ArchiveRejected
from grader.intake.archive import unpack
from grader.settings import Settings


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "main.py").write_text("app = 1\n")
    (tmp_path / "out").mkdir()
    return folder


def bind(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(path))


@pytest.mark.parametrize(
    ("plant", "words"),
    [
        pytest.param(lambda folder: (folder / "x").symlink_to("/etc/passwd"), "symbolic link", id="link to a file"),
        pytest.param(lambda folder: (folder / "x").symlink_to("/etc"), "symbolic link", id="link to a folder"),
        pytest.param(lambda folder: (folder / "x").symlink_to("main.py"), "symbolic link", id="link inside"),
        pytest.param(lambda folder: (folder / "x").symlink_to("nowhere"), "symbolic link", id="dangling link"),
        pytest.param(lambda folder: os.mkfifo(folder / "x"), "named pipe", id="pipe"),
        pytest.param(lambda folder: bind(folder / "x"), "socket", id="socket"),
        pytest.param(lambda folder: (folder / "a\nb").touch(), "control", id="newline"),
        pytest.param(lambda folder: (folder / "a\\b").touch(), "backslash", id="backslash"),
        pytest.param(lambda folder: (folder / "a\udcff").touch(), "not UTF-8", id="bytes"),
        pytest.param(lambda folder: (folder / "/".join("d" * 40)).mkdir(parents=True), "deep", id="deep"),
    ],
)
def test_hostile_folder_is_refused(
    plant: Callable[[Path], object], words: str, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is refused with the entry and the reason, before anything is written."""
    monkeypatch.chdir(tmp_path)
    plant(project)
    with pytest.raises(ArchiveRejected, match=words):
        unpack(project, tmp_path / "out", Settings())
    assert list((tmp_path / "out").iterdir()) == []


def test_a_link_to_the_folder_is_the_callers_choice(project: Path, tmp_path: Path) -> None:
    """Only what the candidate made is judged, not the way the caller names it."""
    (tmp_path / "link").symlink_to(project)
    assert unpack(tmp_path / "link", tmp_path / "out", Settings()).files == ("main.py",)


def test_what_is_left_out_is_not_even_listed(project: Path, tmp_path: Path) -> None:
    """A virtual environment with its links counts as one entry, whatever is in it."""
    (project / ".venv/bin").mkdir(parents=True)
    (project / ".venv/bin/python").symlink_to("/usr/bin/python3")
    for number in range(50):
        (project / f".venv/{number}").touch()
    tree = unpack(project, tmp_path / "out", Settings(max_entries=1))
    assert tree.files == ("main.py",)
    assert tree.warnings == ("left out as no part of the project, 1 in all: .venv (1)",)


def test_an_unreadable_file_is_the_candidates(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named, with the reason."""
    real = os.open

    def refuse(path: Path, flags: int, *rest: int) -> int:
        if Path(path).name == "main.py":
            raise PermissionError(13, "Permission denied")
        return real(path, flags, *rest)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(ArchiveRejected, match=r"'main\.py' cannot be read: Permission denied"):
        unpack(project, tmp_path / "out", Settings())


def test_an_unreadable_folder_is_the_candidates(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named, with the reason."""
    (project / "private").mkdir()
    real = os.scandir

    def refuse(path: Path) -> object:
        if path.name == "private":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(ArchiveRejected, match="'private' cannot be read: Permission denied"):
        unpack(project, tmp_path / "out", Settings())


def test_a_file_that_grows_is_cut_off_at_the_cap(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes are counted as they stream: what was declared when the file was judged is not trusted."""
    real = os.open

    def growing(path: Path, flags: int, *rest: int) -> int:
        (project / "main.py").write_bytes(b"x" * 5000)
        return real(path, flags, *rest)

    monkeypatch.setattr(os, "open", growing)
    with pytest.raises(ArchiveRejected, match="too large"):
        unpack(project, tmp_path / "out", Settings(max_file_bytes=1000))


@pytest.mark.parametrize("swap", [pytest.param("link", id="link"), pytest.param("pipe", id="pipe")])
def test_a_file_that_changes_its_kind_is_not_followed(
    swap: str, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What took a file's place between judging and reading is refused, not followed or waited for."""
    secret = tmp_path / "secret"
    secret.write_text("secret")
    real = os.open

    def swapping(path: Path, flags: int, *rest: int) -> int:
        if Path(path) == project / "main.py":
            Path(path).unlink()
            Path(path).symlink_to(secret) if swap == "link" else os.mkfifo(path)
        return real(path, flags, *rest)

    monkeypatch.setattr(os, "open", swapping)
    with pytest.raises(ArchiveRejected, match=r"main\.py"):
        unpack(project, tmp_path / "out", Settings())


def test_the_source_is_left_as_it_was(project: Path, tmp_path: Path) -> None:
    """The tree is a copy with modes of its own; the candidate's folder keeps its own."""
    (project / "main.py").chmod(0o600)
    tree = unpack(project, tmp_path / "out", Settings())
    assert stat.S_IMODE((project / "main.py").stat().st_mode) == 0o600
    assert stat.S_IMODE((tree.root / "main.py").stat().st_mode) == 0o644
    assert not tree.root.is_relative_to(project)
