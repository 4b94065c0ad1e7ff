"""Paths that are no files: the caller's mistake, or a trap to hang in. It ends at once with 2, and without a report."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.attacks.attack import DEADLINE, Attack


def pipe(folder: Path) -> Path:
    os.mkfifo(folder / "submission.zip")
    return folder / "submission.zip"


def listening(folder: Path) -> Path:
    with socket.socket(socket.AF_UNIX) as server:
        os.chdir(folder)
        server.bind("submission.zip")
    return folder / "submission.zip"


def link_to_itself(folder: Path) -> Path:
    (folder / "submission.zip").symlink_to("submission.zip")
    return folder / "submission.zip"


TRAPS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "a pipe that nobody writes to": (pipe, "neither a file nor a folder"),
    "a socket": (listening, "neither a file nor a folder"),
    "a device without an end": (lambda _: Path("/dev/zero"), "neither a file nor a folder"),
    "a link to itself": (link_to_itself, "cannot be opened"),
    "nothing": (lambda folder: folder / "submission.zip", "does not exist"),
}


@pytest.mark.parametrize(("make", "words"), TRAPS.values(), ids=TRAPS)
def test_no_archive(
    attack: Attack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], Path], words: str
) -> None:
    """Nobody waits for it, and nobody's work is judged."""
    monkeypatch.chdir(tmp_path)
    process = attack.start(make(tmp_path))
    text, _ = process.communicate(timeout=DEADLINE)
    assert process.returncode == 2, text
    assert words in text
    assert "Traceback" not in text


def project(folder: Path) -> Path:
    root = folder / "submission.zip"
    (root / "app").mkdir(parents=True)
    (root / "main.py").write_text("from fastapi import FastAPI\napp = FastAPI()\n")
    return root


def loop(folder: Path) -> Path:
    root = project(folder)
    (root / "app" / "again").symlink_to("..")
    return root


def secret(folder: Path) -> Path:
    root = project(folder)
    (root / "app" / "passwd").symlink_to("/etc/passwd")
    return root


def waiting(folder: Path) -> Path:
    root = project(folder)
    os.mkfifo(root / "app" / "config.py")
    return root


FOLDERS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "a link in a circle": (loop, "symbolic link"),
    "a link to a file of the host": (secret, "symbolic link"),
    "a pipe inside": (waiting, "named pipe"),
}


@pytest.mark.parametrize(("make", "words"), FOLDERS.values(), ids=FOLDERS)
def test_a_folder_is_judged_as_an_archive_is(
    attack: Attack, tmp_path: Path, make: Callable[[Path], Path], words: str
) -> None:
    """A folder that is called like a zip is a folder; no link is followed and no pipe opened."""
    attack.archive(make(tmp_path)).rejected("ArchiveRejected", words)
