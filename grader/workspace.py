"""A private folder on the host for the unpacked submission, gone when the run ends."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from grader.errors import InfrastructureError

PREFIX = "grader-run-"
_UNFINISHED = ".grader-run-"


@contextmanager
def workspace() -> Iterator[Path]:
    """An empty folder that only this user can enter.

    Raises:
        InfrastructureError: it cannot be made.
    """
    try:
        handle, folder = _made()
    except OSError as error:
        raise InfrastructureError(
            f"no temporary folder can be made in {tempfile.gettempdir()}: {error.strerror}",
            hint="free some space, or set TMPDIR",
        ) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def sweep_workspaces() -> list[str]:
    """Remove the folders that killed runs of this user left in the temporary folder.

    Returns:
        What was removed, one line each.
    """
    found = Path(tempfile.gettempdir()).glob(f"{PREFIX}*")
    return [f"folder {folder}" for folder in sorted(found) if _abandoned(folder) and _removed(folder)]


def _made() -> tuple[int, Path]:
    """A folder, and the open handle that locks it: the kernel lets go of it when its holder dies."""
    folder = Path(tempfile.mkdtemp(prefix=_UNFINISHED))
    handle = os.open(folder, os.O_RDONLY)
    with suppress(OSError):  # some network file systems lock no folders; then nobody takes it for abandoned either
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    # Only now does it get the name that a sweep looks for.
    return handle, folder.rename(folder.with_name(folder.name.replace(_UNFINISHED, PREFIX, 1)))


def _abandoned(folder: Path) -> bool:
    """Whether it is this user's, and nobody holds it."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:  # no folder, another's, or gone by now
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    else:
        return os.fstat(handle).st_uid == os.getuid()
    finally:
        os.close(handle)


def _removed(folder: Path) -> bool:
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()
