"""What an archive says it holds, entry by entry, and the seam between judging and the formats.

A format (`zipfiles`, `tarfiles`, `folders`) lists its entries, and later hands out the contents of those taken.
It refuses what breaks the format itself; whether an entry is welcome is decided in one place, `plan`.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from grader.errors import ArchiveRejected, InfrastructureError
from grader.text import visible

CHUNK = 64 * 1024
"""Bytes that are in memory at a time while contents stream."""


class Kind(StrEnum):
    """What an entry is; the value is how people call it."""

    FILE = "file"
    FOLDER = "folder"
    SYMLINK = "symbolic link"
    HARDLINK = "hard link"
    DEVICE = "device"
    FIFO = "named pipe"
    SOCKET = "socket"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as the archive declares it; nothing of it is trusted.

    Attributes:
        name: path as it stands in the archive; undecodable bytes are lone surrogates.
        kind: what it claims to be.
        size: declared size of the contents, in bytes.
        packed: how many bytes of the archive it takes, 0 where that is not known of a single entry.
        mode: permission bits, setuid and the like included.
        problem: why its contents cannot be taken (encrypted, unsupported compression), or "".
    """

    name: str
    kind: Kind
    size: int = 0
    packed: int = 0
    mode: int = 0
    problem: str = ""


class Archive(Protocol):
    """An opened submission of any format.

    Attributes:
        packed: bytes of the archive file, 0 where nothing is packed.
    """

    packed: int

    def entries(self) -> Iterator[Entry]:
        """All entries, in the archive's order; an entry's place in it is its number.

        Raises:
            ArchiveRejected: the archive is damaged or abuses its format.
        """
        ...

    def contents(self, numbers: Collection[int]) -> Iterator[tuple[int, Iterator[bytes]]]:
        """Number and streamed contents of the entries asked for, in the archive's order; read each before the next.

        Raises:
            ArchiveRejected: the contents are damaged, or not what was declared.
        """
        ...


def shown(name: str) -> str:
    """An entry's name for a message: quoted, hidden characters visible, short."""
    return f"'{visible(name, limit=120)}'"


@contextmanager
def reading(what: str, *damage: type[Exception]) -> Iterator[None]:
    """Tell a damaged archive from a machine that cannot read.

    Args:
        what: what is being read, for the message.
        damage: what the format's library raises for damaged data, besides OSError without an errno and EOFError.

    Raises:
        ArchiveRejected: the data is damaged or ends early.
        InfrastructureError: the operating system refused to read.
    """
    try:
        yield
    except EOFError as error:
        raise ArchiveRejected(f"{what} is truncated: the data ends early", hint="pack it again") from error
    except OSError as error:
        if error.errno is not None:
            raise InfrastructureError(f"{what} cannot be read: {error.strerror}") from error
        raise _damaged(what, error) from error
    except damage as error:
        raise _damaged(what, error) from error


def _damaged(what: str, error: Exception) -> ArchiveRejected:
    return ArchiveRejected(f"{what} is damaged or truncated: {visible(str(error), limit=200)}", hint="pack it again")
