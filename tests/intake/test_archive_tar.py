"""Tars, plain and compressed: honest ones are taken, hostile ones are refused before a byte is written."""

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.errors import ArchiveRejected
from grader.intake.archive import unpack
from grader.intake.submission import Tree
from grader.settings import MEBIBYTE, Settings

APP = b"from fastapi import FastAPI\napp = FastAPI()\n"
END = bytes(1024)
SMALL = Settings(max_entries=50, max_file_bytes=2 * MEBIBYTE, max_total_bytes=4 * MEBIBYTE, max_ratio=200)


def header(name: str, kind: bytes = tarfile.REGTYPE, size: int = 0, *, link: str = "", mode: int = 0o644) -> bytes:
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname, info.mode = kind, size, link, mode
    return info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")


def member(name: str, data: bytes = b"", kind: bytes = tarfile.REGTYPE, *, mode: int = 0o644) -> bytes:
    return header(name, kind, len(data), mode=mode) + padded(data)


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 512)


def pax(records: dict[str, bytes], kind: bytes = tarfile.XHDTYPE) -> bytes:
    return member("pax", b"".join(record(key, value) for key, value in records.items()), kind)


def record(key: str, value: bytes) -> bytes:
    body = b" " + key.encode() + b"=" + value + b"\n"
    length = len(body) + 1
    while len(str(length)) + len(body) != length:
        length += 1
    return str(length).encode() + body


def link(name: str, kind: bytes, target: str = "/etc/passwd") -> bytes:
    return header(name, kind, link=target)


def negative_size(kind: bytes = tarfile.REGTYPE) -> bytes:
    block = bytearray(header("x.py", kind, size=10))
    block[124:136] = b"\xff" * 12
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


MAIN = member("main.py", APP)

HOSTILE: list[tuple[str, Callable[[], bytes], str]] = [
    ("traversal", lambda: MAIN + member("../evil.py") + END, "path traversal"),
    ("traversal by a long name", lambda: MAIN + member("L", b"../evil\0", b"L") + member("x") + END, "path traversal"),
    ("traversal by pax", lambda: MAIN + pax({"path": b"../evil"}) + member("x") + END, "path traversal"),
    ("absolute", lambda: MAIN + member("/etc/cron.d/x") + END, "absolute"),
    ("drive", lambda: MAIN + member("C:/x") + END, "drive"),
    ("backslash", lambda: MAIN + member("a\\b") + END, "backslash"),
    ("nul by pax", lambda: MAIN + pax({"path": b"a\0b"}) + member("x") + END, "control"),
    ("bidi", lambda: MAIN + member("a\u202eb") + END, "invisible"),
    ("not utf-8", lambda: MAIN + member("a\udcffb") + END, "not UTF-8"),
    ("symlink", lambda: MAIN + link("link", tarfile.SYMTYPE) + END, "symbolic link"),
    ("write through a symlink", lambda: link("d", tarfile.SYMTYPE, "/etc") + member("d/x") + END, "symbolic link"),
    ("hardlink", lambda: MAIN + link("link", tarfile.LNKTYPE, "main.py") + END, "hard link"),
    ("device", lambda: MAIN + header("dev", tarfile.CHRTYPE) + END, "device"),
    ("block device", lambda: MAIN + header("dev", tarfile.BLKTYPE) + END, "device"),
    ("fifo", lambda: MAIN + header("pipe", tarfile.FIFOTYPE) + END, "named pipe"),
    ("unknown type", lambda: MAIN + header("what", b"Z") + END, "unsupported type"),
    ("old sparse", lambda: MAIN + header("s", tarfile.GNUTYPE_SPARSE) + END, "sparse"),
    ("pax sparse", lambda: MAIN + pax({"GNU.sparse.major": b"1"}) + member("s") + END, "sparse"),
    ("duplicate", lambda: MAIN + MAIN + END, "collides"),
    ("case collision", lambda: MAIN + member("MAIN.py") + END, "collides"),
    ("file and folder", lambda: MAIN + member("main.py/x") + END, "collides"),
    ("long name", lambda: MAIN + member("L", b"n" * 5000, b"L") + member("x") + END, "too long"),
    ("giant long name", lambda: MAIN + header("L", b"L", 1 << 32) + END, "declares 4,294,967,296 bytes"),
    ("giant pax header", lambda: MAIN + header("x", b"x", 1 << 33) + END, "declares 8,589,934,592 bytes"),
    ("chain of extensions", lambda: pax({"mtime": b"1"}) * 5000 + MAIN + END, "too many extension headers"),
    ("millions of records", lambda: member("x", b"5 a=\n" * 200_000, b"x") * 6 + MAIN + END, "too many records"),
    ("global path", lambda: pax({"path": b"x"}, b"g") + MAIN + END, "global header"),
    ("broken pax length", lambda: MAIN + member("x", b"99 path=a\n", b"x") + member("x") + END, "pax header"),
    ("no pax length", lambda: MAIN + member("x", b"path=a\n", b"x") + member("x") + END, "pax header"),
    ("zero pax length", lambda: MAIN + member("x", b"0 path=a\n", b"x") + member("x") + END, "pax header"),
    ("endless pax digits", lambda: MAIN + pax({"size": b"9" * 5000}) + member("x") + END, "pax header"),
    ("negative pax size", lambda: MAIN + pax({"size": b"-512"}) + member("x") + END, "pax header"),
    ("negative size", lambda: MAIN + negative_size() + END, "impossible size"),
    ("negative size of a long name", lambda: negative_size(b"L") + MAIN + END, "impossible size"),
    ("no name", lambda: MAIN + member("") + END, "without a name"),
    ("declares gigabytes", lambda: MAIN + header("big", size=1 << 40), "truncated"),
    ("declares gigabytes by pax", lambda: MAIN + pax({"size": b"9" * 15}) + header("big"), "truncated"),
    ("skips gigabytes", lambda: MAIN + header(".git/big", size=1 << 40), "truncated"),
    ("truncated contents", lambda: (MAIN + member("x", b"y" * 5000))[:-3000], "truncated"),
    ("truncated between entries", lambda: MAIN, "truncated"),
    ("garbage between entries", lambda: MAIN + b"\x01" * 512 + END, "no header at byte 1,024"),
    ("large", lambda: member("big", bytes(2 * MEBIBYTE + 1)) + END, "too large"),
    ("large together", lambda: b"".join(member(f"{n}", bytes(MEBIBYTE)) for n in range(5)) + END, "too large"),
    ("too many", lambda: b"".join(member(f"{n}") for n in range(51)) + END, "too many entries"),
    ("too many to be left out", lambda: MAIN + member(".git/x") * 600 + END, "too many entries"),
    ("no entries", lambda: END, "holds no files"),
]


