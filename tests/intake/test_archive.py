"""Whatever way a submission is packed, the same files come out; and each fault is given to whom it belongs."""

import bz2
import errno
import gzip
import io
import os
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.errors import ArchiveRejected, InfrastructureError, UsageError
from grader.intake.archive import unpack
from grader.settings import MEBIBYTE, Settings

Files = Mapping[str, bytes]


def as_zip(files: Files, target: Path) -> Path:
    path = target / "submission.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def as_tar(files: Files, target: Path) -> Path:
    path = target / "submission.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, data in reversed(files.items()):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def as_folder(files: Files, target: Path) -> Path:
    for name, data in files.items():
        path = target / "submission" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return target / "submission"


FORMS = pytest.mark.parametrize("pack", [as_zip, as_tar, as_folder])

# Names that cannot collide, be left out, or be taken for a folder: folders are letters, files have a suffix.
folders = st.text("abc", min_size=1, max_size=3)
file_names = st.text("xyzäあ ", min_size=1, max_size=4).map(lambda stem: f"{stem}.py")
paths = st.builds(lambda parents, name: "/".join([*parents, name]), st.lists(folders, max_size=3), file_names)
trees = st.dictionaries(paths, st.binary(max_size=200), min_size=1, max_size=8)


@settings(max_examples=40, deadline=None)
@given(files=trees)
def test_an_honest_tree_survives_every_form(files: Files) -> None:
    """A zip, a tar and a folder of the same files give the same files, bytes and digest."""
    results = []
    for pack in (as_zip, as_tar, as_folder):
        with tempfile.TemporaryDirectory() as source, tempfile.TemporaryDirectory() as target:
            tree = unpack(pack(files, Path(source)), Path(target), Settings())
            contents = {name: (tree.root / name).read_bytes() for name in tree.files}
            results.append((tree.files, contents, tree.digest, tree.total_bytes))
    assert results[0] == results[1] == results[2]
    names, contents, _, total = results[0]
    assert sorted(contents.values()) == sorted(files.values())
    assert list(names) == sorted(names)
    assert total == sum(map(len, files.values()))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param({"a": b"bc", "d": b""}, {"a": b"b", "cd": b""}, id="name and contents"),
        pytest.param({"a": b"x", "b": b"y"}, {"a": b"y", "b": b"x"}, id="swapped contents"),
        pytest.param({"a": b"x\0y"}, {"a": b"x", "y": b""}, id="nul in contents"),
        pytest.param({"d/a": b"", "b": b""}, {"d": b"", "a": b"", "b": b""}, id="folders"),
        pytest.param({"a": b""}, {"a": b"", "b": b""}, id="an empty file more"),
    ],
)
def test_different_trees_have_different_digests(one: Files, other: Files, tmp_path: Path) -> None:
    """No two trees share a digest by the way their parts are put together."""
    digests = set()
    for number, files in enumerate((one, other)):
        (tmp_path / f"{number}").mkdir()
        (tmp_path / f"{number}/out").mkdir()
        digests.add(unpack(as_zip(files, tmp_path / f"{number}"), tmp_path / f"{number}/out", Settings()).digest)
    assert len(digests) == 2


@FORMS
@pytest.mark.parametrize(
    ("files", "limits", "words"),
    [
        pytest.param({f"{n}.py": b"" for n in range(4)}, {"max_entries": 3}, "too many entries", id="entries"),
        pytest.param(
            {"a.py": b"", "big": b"x" * 11}, {"max_file_bytes": 10}, "'big' is too large; a file may have 10", id="file"
        ),
        pytest.param({"a": b"123456", "b": b"123456"}, {"max_total_bytes": 10}, "too large", id="total"),
    ],
)
def test_caps_hold_for_every_form(pack: Any, files: Files, limits: dict[str, int], words: str, tmp_path: Path) -> None:
    """A cap is a cap, whatever the submission came in, and what just fits is taken."""
    (tmp_path / "out").mkdir()
    with pytest.raises(ArchiveRejected, match=words):
        unpack(pack(files, tmp_path), tmp_path / "out", Settings(**limits))
    (tmp_path / "fits").mkdir()
    enough = {name: max(12, limit + 1) for name, limit in limits.items()}
    if "max_total_bytes" in limits:
        return  # the packed file has a cap as well, and is larger than its contents here
    assert len(unpack(pack(files, tmp_path), tmp_path / "fits", Settings(**enough)).files) == len(files)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"", "an empty file", id="empty"),
        pytest.param(b"from fastapi import FastAPI\n" * 90, "text: 'from fastapi import FastAPI'", id="text"),
        pytest.param("é".encode() * 300, "text: 'ééé", id="text cut inside a character"),
        pytest.param(b"\x1b]0;owned\x07\n", r"text: '\\x1b\]0;owned", id="text with escapes"),
        pytest.param(b"<!DOCTYPE html><title>Sign in", "a web page", id="login page"),
        pytest.param(b"Rar!\x1a\x07\x01\x00", "a RAR archive", id="rar"),
        pytest.param(b"7z\xbc\xaf\x27\x1c\0\4", "a 7-Zip archive", id="7z"),
        pytest.param(b"PK\x07\x08PK\x03\x04", "split zip", id="split zip"),
        pytest.param(b"\x00\x01\x02\xff" * 300, "binary data that begins with 00 01 02 ff", id="binary"),
        pytest.param(gzip.compress(b"hello"), "it is gzip, but what it holds looks like text: 'hello'", id="gz"),
        pytest.param(bz2.compress(b""), "it is bzip2, but what it holds looks like an empty file", id="bz2"),
    ],
)
def test_what_is_no_archive_is_said_to_be_what_it_is(data: bytes, words: str, tmp_path: Path) -> None:
    """The candidate learns what was handed in, and what would have been taken."""
    (tmp_path / "out").mkdir()
    (tmp_path / "submission.zip").write_bytes(data)
    with pytest.raises(ArchiveRejected, match=words) as refusal:
        unpack(tmp_path / "submission.zip", tmp_path / "out", Settings())
    assert "submission.zip: this is not a zip or tar archive" in refusal.value.message
    assert refusal.value.message.isprintable()
    assert ".tar.gz" in refusal.value.hint


