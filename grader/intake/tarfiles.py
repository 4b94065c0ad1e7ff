"""Tar archives, walked header by header over a bounded stream, compressed or not.

The header block is decoded by `tarfile.TarInfo.frombuf`; the walk is our own, because `tarfile` reads extension headers
of any declared size into memory, recurses once for each of them, and gathers sparse maps without a bound.
Format: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html
and https://www.gnu.org/software/tar/manual/html_node/Standard.html
"""

import tarfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from grader.errors import ArchiveRejected
from grader.intake.entries import Entry, Kind, shown
from grader.intake.streams import Tape, TapeOpener
from grader.settings import MEBIBYTE

BLOCK = tarfile.BLOCKSIZE

_MAX_EXTENSION_BYTES = MEBIBYTE  # extended attributes of macOS may take some hundred KiB, names a few
_MAX_EXTENSIONS = 8  # in front of one entry; honest tools write three at most
_MAX_RECORDS = 1_000_000  # in all; honest tools write some ten for each entry, and a million take a second
_KINDS = {
    tarfile.REGTYPE: Kind.FILE,
    tarfile.AREGTYPE: Kind.FILE,
    tarfile.CONTTYPE: Kind.FILE,
    tarfile.DIRTYPE: Kind.FOLDER,
    tarfile.SYMTYPE: Kind.SYMLINK,
    tarfile.LNKTYPE: Kind.HARDLINK,
    tarfile.CHRTYPE: Kind.DEVICE,
    tarfile.BLKTYPE: Kind.DEVICE,
    tarfile.FIFOTYPE: Kind.FIFO,
}
_PAX = frozenset({tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE})
_EXTENSIONS = _PAX | {tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK}


@dataclass(slots=True)
class _Override:
    """What extension headers say of the entry that follows them."""

    name: str | None = None
    size: int | None = None


class TarArchive:
    """A tar as an `Archive`; each walk reads the stream anew.

    Args:
        opener: gives the unpacked stream from its beginning.
        packed: bytes of the archive file.
    """

    def __init__(self, opener: TapeOpener, packed: int) -> None:
        self.packed = packed
        self._open = opener

    def entries(self) -> Iterator[Entry]:
        """See `Archive.entries`; the stream is read to its end, so a broken checksum is found here."""
        for entry, _ in self._walk():
            yield entry

    def contents(self, numbers: Collection[int]) -> Iterator[tuple[int, Iterator[bytes]]]:
        """See `Archive.contents`."""
        for number, (entry, tape) in enumerate(self._walk()):
            if number in numbers:
                yield number, tape.chunks(entry.size)

    def _walk(self) -> Iterator[tuple[Entry, Tape]]:
        """Each entry, with the tape at the beginning of its contents; the caller may read them or not."""
        with self._open() as tape:
            extensions = _Extensions(tape)
            while (entry := extensions.next_entry()) is not None:
                padded = -(-entry.size // BLOCK) * BLOCK if entry.kind is Kind.FILE else 0
                end = tape.position + padded
                yield entry, tape
                tape.skip(end - tape.position)
            tape.drain()


def is_header(block: bytes) -> bool:
    """Tell whether a block of 512 bytes begins a tar: a header whose checksum holds, or an empty one's zeros."""
    return len(block) == BLOCK and (not any(block) or _decoded(block) is not None)


class _Extensions:
    """Reads entries together with the extension headers in front of them, and bounds what those hold in all."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._records_left = _MAX_RECORDS

    def next_entry(self) -> Entry | None:
        override = _Override()
        for _ in range(_MAX_EXTENSIONS + 1):
            header = _header(self._tape)
            if header is None:
                return None
            if header.type not in _EXTENSIONS:
                return _entry(header, override)
            self._extend(override, header, _extension(self._tape, header))
        raise ArchiveRejected("the tar is damaged: too many extension headers in a row", hint="pack it again")

    def _extend(self, override: _Override, header: tarfile.TarInfo, data: bytes) -> None:
        if header.type == tarfile.GNUTYPE_LONGNAME:
            override.name = data.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")
        if header.type in _PAX or header.type == tarfile.XGLTYPE:
            records = dict(self._bounded(_records(data)))
            if any(key.startswith(b"GNU.sparse.") for key in records):
                raise _sparse(header.name)
            if header.type == tarfile.XGLTYPE and not records.keys().isdisjoint({b"path", b"size"}):
                raise ArchiveRejected("a global header gives every entry one name or size", hint="pack it again")
            _apply(override, records)

    def _bounded(self, records: Iterator[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
        for record in records:
            self._records_left -= 1
            if self._records_left < 0:
                raise ArchiveRejected("its extension headers hold too many records", hint="pack it again as a zip")
            yield record


def _header(tape: Tape) -> tarfile.TarInfo | None:
    block = tape.read(BLOCK)
    if not any(block):
        return None
    header = _decoded(block)
    if header is None:
        raise ArchiveRejected(f"the tar is damaged: no header at byte {tape.position - BLOCK:,}", hint="pack it again")
    if header.size < 0:
        raise ArchiveRejected(f"entry {shown(header.name)} has an impossible size ({header.size} bytes)")
    return header


def _decoded(block: bytes) -> tarfile.TarInfo | None:
    try:
        return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return None


def _entry(header: tarfile.TarInfo, override: _Override) -> Entry:
    name = header.name if override.name is None else override.name
    if header.type == tarfile.GNUTYPE_SPARSE:
        raise _sparse(name)
    kind = _KINDS.get(header.type)
    if kind is None:
        raise ArchiveRejected(
            f"entry {shown(name)} is of an unsupported type ({header.type!r})", hint="pack it again as a zip"
        )
    # Only files have contents; what other headers declare is history, or a lie.
    size = (header.size if override.size is None else override.size) if kind is Kind.FILE else 0
    return Entry(name, kind, size, mode=header.mode & 0o7777)


def _extension(tape: Tape, header: tarfile.TarInfo) -> bytes:
    """The contents of an extension header, bounded before they are read."""
    if header.size > _MAX_EXTENSION_BYTES:
        raise ArchiveRejected(
            f"an extension header declares {header.size:,} bytes, such as for a name that is too long",
            hint="pack it again",
        )
    data = b"".join(tape.chunks(header.size))
    tape.skip(-header.size % BLOCK)
    return data


def _apply(override: _Override, records: dict[bytes, bytes]) -> None:
    if path := records.get(b"path"):
        override.name = path.decode("utf-8", "surrogateescape")
    if size := records.get(b"size"):
        if not size.isdigit() or len(size) > 20:  # noqa: PLR2004 - digits of 2**64; int() is quadratic in them
            raise _damaged_records()
        override.size = int(size)


def _records(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The `length key=value` records of a pax header, strictly."""
    position = 0
    while position < len(data):
        length, space, _ = data[position : position + 10].partition(b" ")
        if not space or not length.isdigit():
            raise _damaged_records()
        end = position + int(length)
        key, equals, value = data[position + len(length) + 1 : end].partition(b"=")
        if end > len(data) or not equals or not value.endswith(b"\n"):
            raise _damaged_records()
        yield key, value[:-1]
        position = end


def _damaged_records() -> ArchiveRejected:
    return ArchiveRejected("the tar is damaged: a pax header breaks its format", hint="pack it again")


def _sparse(name: str) -> ArchiveRejected:
    return ArchiveRejected(f"entry {shown(name)} is a sparse file", hint="pack it again without --sparse, or as a zip")
