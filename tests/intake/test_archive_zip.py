"""Zips: honest ones of any tool are taken, hostile ones are refused before a byte is written."""

import io
import os
import stat
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.errors import ArchiveRejected
from grader.intake.archive import unpack
from grader.intake.submission import Tree
from grader.settings import MEBIBYTE, Settings

APP = b"from fastapi import FastAPI\napp = FastAPI()\n"


def packed(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data, method)
    return buffer.getvalue()


def special(name: str, kind: int, data: bytes = b"/etc/passwd") -> bytes:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (kind | 0o777) << 16
    return packed(("main.py", APP), (info, data))


def renamed(data: bytes, old: bytes, new: bytes, *, count: int = -1) -> bytes:
    assert len(old) == len(new)
    assert old in data
    return data.replace(old, new, count)


def patched(name: bytes, offset: int, layout: str, *values: int) -> bytes:
    """A zip of main.py and `name`, with fields of the latter's directory entry overwritten."""
    data = bytearray(packed(("main.py", APP), (name.decode(), b"x" * 100)))
    start = data.rfind(b"PK\x01\x02")
    struct.pack_into(layout, data, start + offset, *values)
    return bytes(data)


def overlapping() -> bytes:
    """Two directory entries that share one local header, as the classic non-recursive bomb has them."""
    data = bytearray(packed(("a.py", b"0" * 5000), ("b.py", b"0" * 5000)))
    first = data.find(b"PK\x01\x02")
    second = data.find(b"PK\x01\x02", first + 1)
    data[second + 42 : second + 46] = data[first + 42 : first + 46]
    data[second + 46 : second + 50] = b"a.py"
    return bytes(data)


def local_name_differs() -> bytes:
    return renamed(packed(("main.py", APP), ("good.py", b"1")), b"good.py", b"evil.py", count=1)


def many(count: int) -> bytes:
    """A directory of `count` minimal entries that all point at one empty file."""
    entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 0, 0, 0, 0, 0, 0, 1, 0) + b"a"
    size = len(entry) * count
    # The count in the end record lies: it says one.
    return local + entry * count + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, size, len(local), 0)


def corrupted() -> bytes:
    """The contents differ from what the checksum says."""
    return renamed(packed(("main.py", b"x" * 50), method=zipfile.ZIP_STORED), b"x" * 50, b"y" * 50)


def encrypted() -> bytes:
    data = bytearray(patched(b"secret", 8, "<H", 0x1))
    struct.pack_into("<H", data, data.rfind(b"PK\x03\x04") + 6, 0x1)
    return bytes(data)


def duplicate() -> bytes:
    return renamed(packed(("main.py", APP), ("mine.py", b"2")), b"mine.py", b"main.py")


def before_the_beginning() -> bytes:
    """The end record says that the directory begins later than it does, which moves all entries to the front."""
    data = bytearray(packed(("main.py", APP)))
    place = data.rfind(b"PK\x05\x06") + 16
    struct.pack_into("<L", data, place, struct.unpack_from("<L", data, place)[0] + 5)
    return bytes(data)


