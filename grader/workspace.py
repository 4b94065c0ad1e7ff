"""A private folder on the host for the unpacked submission, gone when the run ends."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.errors import InfrastructureError

PREFIX = "grader-"


@contextmanager
def workspace() -> Iterator[Path]:
    """An empty folder that only this user can enter.

    Raises:
        InfrastructureError: it cannot be made.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    except OSError as error:
        raise InfrastructureError(
            f"no temporary folder can be made in {tempfile.gettempdir()}: {error.strerror}",
            hint="free some space, or set TMPDIR",
        ) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
