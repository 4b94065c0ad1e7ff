"""Compressed streams with a bound: nothing is unpacked beyond what may be looked at."""

import bz2
import lzma
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import IO, Protocol

from grader.errors import ArchiveRejected
from grader.intake.caps import Cap, stream_cap
from grader.intake.entries import CHUNK, reading
from grader.settings import MEBIBYTE, Settings

_XZ_MEMORY = 128 * MEBIBYTE  # `xz -9` needs 65 MiB to unpack; a header may ask for 4 GiB
_MAX_STREAMS = 20_000  # bgzip writes one per 64 KiB; an empty one takes 20 bytes


class _Engine(Protocol):
    """What `bz2.BZ2Decompressor` and `lzma.LZMADecompressor` have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _Gzip:
    """`zlib` as an engine; unlike `gzip.GzipFile` it steps over a giant header field at the speed of C."""

    def __init__(self) -> None:
        self._engine = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._tail = b""

    @property
    def eof(self) -> bool:
        return self._engine.eof

    @property
    def needs_input(self) -> bool:
        return not self._tail

    @property
    def unused_data(self) -> bytes:
        return self._engine.unused_data

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        unpacked = self._engine.decompress(self._tail + data, max_length)
        self._tail = self._engine.unconsumed_tail
        return unpacked


@dataclass(frozen=True, slots=True)
class Compression:
    """A way to compress a stream."""

    name: str
    magic: bytes
    engine: Callable[[], _Engine]


COMPRESSIONS = (
    Compression("gzip", b"\x1f\x8b", _Gzip),
    Compression("bzip2", b"BZh", bz2.BZ2Decompressor),
    Compression("xz", b"\xfd7zXZ\x00", lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)),
)


class _Unpacked:
    """The unpacked bytes of a file: streams may follow one another (pbzip2, bgzip), anything else is ignored."""

    def __init__(self, raw: IO[bytes], compression: Compression) -> None:
        self._raw = raw
        self._compression = compression
        self._engine = compression.engine()
        self._packed = b""
        self._streams = 1

    def read(self, size: int, /) -> bytes:
        while not self._engine.eof or self._next_stream():
            if self._engine.needs_input and not self._packed:
                self._packed = self._raw.read(CHUNK)
                if not self._packed:
                    raise EOFError
            packed, self._packed = self._packed, b""
            if unpacked := self._engine.decompress(packed, size):
                return unpacked
        return b""

    def _next_stream(self) -> bool:
        following = self._engine.unused_data
        if len(following) < len(self._compression.magic):
            following += self._raw.read(CHUNK)
        if not following.startswith(self._compression.magic):
            return False
        self._streams += 1
        if self._streams > _MAX_STREAMS:
            raise ArchiveRejected(f"it is cut into too many {self._compression.name} streams", hint="pack it again")
        self._engine, self._packed = self._compression.engine(), following
        return True


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Tape:
    """A forward stream of unpacked bytes that knows where it is and stops at its bound.

    Args:
        source: gives at most as many bytes as are asked for, b"" at its end.
        cap: on how much it gives.
    """

    def __init__(self, source: _Readable, cap: Cap) -> None:
        self._source = source
        self._cap = cap
        self.position = 0

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes, which should be few.

        Raises:
            ArchiveRejected: the stream is damaged, ends early, or passes its bound.
        """
        return b"".join(self.chunks(size))

    def chunks(self, size: int) -> Iterator[bytes]:
        """Exactly `size` bytes in pieces of bounded length; raises as `read` does."""
        for piece in self.upto(size):
            size -= len(piece)
            yield piece
        if size:
            raise ArchiveRejected("the tar is truncated: it ends before its last entry does", hint="pack it again")

    def upto(self, size: int) -> Iterator[bytes]:
        """At most `size` bytes, fewer only at the end of the stream; raises as `read` does."""
        while size and (piece := self._piece(min(size, CHUNK))):
            size -= len(piece)
            yield piece

    def skip(self, size: int) -> None:
        """Step over `size` bytes; raises as `read` does."""
        for _ in self.chunks(size):
            pass

    def drain(self) -> None:
        """Read to the end of the stream, where its checksum stands; raises as `read` does."""
        while self._piece(CHUNK):
            pass

    def _piece(self, size: int) -> bytes:
        with reading("the archive", zlib.error, lzma.LZMAError):
            piece = self._source.read(size)
        self.position += len(piece)
        self._cap.check(self.position)
        return piece


TapeOpener = Callable[[], AbstractContextManager[Tape]]


def tape_opener(raw: IO[bytes], compression: Compression | None, settings: Settings) -> TapeOpener:
    """Bind a file to a function that opens its unpacked stream, each time from the beginning.

    Args:
        raw: the open file; the caller closes it.
        compression: one of `COMPRESSIONS`, or None for a plain tar.
        settings: the caps; the ratio is that of the whole stream.
    """
    cap = stream_cap(os.fstat(raw.fileno()).st_size, settings)

    @contextmanager
    def opened() -> Iterator[Tape]:
        raw.seek(0)
        yield Tape(raw if compression is None else _Unpacked(raw, compression), cap)

    return opened