@pytest.mark.parametrize("compress", [pytest.param(bytes, id="tar"), pytest.param(gzip.compress, id="gz")])
@pytest.mark.parametrize(("build", "words"), [pytest.param(build, words, id=name) for name, build, words in HOSTILE])
def test_hostile_tar_is_refused(
    build: Callable[[], bytes], words: str, compress: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    """It is refused in one line with the reason, compressed or not, before anything is written."""
    with pytest.raises(ArchiveRejected) as refusal:
        unpack_bytes(compress(build()), tmp_path, SMALL.model_copy(update={"max_ratio": 100_000}))
    assert words in refusal.value.message
    assert refusal.value.message.isprintable()
    assert list((tmp_path / "out").iterdir()) == []


def unpack_bytes(data: bytes, folder: Path, settings: Settings | None = None) -> Tree:
    source = folder / "submission.tar.gz"
    source.write_bytes(data)
    (folder / "out").mkdir()
    return unpack(source, folder / "out", settings or Settings())


def broken(data: bytes) -> bytes:
    """The stream's checksum, near its end, is not that of its contents."""
    return data[:-6] + bytes([data[-6] ^ 0xFF]) + data[-5:]


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize(
    ("damage", "words"),
    [
        pytest.param(lambda data: data[: len(data) // 2], "truncated", id="half"),
        pytest.param(lambda data: data[:-1], "truncated", id="last byte"),
        pytest.param(broken, "damaged", id="checksum"),
    ],
)
def test_damaged_stream_is_refused(
    compress: Callable[[bytes], bytes], damage: Callable[[bytes], bytes], words: str, tmp_path: Path
) -> None:
    """Every compression is read to its end, and its checksum believed."""
    with pytest.raises(ArchiveRejected, match=words):
        unpack_bytes(damage(compress(MAIN + END)), tmp_path)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_ratio_bomb_is_refused_in_little_memory(compress: Callable[[bytes], bytes], tmp_path: Path) -> None:
    """100 MiB of zeros in a file of some kilobytes are refused while they stream, also as a part that is left out."""
    data = compress(MAIN + member(".git/bomb", bytes(100 * MEBIBYTE)) + END)
    tracemalloc.start()
    try:
        with pytest.raises(ArchiveRejected, match="compression ratio"):
            unpack_bytes(data, tmp_path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 16 * MEBIBYTE  # xz keeps a dictionary of eight


def test_xz_that_asks_for_memory_is_refused(tmp_path: Path) -> None:
    """An xz stream that wants a dictionary of a gigabyte is refused, not served."""
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 16 * MEBIBYTE}]
    data = bytearray(lzma.compress(MAIN + END, filters=filters))
    # Block header: size, flags, filter id, size of properties, dictionary size, padding; then its CRC32.
    assert data[12:16] == bytes([2, 0, 0x21, 1])
    data[16] = 36  # 1 GiB, see section 5.3.1 of the xz file format
    data[20:24] = zlib.crc32(data[12:20]).to_bytes(4, "little")
    with pytest.raises(ArchiveRejected, match=r"[Mm]emory"):
        unpack_bytes(bytes(data), tmp_path)


@pytest.mark.parametrize(
    ("data", "files"),
    [
        pytest.param(MAIN + END, ("main.py",), id="plain"),
        pytest.param(MAIN + bytes(512), ("main.py",), id="lone zero block"),
        pytest.param(MAIN + END + b"garbage", ("main.py",), id="garbage after the end"),
        pytest.param(header("./", tarfile.DIRTYPE) + member("./main.py", APP) + END, ("main.py",), id="dot root"),
        pytest.param(pax({"comment": b"abc"}, b"g") + MAIN + END, ("main.py",), id="git archive"),
        pytest.param(member("L", b"n" * 120 + b"\0", b"L") + member("n", APP) + END, ("n" * 120,), id="long name"),
        pytest.param(pax({"path": "ä.py".encode()}) + member("x") + END, ("ä.py",), id="pax path"),
        pytest.param(pax({"LIBARCHIVE.xattr.x": b"y" * 90_000}) + MAIN + END, ("main.py",), id="attributes of macOS"),
        pytest.param(MAIN + link(".venv/bin/python", b"2") + END, ("main.py",), id="link in a virtual environment"),
        pytest.param(MAIN + link(".venv/a.py", b"1") + END, ("main.py",), id="hard link in a virtual environment"),
        pytest.param(header("static/", b"5") + MAIN + END, ("main.py",), id="empty folder"),
        pytest.param(gzip.compress(MAIN) + gzip.compress(END), ("main.py",), id="several gzip members"),
        pytest.param(bz2.compress(MAIN) + bz2.compress(END), ("main.py",), id="several bzip2 streams"),
        pytest.param(lzma.compress(MAIN) + lzma.compress(END), ("main.py",), id="several xz streams"),
        pytest.param(gzip.compress(MAIN + END) + b"garbage", ("main.py",), id="garbage after gzip"),
    ],
)
def test_honest_tar_is_taken(data: bytes, files: tuple[str, ...], tmp_path: Path) -> None:
    """What tar, bsdtar, git archive and the parallel compressors write is understood."""
    assert unpack_bytes(data, tmp_path).files == files


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_every_form_of_tar_gives_the_same_tree(form: int, mode: str, tmp_path: Path) -> None:
    """Format and compression do not show in the result; long and non-ASCII names included."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode, format=form) as archive:  # type: ignore[call-overload]
        for name in ("main.py", "a" * 80 + "/" + "b" * 80 + ".py", "é.py"):
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(APP), 0o4000
            archive.addfile(info, io.BytesIO(APP))
    tree = unpack_bytes(buffer.getvalue(), tmp_path)
    assert tree.files == ("a" * 80 + "/" + "b" * 80 + ".py", "main.py", "é.py")
    assert tree.total_bytes == 3 * len(APP)
    assert {stat.S_IMODE((tree.root / name).stat().st_mode) for name in tree.files} == {0o644}
    assert {(tree.root / name).read_bytes() for name in tree.files} == {APP}


def test_too_many_streams_are_refused(tmp_path: Path) -> None:
    """A file of empty gzip members cannot keep the grader busy."""
    with pytest.raises(ArchiveRejected, match="too many gzip streams"):
        unpack_bytes(gzip.compress(MAIN) + gzip.compress(b"") * 25_000 + gzip.compress(END), tmp_path)
