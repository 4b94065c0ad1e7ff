"""Files on their way into a pod: plain tar, made as it is sent, the same bytes for the same files.

The size is known before the first byte is read, because the receiving side counts (`grader.sandbox.bootstrap`). A
submission may be a hundred megabytes, so it is never held in memory.
"""

import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path, PurePosixPath

import grader
from grader.errors import PodError
from grader.intake.submission import Tree

PACK = "pack"
"""Where the pack is, relative to the harness's root."""

_HARNESS_MODULES = ("__init__.py", "verdicts.py", "text.py")
_PACK_FILES = ("challenge.toml", "openapi.yaml")
_CHUNK = 256 * 1024
_LEAVE = "run it again, and leave the files alone meanwhile"


@dataclass(frozen=True, slots=True)
class File:
    """One file: `name` in the pod (relative, POSIX), `source` on the host, `size` in bytes."""

    name: str
    source: Path
    size: int

    @classmethod
    def of(cls, name: str, source: Path) -> "File":
        """The file as it is now; a link is followed, because packs may be installed as links."""
        return cls(name, source, source.stat().st_size)


@dataclass(frozen=True, slots=True)
class Payload:
    """Files, sorted by name, that can be written out as a tar, after the empty folders."""

    files: tuple[File, ...]
    folders: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of the tar, padding included."""
        used = sum(map(len, self._headers_of_folders()))
        used += sum(len(_header(file)) + _padded(file.size, tarfile.BLOCKSIZE) for file in self.files)
        return _padded(used + 2 * tarfile.BLOCKSIZE, tarfile.RECORDSIZE)

    def chunks(self) -> Iterator[bytes]:
        """The tar, in pieces of bounded size.

        Raises:
            PodError: a file is not what it was when the payload was made.
        """
        sent = 0
        for piece in chain(self._headers_of_folders(), *map(_entry, self.files)):
            sent += len(piece)
            yield piece
        yield bytes(self.size - sent)

    def _headers_of_folders(self) -> Iterator[bytes]:
        return (_head(folder, tarfile.DIRTYPE, 0o755) for folder in self.folders)

    def unpack(self, root: Path) -> None:
        """Copy files and folders to a folder of the host; what the local sandbox does instead of a tar.

        Args:
            root: folder, created where it is missing.
        """
        for folder in ("", *self.folders):
            (root / folder).mkdir(parents=True, exist_ok=True)
        for file in self.files:
            target = root / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.source.read_bytes())


def harness_payload(pack: Path | None) -> Payload:
    """What the harness gets: its own code, the brief's contract and its checks.

    No reference solution and no mutant: nothing in the pod knows an answer that it does not need.

    Args:
        pack: the pack's folder; None for an inspection without a challenge.

    Returns:
        `grader/…` and `pack/…`.
    """
    listed = [*_package(), *(_pack(pack) if pack else ())]
    return Payload(tuple(sorted(listed, key=lambda file: file.name)))


def pack_payload(pack: Path | None) -> Payload:
    """The pack alone, for a harness that has its own code already.

    Args:
        pack: the pack's folder; None for an inspection without a challenge.

    Returns:
        `pack/…`.
    """
    return Payload(tuple(sorted(_pack(pack) if pack else (), key=lambda file: file.name)))


def submission_payload(tree: Tree) -> Payload:
    """What the candidate's container gets: its own files.

    Args:
        tree: the unpacked submission.

    Returns:
        The files under their own names, and the empty folders.

    Raises:
        PodError: a file has vanished from the host.
    """
    try:
        return Payload(tuple(File.of(name, tree.root / name) for name in tree.files), tree.folders)
    except OSError as error:
        raise PodError(f"cannot read the submission's files: {error}", hint=_LEAVE) from error


def _package() -> Iterator[File]:
    root = Path(grader.__file__).parent
    modules = [root / name for name in _HARNESS_MODULES]
    yield from _files([*modules, *(root / "harness").rglob("*")], root, "grader")


def _pack(pack: Path) -> Iterator[File]:
    yield from _files([*(pack / name for name in _PACK_FILES), *(pack / "checks").rglob("*")], pack, PACK)


def _files(paths: Iterable[Path], root: Path, prefix: str) -> Iterator[File]:
    for path in paths:
        if path.is_file() and "__pycache__" not in path.parts:
            yield File.of(str(PurePosixPath(prefix, path.relative_to(root).as_posix())), path)


def _header(file: File) -> bytes:
    return _head(file.name, tarfile.REGTYPE, 0o644, file.size)


def _head(name: str, kind: bytes, mode: int, size: int = 0) -> bytes:
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.size = kind, mode, size
    # GNU format: a name of any length and any bytes, without the locale that pax headers are read in.
    return info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")


def _entry(file: File) -> Iterator[bytes]:
    yield _header(file)
    left = file.size
    try:
        with file.source.open("rb") as stream:
            while piece := stream.read(min(_CHUNK, left)):
                left -= len(piece)
                yield piece
    except OSError as error:
        raise PodError(f"cannot read {file.source}: {error}") from error
    if left:
        raise PodError(f"{file.source} changed while it was sent", hint=_LEAVE)
    yield bytes(-file.size % tarfile.BLOCKSIZE)


def _padded(size: int, block: int) -> int:
    return size + -size % block