HOSTILE: list[tuple[str, Callable[[], bytes], str]] = [
    ("traversal", lambda: packed(("../evil.py", b"")), "path traversal"),
    ("traversal inside", lambda: packed(("a/../../evil.py", b"")), "path traversal"),
    (
        "traversal below what is left out",
        lambda: packed(("main.py", APP), (".git/../../evil.py", b"")),
        "path traversal",
    ),
    ("absolute", lambda: packed(("/etc/cron.d/x", b"")), "absolute"),
    ("unc with slashes", lambda: packed(("//server/share/x", b"")), "absolute"),
    ("drive", lambda: packed(("C:/x.py", b"")), "drive"),
    ("drive without a slash", lambda: packed(("c:x.py", b"")), "drive"),
    ("drive behind a dot", lambda: packed(("./C:/x.py", b"")), "drive"),
    ("backslash", lambda: packed(("..\\..\\evil.py", b"")), "backslash"),
    ("unc", lambda: packed(("\\\\server\\share", b"")), "backslash"),
    ("symlink", lambda: special("link", stat.S_IFLNK), "symbolic link"),
    ("device", lambda: special("dev", stat.S_IFCHR), "device"),
    ("block device", lambda: special("dev", stat.S_IFBLK), "device"),
    ("fifo", lambda: special("pipe", stat.S_IFIFO), "named pipe"),
    ("socket", lambda: special("sock", stat.S_IFSOCK), "socket"),
    ("folder with contents", lambda: packed(("main.py", APP), ("folder/", b"data")), "impossible size"),
    ("encrypted", lambda: patched(b"secret", 8, "<H", 0x1), "directory differ"),
    ("encrypted in both headers", encrypted, "encrypted"),
    ("overlapping", overlapping, "overlaps"),
    ("overlapping the directory", lambda: patched(b"big.py", 20, "<L", 5000), "overlaps"),
    ("local name differs", local_name_differs, "differ"),
    ("duplicate", duplicate, "collides"),
    ("case collision", lambda: packed(("Main.py", APP), ("main.py", b"")), "collides"),
    ("case collision of folders", lambda: packed(("App/a.py", APP), ("app/b.py", b"")), "collides"),
    ("nfc collision", lambda: packed(("é.py", b""), ("e\u0301.py", b"")), "collides"),
    ("file and folder", lambda: packed(("app", b""), ("app/main.py", APP)), "collides"),
    ("folder and file", lambda: packed(("app/main.py", APP), ("app", b"")), "collides"),
    ("newline", lambda: packed(("a\nb.py", b"")), "control"),
    ("escape", lambda: packed(("a\x1b[2Jb.py", b"")), "control"),
    ("c1", lambda: packed(("a\x9bb.py", b"")), "control"),
    ("bidi", lambda: packed(("a\u202eyp.b", b"")), "invisible"),
    ("nul", lambda: renamed(packed(("aXb.py", b"")), b"aXb.py", b"a\0b.py"), "control"),
    ("component too long", lambda: packed(("x" * 256, b"")), "too long"),
    ("4 KiB name", lambda: packed(("/".join(["y" * 100] * 31), b"")), "too long"),
    ("too deep", lambda: packed(("d/" * 40 + "x.py", b"")), "deep"),
    ("large", lambda: packed(("big", b"a" * (2 * MEBIBYTE)), method=zipfile.ZIP_STORED), "too large"),
    ("large together", lambda: packed(*[(f"{n}", bytes(MEBIBYTE)) for n in range(5)], method=0), "too large"),
    ("ratio of a file", lambda: packed(("a", bytes(3 * MEBIBYTE // 2))), "compression ratio"),
    ("ratio of the whole", lambda: packed(*[(f"{n}", bytes(MEBIBYTE)) for n in range(3)]), "compression ratio"),
    ("too many", lambda: packed(*[(f"{n}.py", b"") for n in range(51)]), "too many entries"),
    ("too many implied folders", lambda: packed(*[(f"{n}/a/b/x.py", b"") for n in range(40)]), "too many entries"),
    ("too many to be left out", lambda: packed(("a.py", b""), *[(f".git/{n}", b"") for n in range(600)]), "too many"),
    ("a hundred thousand", lambda: many(100_000), "too many entries"),
    ("declared smaller", lambda: patched(b"liar", 24, "<L", 10), "damaged"),
    ("declared larger", lambda: patched(b"liar", 24, "<L", 1000), "declares 1,000"),
    ("checksum", corrupted, "damaged"),
    ("truncated", lambda: packed(("main.py", APP * 50))[:-30], "damaged"),
    ("truncated head", lambda: packed(("main.py", APP))[:20], "damaged"),
    ("bzip2", lambda: packed(("main.py", APP), method=zipfile.ZIP_BZIP2), "unsupported compression method (bzip2)"),
    ("lzma", lambda: packed(("main.py", APP), method=zipfile.ZIP_LZMA), "unsupported compression method (LZMA)"),
    ("offset before the beginning", before_the_beginning, "damaged"),
    ("something in front of the first entry", lambda: packed(("a", b"x"))[:31] + packed(("main.py", APP)), "in front"),
    ("offset beyond the end", lambda: patched(b"far", 42, "<L", 1 << 30), "damaged"),
    (
        "a flagged name that is no utf-8",
        lambda: renamed(packed(("é.py", b"")), "é.py".encode(), b"\xff\xff.py"),
        "damaged",
    ),
    ("empty", packed, "holds no files"),
    ("folders only", lambda: packed(("a/", b""), ("b/c/", b"")), "holds no files"),
    ("nothing left", lambda: packed(("__MACOSX/._a", b"x"), (".git/HEAD", b"x")), "only .git, __MACOSX"),
]


@pytest.mark.parametrize(("build", "words"), [pytest.param(build, words, id=name) for name, build, words in HOSTILE])
def test_hostile_zip_is_refused(build: Callable[[], bytes], words: str, tmp_path: Path) -> None:
    """It is refused in one line that names the archive and the reason, and nothing was written outside."""
    settings = Settings(max_entries=50, max_file_bytes=3 * MEBIBYTE // 2, max_total_bytes=4 * MEBIBYTE, max_ratio=200)
    with pytest.raises(ArchiveRejected) as refusal:
        unpack_bytes(build(), tmp_path, settings)
    assert words in refusal.value.message
    assert refusal.value.message.startswith("submission.zip: ")
    assert refusal.value.message.isprintable()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "submission.zip"]


@pytest.mark.parametrize(
    "build",
    [pytest.param(build, id=name) for name, build, words in HOSTILE if words not in {"damaged", "declares 1,000"}],
)
def test_nothing_is_written_before_everything_is_judged(build: Callable[[], bytes], tmp_path: Path) -> None:
    """Whatever can be known from the directory is refused before the first byte, good entries in front included."""
    settings = Settings(max_entries=50, max_file_bytes=3 * MEBIBYTE // 2, max_total_bytes=4 * MEBIBYTE, max_ratio=200)
    with pytest.raises(ArchiveRejected):
        unpack_bytes(build(), tmp_path, settings)
    assert list((tmp_path / "out").iterdir()) == []


def unpack_bytes(data: bytes, folder: Path, settings: Settings | None = None) -> Tree:
    source = folder / "submission.zip"
    source.write_bytes(data)
    (folder / "out").mkdir()
    return unpack(source, folder / "out", settings or Settings())


def unflagged(name: bytes, extra: bytes = b"") -> bytes:
    """A zip whose name is bytes without the UTF-8 flag, as old and foreign tools write it."""
    info = zipfile.ZipInfo("N" * len(name))
    info.extra = extra
    return renamed(packed((info, b"x")), b"N" * len(name), name)


def unicode_path(name: bytes, path: bytes) -> bytes:
    value = b"\x01" + struct.pack("<I", zlib.crc32(name)) + path
    return struct.pack("<HH", 0x7075, len(value)) + value


@pytest.mark.parametrize(
    ("data", "files"),
    [
        pytest.param(packed(("é.py", b"x")), ("é.py",), id="flagged utf-8"),
        pytest.param(unflagged("é.py".encode()), ("é.py",), id="unflagged utf-8 of macOS"),
        pytest.param(unflagged(b"\x82.py"), ("é.py",), id="code page 437"),
        pytest.param(unflagged(b"?.py", unicode_path(b"?.py", "漢.py".encode())), ("漢.py",), id="unicode path"),
        pytest.param(unflagged(b"a.py", unicode_path(b"b.py", b"c.py")), ("a.py",), id="unicode path of another name"),
        pytest.param(packed(("e\u0301.py", b"x")), ("é.py",), id="nfd becomes nfc"),
        pytest.param(packed(("<b>&'\".py", b"x")), ("<b>&'\".py",), id="html is only text"),
        pytest.param(packed(("./a//b.py", b"x"), ("c.py", b"")), ("a/b.py", "c.py"), id="dots and doubled slashes"),
        pytest.param(
            renamed(packed(("a/", b""), ("Q/", b""), ("a/x.py", b""), ("y.py", b"")), b"Q/", b"a/"),
            ("a/x.py", "y.py"),
            id="folder twice",
        ),
        pytest.param(packed(("a.py", b"x"), method=zipfile.ZIP_STORED), ("a.py",), id="stored"),
        pytest.param(packed(("a.py", b"x")) + b"trailing garbage", ("a.py",), id="trailing garbage"),
    ],
)
def test_odd_but_honest_zip_is_taken(data: bytes, files: tuple[str, ...], tmp_path: Path) -> None:
    """What tools of other systems write is understood."""
    assert unpack_bytes(data, tmp_path).files == files


def test_streamed_and_zip64_zip_is_taken(tmp_path: Path) -> None:
    """Sizes in data descriptors and zip64 records, as a streaming tool writes them, are fine."""

    class Pipe(io.RawIOBase):
        data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, piece: bytes) -> int:  # type: ignore[override]
            self.data += piece
            return len(piece)

    with (
        zipfile.ZipFile(Pipe(), "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("main.py", "w", force_zip64=True) as file,
    ):
        file.write(APP)
    tree = unpack_bytes(bytes(Pipe.data), tmp_path)
    assert (tree.root / "main.py").read_bytes() == APP


def test_what_is_no_part_of_the_project_is_left_out_and_counted(tmp_path: Path) -> None:
    """Junk costs nothing, its links and collisions included; people are told."""
    link = zipfile.ZipInfo("p/.venv/bin/python")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    data = packed(
        ("p/main.py", APP),
        (link, b"/usr/bin/python3"),
        ("p/.git/refs/A", b""),
        ("p/.git/refs/a", b""),
        ("p/__pycache__/main.cpython-311.pyc", b""),
        ("p/._main.py", b""),
        ("p/.DS_Store", b""),
        ("__MACOSX/p/._main.py", b""),
        ("p/node_modules/x/y.js", b""),
        ("p/env/pyvenv.cfg", b""),
        ("p/env/lib/python3.12/site-packages/fastapi/__init__.py", b""),
        ("p/stale.pyc", b""),
    )
    tree = unpack_bytes(data, tmp_path, Settings(max_entries=2))
    assert tree.files == ("main.py",)
    (line,) = tree.warnings
    assert "11 in all" in line
    assert ".git (2)" in line
    assert "virtual environment (2)" in line


def test_modes_are_normalised(tmp_path: Path) -> None:
    """A mode of 0000 can be read, setuid is gone (and said), folders can be entered, whatever the umask."""
    before = os.umask(0o077)
    info = zipfile.ZipInfo("app/secret.py")
    info.external_attr = (stat.S_IFREG | 0o4000) << 16
    try:
        tree = unpack_bytes(packed((info, APP), ("README.md", b"")), tmp_path)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tree.root / "app/secret.py").stat().st_mode) == 0o644
    assert stat.S_IMODE((tree.root / "app").stat().st_mode) == 0o755
    assert any("setuid" in line for line in tree.warnings)


@pytest.mark.parametrize("declared", [pytest.param(None, id="true size"), pytest.param(1000, id="lying size")])
def test_a_bomb_costs_little_memory(declared: int | None, tmp_path: Path) -> None:
    """64 MiB of zeros in 64 KiB are refused without ever being in memory."""
    data = bytearray(packed(("main.py", APP), ("bomb", bytes(64 * MEBIBYTE))))
    if declared:
        struct.pack_into("<L", data, data.rfind(b"PK\x01\x02") + 24, declared)
    tracemalloc.start()
    try:
        with pytest.raises(ArchiveRejected):
            unpack_bytes(bytes(data), tmp_path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * MEBIBYTE


@pytest.mark.parametrize(
    ("count", "memory"),
    [
        pytest.param(1_000_000, MEBIBYTE, id="a million, by the directory's size"),
        pytest.param(100_000, 12 * MEBIBYTE, id="a hundred thousand, counted before they are parsed"),
    ],
)
def test_too_many_entries_cost_little_memory(count: int, memory: int, tmp_path: Path) -> None:
    """A directory that is too large is refused before it is parsed, whatever the count that it declares."""
    (tmp_path / "submission.zip").write_bytes(many(count))
    (tmp_path / "out").mkdir()
    tracemalloc.start()
    try:
        with pytest.raises(ArchiveRejected, match="too many entries"):
            unpack(tmp_path / "submission.zip", tmp_path / "out", Settings())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < memory
