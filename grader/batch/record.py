"""What a batch's folder says of the batch: its terms, and that somebody works in it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from grader import __version__
from grader.batch.job import Terms
from grader.errors import UsageError
from grader.report.write import write_json

RECORD: Final = "batch.json"
_LOCK: Final = "batch.lock"


class Record(BaseModel):
    """`batch.json`."""

    model_config = ConfigDict(frozen=True)

    grader_version: str = __version__
    terms: Terms


def recorded(folder: Path) -> Record | None:
    """What an earlier call has written; None where there was none.

    Raises:
        UsageError: the file cannot be read.
    """
    file = folder / RECORD
    try:
        return Record.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise UsageError(
            f"{file} is no record of a batch: {str(error).splitlines()[0]}", hint="name another --out"
        ) from error


def record(folder: Path, terms: Terms) -> None:
    """Write it.

    Raises:
        UsageError: it cannot be written.
    """
    write_json(Record(terms=terms).model_dump(mode="json"), folder / RECORD)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold a batch's folder, which is made where it is missing.

    Raises:
        UsageError: another batch holds it, or it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / _LOCK).open("a+", encoding="ascii")
    except OSError as error:
        raise UsageError(f"--out {folder}: {error.strerror}", hint="name another folder") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read(20).strip() or "unknown"
            raise UsageError(
                f"--out {folder}: another batch works there (process {holder})", hint="wait for it, or name another"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
