"""Where submissions and reports pass between machines: a shared directory, or what fsspec reaches, such as S3."""

import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeVar

import fsspec
from fsspec.implementations.local import LocalFileSystem

from grader.batch.remote.urls import redacted
from grader.errors import StoreUnavailable, UsageError

_PAUSES: Final = (0.3, 1.0, 3.0)
"""Seconds before each further try: an object store refuses a call now and then."""
_CHUNK: Final = 1024 * 1024
T = TypeVar("T")


class Store:
    """Files by their paths, which are relative to the store; safe from any thread.

    Every method raises StoreUnavailable where the store does not answer, after some tries.

    Args:
        system: reaches it. It must put a file in place whole or not at all, as object stores do.
        root: the store's place in it.
        shown: how it is called in errors.
    """

    def __init__(self, system: fsspec.AbstractFileSystem, root: str, shown: str) -> None:
        self._system = system
        self._root = root.rstrip("/")
        self._shown = shown

    def read(self, path: str) -> bytes | None:
        """What the file holds; None where there is none."""

        def read() -> bytes | None:
            try:
                return bytes(self._system.cat_file(self._at(path)))
            except FileNotFoundError:
                return None

        return self._tried(read)

    def exists(self, path: str) -> bool:
        """Whether there is such a file."""
        return self._tried(lambda: bool(self._system.exists(self._at(path))))

    def write(self, path: str, content: bytes) -> None:
        """Put a file, in place of what there may be."""
        self._tried(lambda: self._put(self._at(path), content))

    def create(self, path: str, content: bytes) -> bool:
        """Put a file where there is none; whether it was put. Of two at once, one gets it."""
        return self._tried(lambda: self._put_new(self._at(path), content))

    def upload(self, path: str, chunks: Iterable[bytes]) -> None:
        """Put a file that may be large; what `chunks` raises passes through, and nothing is put."""
        with _spooled() as spool:
            with spool.open("wb") as file:
                file.writelines(chunks)
            self._tried(lambda: self._put_file(spool, self._at(path)))

    def download(self, path: str, target: Path) -> str | None:
        """Get a file that may be large.

        Returns:
            Its SHA-256 (hex); None where there is none.
        """

        def get() -> str | None:
            try:
                self._system.get_file(self._at(path), str(target))
            except FileNotFoundError:
                return None
            with target.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()

        return self._tried(get)

    def files(self, folder: str) -> set[str]:
        """The paths of all files below a folder; none where it is not there."""

        def find() -> set[str]:
            self._system.invalidate_cache()
            found = self._system.find(self._at(folder))
            return {str(path).removeprefix(f"{self._root}/") for path in found}

        return self._tried(find)

    def remove(self, folder: str) -> None:
        """Remove a folder with all that is in it; it need not be there."""

        def remove() -> None:
            with suppress(FileNotFoundError):
                self._system.rm(self._at(folder), recursive=True)

        self._tried(remove)

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}"

    def _put(self, path: str, content: bytes) -> None:
        self._system.pipe_file(path, content)

    def _put_new(self, path: str, content: bytes) -> bool:
        try:
            self._system.pipe_file(path, content, mode="create")
        except FileExistsError:
            return False
        # Some object stores know no such condition, and let the last one win.
        return bool(self._system.cat_file(path) == content)

    def _put_file(self, source: Path, path: str) -> None:
        self._system.put_file(str(source), path)

    def _tried(self, deed: Callable[[], T]) -> T:
        for pause in _PAUSES:
            try:
                return deed()
            except PermissionError:
                break
            except Exception:  # noqa: BLE001  # each backend has errors of its own
                time.sleep(pause)
        try:
            return deed()
        except Exception as error:
            raise StoreUnavailable(
                f"the store {self._shown} does not answer: {_said(error)}",
                hint="see that it is there, and that this machine may read and write it",
            ) from error


class FolderStore(Store):
    """A directory, on one machine or shared by several."""

    def _put(self, path: str, content: bytes) -> None:
        with _draft(path) as draft:
            draft.write_bytes(content)
            draft.replace(path)

    def _put_new(self, path: str, content: bytes) -> bool:
        with _draft(path) as draft:
            _write_through(draft, [content])
            try:
                os.link(draft, path)  # fails where there is one, on NFS too
            except FileExistsError:
                return False
        return True

    def _put_file(self, source: Path, path: str) -> None:
        with _draft(path) as draft, source.open("rb") as file:
            _write_through(draft, iter(lambda: file.read(_CHUNK), b""))
            draft.replace(path)


def open_store(url: str) -> Store:
    """The store at an address.

    Args:
        url: a directory, which is made where it is missing, or what fsspec knows, such as `s3://bucket/folder`.

    Raises:
        UsageError: there is none, or what reaches it is not installed.
        StoreUnavailable: it does not answer.
    """
    if not url:
        raise UsageError(
            "no store is named", hint="pass --store URL (a shared directory, or s3://…), or set GRADER_STORE"
        )
    shown = redacted(url)
    try:
        # A listing that is kept would hide what others write.
        system, root = fsspec.url_to_fs(url, **({"use_listings_cache": False} if "://" in url else {}))
    except ImportError as error:
        raise UsageError(f"--store {shown}: {error}", hint="install it beside the grader; s3:// needs s3fs") from error
    except (ValueError, OSError) as error:
        raise UsageError(f"--store {shown}: this is no address of a store", hint="a directory, or s3://…") from error
    local = isinstance(system, LocalFileSystem)
    store = (FolderStore if local else Store)(system, root, shown)
    _see_that_it_works(store, root if local else None)
    return store


def _see_that_it_works(store: Store, folder: str | None) -> None:
    try:
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
        store.write("about.txt", b"Submissions and reports of grader batches, on their way between machines.\n")
    except OSError as error:
        raise StoreUnavailable(
            f"the store {folder} cannot be made: {error.strerror}", hint="see to its rights"
        ) from error


def _said(error: Exception) -> str:
    words = error.strerror if isinstance(error, OSError) and error.strerror else f"{type(error).__name__}: {error}"
    return " ".join(words.split())[:300]


@contextmanager
def _spooled() -> Iterator[Path]:
    handle, name = tempfile.mkstemp(prefix="grader-store-")
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _write_through(target: Path, chunks: Iterable[bytes]) -> None:
    """Write a file that is on the disk afterwards, so that no power cut leaves an empty one under its final name."""
    with target.open("wb") as file:
        file.writelines(chunks)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _draft(path: str) -> Iterator[Path]:
    """A file beside it that is gone afterwards, if it was not put in its place."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".draft-")
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def plain(system: Any) -> Store:
    """A store in what fsspec reaches, at its root; for tests, and for embedding."""
    return Store(system, "/grader", "memory")
