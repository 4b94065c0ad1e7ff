"""Zip archives, read by `zipfile` behind a guard, with the checks that it does not make.

`zipfile` reads the whole directory into memory before it can be asked anything, follows the directory without comparing
it to what the entries say of themselves, and lets entries overlap (https://www.bamsoftware.com/hacks/zipbomb/). Only
stored and deflated entries are taken: for bzip2 and LZMA it decompresses without a bound on the output.
Field names are those of https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT.
"""

import os
import stat
import struct
import warnings
import zipfile
import zlib
from collections.abc import Collection, Iterator
from typing import IO

from grader.errors import ArchiveRejected
from grader.intake.caps import entry_bound, too_many_entries
from grader.intake.entries import CHUNK, Entry, Kind, reading, shown
from grader.settings import MEBIBYTE, Settings

MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
"""First local header, and end of central directory (an empty zip)."""

_LOCAL_HEADER = struct.Struct("<4s2xHH16xHH")  # signature, flags, method, name length, extra length
_DIRECTORY_SIGNATURE = b"PK\x01\x02"
_DIRECTORY_ENTRY_BYTES = 160  # 46, a path, and timestamps; a generous mean
_ENCRYPTED = 0x1 | 0x40 | 0x2000  # traditional, strong, masked header
_UTF8 = 0x800
_UNICODE_PATH = 0x7075
_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, ValueError, NotImplementedError, RuntimeError)
_METHODS = {9: "Deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 98: "PPMd"}
_KINDS = {
    stat.S_IFLNK: Kind.SYMLINK,
    stat.S_IFCHR: Kind.DEVICE,
    stat.S_IFBLK: Kind.DEVICE,
    stat.S_IFIFO: Kind.FIFO,
    stat.S_IFSOCK: Kind.SOCKET,
    stat.S_IFDIR: Kind.FOLDER,
}


class ZipArchive:
    """A zip as an `Archive`.

    Args:
        raw: the open file; the caller closes it.
        settings: the caps.

    Raises:
        ArchiveRejected: it has no readable directory, or one with too many entries.
    """

    def __init__(self, raw: IO[bytes], settings: Settings) -> None:
        self._raw = raw
        self._guard = _DirectoryGuard(raw, settings)
        self.packed = os.fstat(raw.fileno()).st_size
        with reading("the zip's directory", *_DAMAGE), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # zipfile warns of odd extra fields; they are not used
            self._zip = zipfile.ZipFile(self._guard)

    def entries(self) -> Iterator[Entry]:
        """See `Archive.entries`; overlaps are known once the last entry was listed."""
        ranges: list[tuple[int, int, str]] = []
        for info in self._zip.infolist():
            ranges.append((info.header_offset, self._end(info), info.orig_filename))
            yield _entry(info)
        ranges.sort()
        if ranges and ranges[0][0] > 0:
            raise ArchiveRejected(
                "something stands in front of all that the zip's directory lists", hint="pack it again with a plain zip"
            )
        starts = [start for start, _, _ in ranges[1:]] + [self._zip.start_dir]
        for (_, end, name), next_start in zip(ranges, starts, strict=False):
            if end > next_start:
                raise ArchiveRejected(
                    f"entry {shown(name)} overlaps another one", hint="pack it again with a plain zip"
                )

    def contents(self, numbers: Collection[int]) -> Iterator[tuple[int, Iterator[bytes]]]:
        """See `Archive.contents`; checksums are verified as the last chunk is read."""
        for number, info in enumerate(self._zip.infolist()):
            if number in numbers:
                yield number, self._chunks(info)

    def _chunks(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        what = f"entry {shown(_name(info))}"
        size = 0
        with reading(what, *_DAMAGE):
            stream = self._zip.open(info)
        with stream:
            while True:
                with reading(what, *_DAMAGE):
                    chunk = stream.read(CHUNK)
                if not chunk:
                    break
                size += len(chunk)
                yield chunk
        if size != info.file_size:
            raise ArchiveRejected(f"{what} holds {size:,} bytes and declares {info.file_size:,}", hint="pack it again")

    def _end(self, info: zipfile.ZipInfo) -> int:
        """Where an entry's contents end, having compared its local header with the directory."""
        with reading("the zip", ValueError, struct.error, OverflowError):
            self._guard.seek(info.header_offset)
            signature, flags, method, name_length, extra_length = _LOCAL_HEADER.unpack(
                self._raw.read(_LOCAL_HEADER.size)
            )
            name = self._raw.read(name_length)
        expected = (MAGICS[0], info.flag_bits & _ENCRYPTED, info.compress_type, _name_bytes(info))
        if (signature, flags & _ENCRYPTED, method, name) != expected:
            raise ArchiveRejected(
                f"entry {shown(_name(info))}: its own header and the zip's directory differ", hint="pack it again"
            )
        end: int = info.header_offset + _LOCAL_HEADER.size + name_length + extra_length + info.compress_size
        return end


class _DirectoryGuard:
    """Stands between `zipfile` and the file while the directory is read: a huge one never reaches memory."""

    def __init__(self, raw: IO[bytes], settings: Settings) -> None:
        self._raw = raw
        self._settings = settings
        self._size = os.fstat(raw.fileno()).st_size
        self._entries = entry_bound(settings)
        self._limit = max(MEBIBYTE, self._entries * _DIRECTORY_ENTRY_BYTES)

    def read(self, size: int = -1) -> bytes:
        left = max(0, self._size - self._raw.tell())
        wanted = left if size < 0 else min(size, left)
        if wanted > self._limit:
            raise too_many_entries(self._settings)
        data = self._raw.read(wanted)
        # Only the directory is read in one piece of this size; contents come in chunks.
        if len(data) > CHUNK * 2 and data.count(_DIRECTORY_SIGNATURE) > self._entries:
            raise too_many_entries(self._settings)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        # The system refuses the outermost, and that shall not look like a fault of this machine.
        if whence == os.SEEK_SET and not 0 <= offset <= self._size:
            raise ValueError(f"it points to byte {offset:,}, outside of the file")
        return self._raw.seek(offset, whence)

    def tell(self) -> int:
        return self._raw.tell()

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        """Leave the file open: it is the caller's."""


def _entry(info: zipfile.ZipInfo) -> Entry:
    mode = info.external_attr >> 16
    name = _name(info)
    kind = _KINDS.get(stat.S_IFMT(mode), Kind.FILE)
    if kind is Kind.FILE and name.endswith("/"):
        kind = Kind.FOLDER
    return Entry(name, kind, info.file_size, info.compress_size, stat.S_IMODE(mode), _problem(info))


def _problem(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & _ENCRYPTED:
        return "is encrypted"
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        method = _METHODS.get(info.compress_type, f"number {info.compress_type}")
        return f"is packed with an unsupported compression method ({method}); deflate is supported"
    return ""


def _name_bytes(info: zipfile.ZipInfo) -> bytes:
    # Code page 437 gives each of the 256 bytes a character of its own, so what zipfile decoded comes back exactly.
    return info.orig_filename.encode("utf-8" if info.flag_bits & _UTF8 else "cp437")


def _name(info: zipfile.ZipInfo) -> str:
    """Decode a name: by flag, by Info-ZIP's extra field, as the UTF-8 that macOS writes unflagged, or code page 437."""
    if info.flag_bits & _UTF8:
        return info.orig_filename
    raw = _name_bytes(info)
    for candidate in (_unicode_path(info.extra, raw), raw):
        try:
            return candidate.decode()
        except UnicodeDecodeError:
            continue
    return info.orig_filename


def _unicode_path(extra: bytes, raw: bytes) -> bytes:
    """The name in extra field 0x7075 (APPNOTE 4.6.9) where it belongs to this very name, else the name itself."""
    while len(extra) >= 4:  # noqa: PLR2004 - a field's id and length
        field, length = struct.unpack_from("<HH", extra)
        value, extra = extra[4 : 4 + length], extra[4 + length :]
        if (
            field == _UNICODE_PATH
            and value[:5] == b"\x01" + struct.pack("<I", zlib.crc32(raw))
            and len(value) == length
        ):
            return value[5:]
    return raw
