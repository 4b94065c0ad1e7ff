"""Telling what a file is by its first bytes."""

import os
from codecs import getincrementaldecoder
from typing import IO

from grader.errors import ArchiveRejected
from grader.intake.caps import packed_cap
from grader.intake.entries import Archive, reading
from grader.intake.streams import COMPRESSIONS, Compression, tape_opener
from grader.intake.tarfiles import BLOCK, TarArchive, is_header
from grader.intake.zipfiles import MAGICS, ZipArchive
from grader.settings import Settings
from grader.text import visible

_LOOKS = {
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"\x28\xb5\x2f\xfd": "a Zstandard file",
    b"PK\x07\x08": "one part of a split zip",
    b"%PDF": "a PDF document",
    b"\x7fELF": "a program",
    b"MZ": "a program",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"version https://git-lfs": "a Git LFS pointer, not the file itself",
    b"<!DOCTYPE": "a web page; was it downloaded without being logged in?",
    b"<html": "a web page; was it downloaded without being logged in?",
}
_HINT = "hand in a .zip, a .tar, .tar.gz, .tar.bz2 or .tar.xz, or a folder"


def open_archive(raw: IO[bytes], settings: Settings) -> Archive:
    """Recognise an archive.

    Args:
        raw: the open file, at its beginning; the caller closes it.
        settings: the caps.

    Raises:
        ArchiveRejected: it is no archive that is known here; the message says what it looks like.
    """
    with reading("the archive"):
        packed = os.fstat(raw.fileno()).st_size
        head = raw.read(BLOCK)
    packed_cap(settings).check(packed)
    if head.startswith(MAGICS):
        return ZipArchive(raw, settings)
    for compression in COMPRESSIONS:
        if head.startswith(compression.magic):
            return _compressed(raw, compression, packed, settings)
    if not is_header(head):
        raise ArchiveRejected(f"this is not a zip or tar archive; it looks like {_looks(head)}", hint=_HINT)
    return TarArchive(tape_opener(raw, None, settings), packed)


def _compressed(raw: IO[bytes], compression: Compression, packed: int, settings: Settings) -> TarArchive:
    opener = tape_opener(raw, compression, settings)
    with opener() as tape:
        head = b"".join(tape.upto(BLOCK))
    if not is_header(head):
        raise ArchiveRejected(
            f"this is not a zip or tar archive; it is {compression.name}, but what it holds looks like {_looks(head)}",
            hint=_HINT,
        )
    return TarArchive(opener, packed)


def _looks(head: bytes) -> str:
    if not head:
        return "an empty file"
    for magic, name in _LOOKS.items():
        if head.startswith(magic):
            return name
    try:
        text = getincrementaldecoder("utf-8")().decode(head)  # the last character may have been cut in two
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text or not text.strip():
        return f"binary data that begins with {head[:8].hex(' ')}"
    return f"text: '{visible(text.strip().splitlines()[0], limit=60)}'"
