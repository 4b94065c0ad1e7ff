"""Turns on a machine: so many pods run checks at once, whichever process started them.

A slot is a locked file in the cache folder. The kernel lets go of it when its holder dies, and all processes that share
the folder share the slots: two batches side by side, the workers of one machine.
"""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import BoundedSemaphore
from typing import IO, Final

from grader.errors import InfrastructureError

_POLL: Final = 0.05
"""Seconds. A free slot is looked for so often: there is no way to wait for any of several locks."""


class Slots:
    """The slots of this machine, and how many of them one process may have.

    Args:
        folder: the cache folder.
        count: how many pods may run checks at once on the machine.
        own: how many of this process; None for all of them.

    Attributes:
        own: how many of this process.
    """

    def __init__(self, folder: Path, count: int, own: int | None = None) -> None:
        self.own = own or count
        self._count = count
        self._share = BoundedSemaphore(self.own)
        self._folder = folder / "slots"

    @contextmanager
    def taken(self, go_on: Callable[[], None]) -> Iterator[None]:
        """Hold a slot while the block lasts; waits until one is free.

        Args:
            go_on: called again and again while there is none; raises where nobody waits any more.

        Raises:
            InfrastructureError: the folder cannot be written.
        """
        while not self._share.acquire(timeout=_POLL):
            go_on()
        try:
            while (held := self._free()) is None:
                go_on()
                time.sleep(_POLL)
            with held:
                yield
        finally:
            self._share.release()

    def _free(self) -> IO[str] | None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            return next(filter(None, (_locked(self._folder / f"{number}.lock") for number in range(self._count))), None)
        except OSError as error:
            raise InfrastructureError(
                f"cannot make a lock file in {self._folder}: {error.strerror}",
                hint="make room, or set GRADER_CACHE_DIR to a folder that can be written",
            ) from error


def _locked(path: Path) -> IO[str] | None:
    file = path.open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file
