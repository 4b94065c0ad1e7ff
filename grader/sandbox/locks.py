"""A lock that processes of one machine share, so that two runs do not do the same slow work at the same time."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.errors import InfrastructureError


@contextmanager
def locked(directory: Path, name: str) -> Iterator[None]:
    """Hold the lock `name` for the length of the block; wait for whoever holds it now.

    The kernel lets go of the lock when its holder dies, so nothing has to be swept after a kill.

    Args:
        directory: where lock files are kept; made if it is missing.
        name: which lock.

    Raises:
        InfrastructureError: the lock file cannot be made.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        handle = (directory / f"{name}.lock").open("a", encoding="ascii")
    except OSError as error:
        raise InfrastructureError(
            f"cannot make a lock file in {directory}: {error.strerror}",
            hint="make room, or set GRADER_CACHE_DIR to a folder that can be written",
        ) from error
    with handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