def test_the_name_of_the_file_decides_nothing(tmp_path: Path) -> None:
    """A tar that is called zip is a tar."""
    (tmp_path / "out").mkdir()
    source = as_tar({"main.py": b"x"}, tmp_path).rename(tmp_path / "really.zip")
    assert unpack(source, tmp_path / "out", Settings()).files == ("main.py",)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(lambda folder: folder / "absent.zip", "does not exist", id="missing"),
        pytest.param(lambda folder: folder / "a\x1b[2J\nb.zip", "does not exist", id="missing with escapes"),
        pytest.param(lambda folder: folder / ("x" * 5000), "cannot be opened", id="name too long"),
        pytest.param(lambda _: Path("/dev/null"), "neither a file nor a folder", id="device"),
        pytest.param(lambda folder: (os.mkfifo(folder / "p"), folder / "p")[1], "neither a file", id="pipe"),
    ],
)
def test_a_wrong_path_is_the_callers_fault(make: Any, words: str, tmp_path: Path) -> None:
    """It is a usage error in one printable line, and no pipe is waited for."""
    with pytest.raises(UsageError, match=words) as error:
        unpack(make(tmp_path), tmp_path, Settings())
    assert error.value.message.isprintable()


def test_an_archive_that_may_not_be_read_is_the_callers_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Permission denied on the archive itself says nothing of the candidate."""
    source = as_zip({"main.py": b""}, tmp_path)

    def refuse(*_: object, **__: object) -> io.BytesIO:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(UsageError, match="Permission denied"):
        unpack(source, tmp_path / "out", Settings())


class FullDisk(io.FileIO):
    """A file on a disk that is full."""

    def write(self, _data: object, /) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@FORMS
def test_a_full_disk_is_the_machines_fault(pack: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No verdict on the candidate: the line says what could not be written, and what to do."""
    source = pack({"main.py": b"x"}, tmp_path)
    (tmp_path / "out").mkdir()
    real = Path.open

    def opened(self: Path, mode: str = "r", *rest: Any, **named: Any) -> Any:
        return FullDisk(self, "x") if mode == "xb" else real(self, mode, *rest, **named)

    monkeypatch.setattr(Path, "open", opened)
    with pytest.raises(InfrastructureError, match=r"cannot write 'main\.py'.*No space left") as error:
        unpack(source, tmp_path / "out", Settings())
    assert "TMPDIR" in error.value.hint


def test_a_failing_disk_under_the_archive_is_the_machines_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An input/output error is not a damaged archive."""
    source = as_tar({"main.py": b"x"}, tmp_path)

    class Failing(io.FileIO):
        def read(self, _size: int | None = -1, /) -> bytes:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(Path, "open", lambda self, _mode: Failing(self))
    with pytest.raises(InfrastructureError, match="Input/output error"):
        unpack(source, tmp_path, Settings())


def test_a_packed_file_has_a_cap_of_its_own(tmp_path: Path) -> None:
    """A file of gigabytes is refused by its size, unread."""
    source = tmp_path / "submission.zip"
    with source.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(601 * MEBIBYTE)
    with pytest.raises(ArchiveRejected, match="too large"):
        unpack(source, tmp_path, Settings())


@pytest.mark.parametrize("inside", ["", "project/"], ids=["at the top", "in an enclosing folder"])
def test_empty_folders_are_kept(tmp_path: Path, inside: str) -> None:
    # An application that serves files from one, or writes into it, needs it; what has a file is implied by that.
    path = tmp_path / "submission.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("main.py", "app/x.py"):
            archive.writestr(inside + name, b"from fastapi import FastAPI\napp = FastAPI()\n")
        for folder in ("app/", "static/", "var/data/"):
            archive.mkdir(inside + folder)
    destination = tmp_path / "there"
    destination.mkdir()
    tree = unpack(path, destination, Settings())
    assert tree.folders == ("static", "var", "var/data")
    assert all((tree.root / folder).is_dir() for folder in tree.folders)
