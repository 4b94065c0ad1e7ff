"""What a batch's folder says of its place in the store: `remote.json`."""

import secrets
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from grader.errors import UsageError
from grader.report.write import write_json

FILE: Final = "remote.json"


class RemoteRecord(BaseModel):
    """The batch's id, and the ids of all calls of `grader batch` that have sent jobs of it, the last one last."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    batch: str = Field(pattern=r"^[0-9a-f]{32}$")
    runs: tuple[str, ...]


def begin_run(folder: Path) -> RemoteRecord:
    """Note a further call, the first one of a batch or one that goes on with it.

    Raises:
        UsageError: the file cannot be read or written.
    """
    file = folder / FILE
    run = secrets.token_hex(16)
    try:
        before = RemoteRecord.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        before = RemoteRecord(batch=secrets.token_hex(16), runs=())
    except (OSError, ValidationError) as error:
        raise UsageError(f"{file} cannot be read: {str(error).splitlines()[0]}", hint="name another --out") from error
    now = RemoteRecord(batch=before.batch, runs=(*before.runs, run))
    write_json(now.model_dump(mode="json"), file)
    return now
