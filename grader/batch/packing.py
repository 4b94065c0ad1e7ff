"""What was handed in as one stream of bytes: an archive as it is, a folder as a plain tar, the same for the same files.

So a folder can be sent to another machine, and intake judges there what it would have judged here.
"""

import hashlib
import os
import tarfile
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final

from grader.errors import ArchiveRejected, UsageError
from grader.intake.caps import entry_bound
from grader.intake.entries import Entry, Kind
from grader.intake.folders import FolderArchive
from grader.settings import Settings

_CHUNK: Final = 1024 * 1024
_TYPES: Final = {
    Kind.FILE: tarfile.REGTYPE,
    Kind.FOLDER: tarfile.DIRTYPE,
    Kind.SYMLINK: tarfile.SYMTYPE,
    Kind.FIFO: tarfile.FIFOTYPE,
    Kind.DEVICE: tarfile.CHRTYPE,
    Kind.SOCKET: tarfile.FIFOTYPE,  # a tar knows none; intake takes neither
}
_END: Final = bytes(2 * tarfile.BLOCKSIZE)


def packed(source: Path, settings: Settings) -> Iterator[bytes]:
    """The submission as it can be stored or sent.

    Args:
        source: an archive or a folder.
        settings: the caps of intake. What exceeds them is cut one byte behind, so that intake still refuses it.

    Raises:
        UsageError: it cannot be read.
        ArchiveRejected: a file in the folder cannot be read.
    """
    if source.is_dir():
        yield from _tar(source, settings)
        return
    try:
        with source.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    except OSError as error:
        raise UsageError(f"{source} cannot be read: {error.strerror}", hint="make it readable") from error


def source_digest(source: Path, settings: Settings) -> str:
    """SHA-256 (hex) of what `packed` gives; of a folder that cannot be read, of what can, since intake refuses it.

    Raises:
        UsageError: it cannot be read.
    """
    total = hashlib.sha256()
    with suppress(ArchiveRejected):
        for chunk in packed(source, settings):
            total.update(chunk)
    return total.hexdigest()


def _tar(folder: Path, settings: Settings) -> Iterator[bytes]:
    archive = FolderArchive(folder, settings)
    left = settings.max_total_bytes + 1
    for number, entry in enumerate(list(islice(archive.entries(), entry_bound(settings) + 1))):
        size = min(entry.size, settings.max_file_bytes + 1, left)
        left -= size
        yield _header(folder, entry, size)
        if size:
            yield from _padded((chunk for _, chunks in archive.contents([number]) for chunk in chunks), size)
    yield _END


def _header(folder: Path, entry: Entry, size: int) -> bytes:
    info = tarfile.TarInfo(entry.name)
    info.type, info.size, info.mode = _TYPES[entry.kind], size, entry.mode
    if entry.kind is Kind.SYMLINK:
        with suppress(OSError):  # gone by now: then it points nowhere, which is refused as well
            info.linkname = os.readlink(folder / entry.name)  # noqa: PTH115 - surrogates must survive
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def _padded(chunks: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Just so many bytes, whatever the file has become, and zeros up to the end of the block."""
    left = size
    for chunk in chunks:
        piece = chunk[:left]
        left -= len(piece)
        yield piece
        if not left:
            break
    yield bytes(left + -size % tarfile.BLOCKSIZE)
