"""From whatever a candidate handed in to a tree of plain files: recognise, judge, write, unwrap.

Nothing is written until every entry was judged. While contents stream out they are counted: declared sizes are not
trusted.
"""

import hashlib
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from errno import ENAMETOOLONG
from operator import attrgetter
from pathlib import Path, PurePosixPath

from grader.errors import ArchiveRejected, InfrastructureError, UsageError
from grader.intake.caps import Cap, file_cap, total_cap
from grader.intake.entries import Archive, reading, shown
from grader.intake.folders import FolderArchive
from grader.intake.plan import Plan, judge
from grader.intake.recognise import open_archive
from grader.intake.submission import Tree
from grader.intake.unwrap import enclosing
from grader.settings import Settings
from grader.text import visible

_HINT = "give the path of a .zip, a .tar (.gz, .bz2, .xz) or a folder"
_IMPORTS_BYTES = 256 * 1024  # of a source file, for its imports

_Written = Mapping[str, tuple[int, bytes]]
"""Relative path → size and SHA-256 of each file."""


def unpack(source: Path, destination: Path, settings: Settings) -> Tree:
    """Unpack a submission.

    Args:
        source: a zip, a tar (plain, gzip, bzip2 or xz), or a folder.
        destination: an existing, empty, private folder; after an error it may hold a part of the submission.
        settings: the caps.

    Returns:
        The files, in `destination` or a folder below it; modes are 0644 and 0755, and empty folders are there too.

    Raises:
        UsageError: `source` does not exist, is neither a file nor a folder, or may not be read.
        ArchiveRejected: it is no archive, or one that is damaged, hostile, too large or empty.
        InfrastructureError: this machine cannot read or write, such as for a full disk.
    """
    with _naming(source), _opened(source, settings) as archive:
        plan = judge(archive, settings)
        written = _write(archive, plan, destination, settings)
    return _tree(destination, plan, written)


@contextmanager
def _naming(source: Path) -> Iterator[None]:
    """Put the archive's name in front of a refusal."""
    try:
        yield
    except ArchiveRejected as refusal:
        name = visible(source.name or str(source), limit=120)
        raise ArchiveRejected(f"{name}: {refusal.message}", hint=refusal.hint, detail=refusal.detail) from refusal


@contextmanager
def _opened(source: Path, settings: Settings) -> Iterator[Archive]:
    if stat.S_ISDIR(_mode(source)):
        yield FolderArchive(source, settings)
        return
    if not stat.S_ISREG(_mode(source)):
        raise UsageError(f"{visible(str(source))} is neither a file nor a folder", hint=_HINT)
    try:
        raw = source.open("rb")
    except OSError as error:
        raise UsageError(
            f"{visible(str(source))} cannot be opened: {error.strerror}", hint="make it readable"
        ) from error
    with raw:
        yield open_archive(raw, settings)


def _mode(source: Path) -> int:
    try:
        return source.stat().st_mode
    except FileNotFoundError as error:
        raise UsageError(f"{visible(str(source))} does not exist", hint=_HINT) from error
    except (OSError, ValueError) as error:
        raise UsageError(f"{visible(str(source), limit=200)} cannot be opened: {error}", hint=_HINT) from error


def _write(archive: Archive, plan: Plan, destination: Path, settings: Settings) -> _Written:
    """Write what was planned, counting what streams."""
    for folder in plan.folders:
        with _writing(folder):
            destination.joinpath(*folder).mkdir()
            destination.joinpath(*folder).chmod(0o755)
    total = total_cap(archive.packed, settings)
    left = total.limit
    written: dict[str, tuple[int, bytes]] = {}
    for number, chunks in archive.contents(plan.files.keys()):
        parts, entry = plan.files[number]
        with _writing(parts):
            cap = min(file_cap(entry, settings), Cap(left, total.refusal), key=attrgetter("limit"))
            size, digest = _write_file(destination.joinpath(*parts), chunks, cap)
        left -= size
        written["/".join(parts)] = size, digest
    return written


def _write_file(path: Path, chunks: Iterable[bytes], cap: Cap) -> tuple[int, bytes]:
    size, digest = 0, hashlib.sha256()
    with path.open("xb") as file:  # never over, and never through, what is there already
        for chunk in chunks:
            size += len(chunk)
            cap.check(size)
            digest.update(chunk)
            file.write(chunk)
    path.chmod(0o644)
    return size, digest.digest()


@contextmanager
def _writing(parts: Iterable[str]) -> Iterator[None]:
    name = shown("/".join(parts))
    try:
        yield
    except OSError as error:
        if error.errno == ENAMETOOLONG:
            raise ArchiveRejected(f"entry {name} has a name that is too long for this machine") from error
        raise InfrastructureError(
            f"cannot write {name} of the submission: {error.strerror}",
            hint="free some space for temporary files, or set TMPDIR to a folder that has some",
        ) from error


def _tree(destination: Path, plan: Plan, written: _Written) -> Tree:
    def beginning(path: str) -> bytes:
        with reading(shown(path)), (destination / path).open("rb") as file:
            return file.read(_IMPORTS_BYTES)

    folders = ["/".join(folder) for folder in plan.folders]
    base = enclosing(written.keys(), folders, beginning)
    prefix = f"{base}/" if base else ""
    files = sorted(path.removeprefix(prefix) for path in written)
    return Tree(
        root=destination / base,
        files=tuple(files),
        digest=_digest((path, written[prefix + path][1]) for path in files),
        total_bytes=sum(size for size, _ in written.values()),
        warnings=plan.warnings,
        folders=tuple(_empty(sorted(path.removeprefix(prefix) for path in folders if path.startswith(prefix)), files)),
    )


def _empty(folders: list[str], files: list[str]) -> Iterator[str]:
    """The folders without a file anywhere below them."""
    filled = {str(parent) for path in files for parent in PurePosixPath(path).parents}
    return (folder for folder in folders if folder not in filled)


def _digest(files: Iterable[tuple[str, bytes]]) -> str:
    # A path holds no NUL and a file's own digest has one length, so no two trees give the same bytes.
    return hashlib.sha256(b"".join(path.encode() + b"\0" + digest for path, digest in files)).hexdigest()
