"""A folder as an archive: what stands in it may be as hostile as what stands in a zip."""

import os
import stat
from collections.abc import Collection, Iterator
from itertools import islice
from pathlib import Path

from grader.errors import ArchiveRejected
from grader.intake.caps import entry_bound
from grader.intake.entries import CHUNK, Entry, Kind, shown
from grader.intake.names import left_out
from grader.settings import Settings

_KINDS = {
    stat.S_IFREG: Kind.FILE,
    stat.S_IFDIR: Kind.FOLDER,
    stat.S_IFLNK: Kind.SYMLINK,
    stat.S_IFIFO: Kind.FIFO,
    stat.S_IFSOCK: Kind.SOCKET,
}


class FolderArchive:
    """A folder as an `Archive`.

    Args:
        root: the folder; it may be a link, for that is the caller's own choice.
        settings: the caps.
    """

    packed = 0

    def __init__(self, root: Path, settings: Settings) -> None:
        self._root = root
        self._bound = entry_bound(settings) + 1
        self._files: list[str] = []

    def entries(self) -> Iterator[Entry]:
        """See `Archive.entries`. No link is followed, and nothing is listed below what is left out."""
        self._files.clear()
        pending = [""]
        while pending:
            for name, status in sorted(_children(self._root, pending.pop(), self._bound)):
                kind = _KINDS.get(stat.S_IFMT(status.st_mode), Kind.DEVICE)
                if kind is Kind.FOLDER and not left_out((name.rpartition("/")[2],)):
                    pending.append(name)
                self._files.append(name)
                size = status.st_size if kind is Kind.FILE else 0
                yield Entry(name, kind, size, mode=stat.S_IMODE(status.st_mode))

    def contents(self, numbers: Collection[int]) -> Iterator[tuple[int, Iterator[bytes]]]:
        """See `Archive.contents`."""
        for number in sorted(numbers):
            yield number, _chunks(self._root, self._files[number])


def _children(root: Path, folder: str, bound: int) -> list[tuple[str, os.stat_result]]:
    prefix = f"{folder}/" if folder else ""
    try:
        with os.scandir(root / folder) as found:
            return [(prefix + child.name, child.stat(follow_symlinks=False)) for child in islice(found, bound)]
    except OSError as error:
        raise _unreadable(folder or root.name, error) from error


def _chunks(root: Path, name: str) -> Iterator[bytes]:
    try:
        # Neither a link nor a pipe that took the file's place since it was judged is followed or waited for.
        descriptor = os.open(root / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor, not a path
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise ArchiveRejected(f"{shown(name)} is no longer a file")
            while chunk := file.read(CHUNK):
                yield chunk
    except OSError as error:
        raise _unreadable(name, error) from error


def _unreadable(name: str, error: OSError) -> ArchiveRejected:
    return ArchiveRejected(f"{shown(name)} cannot be read: {error.strerror}", hint="make it readable, or leave it out")
