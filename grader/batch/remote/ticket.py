"""What goes through the broker: which job, of which batch. Never a submission, never a report.

Whoever reads one has it from a broker that others may write to: it is data, and nothing in it becomes a path.
"""

import hashlib
import json
import re
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from grader import __version__
from grader.batch.job import Job
from grader.challenge.pack import available
from grader.errors import UsageError
from grader.intake.intake import safe_name
from grader.report.model import SCHEMA_VERSION

WIRE: Final = f"1-{SCHEMA_VERSION}"
"""Version of all that clients and workers say to each other: tickets, claims, the store's layout; and the reports'."""
_DIGEST = re.compile(r"[0-9a-f]{64}")
_ID = r"^[0-9a-f]{32}$"


class Sign(BaseModel):
    """The last that was seen of a claim; one that still says the same after the client's wait is of a lost worker."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    beat: int


class Ticket(BaseModel):
    """A job for any worker."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str = WIRE
    batch: str = Field(pattern=_ID)
    run: str = Field(pattern=_ID)
    """Of the call of `grader batch` that sent it: such a call is stopped, not the batch."""
    job: Job
    lost: Sign | None = None
    """Where the client has waited for this claim in vain; then it may be taken over at once."""

    @field_validator("job")
    @classmethod
    def _tame(cls, job: Job) -> Job:
        if not _DIGEST.fullmatch(job.digest):
            raise ValueError("the digest is no SHA-256")
        if safe_name(job.name) != job.name:
            raise ValueError("the name is none that a batch gives")
        return job

    @property
    def place(self) -> str:
        """The name (hex) of the job's folder in the store: the same for the same job, whoever sends it how often."""
        return hashlib.sha256(json.dumps([self.job.name, self.job.key]).encode()).hexdigest()[:40]


def read_ticket(data: Any) -> Ticket:
    """What the broker has delivered.

    Raises:
        UsageError: it is no ticket, or one of another version.
    """
    version = data.get("version") if isinstance(data, dict) else None
    if version != WIRE:
        raise UsageError(
            f"the job is of wire format {str(version)[:20]}, and this worker (grader {__version__}) knows {WIRE}",
            hint="let `grader batch` and all workers be of one version",
        )
    try:
        return Ticket.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise UsageError(f"the broker delivered what is no job: {place}: {first['msg']}") from error


def require_sendable(job: Job) -> None:
    """See that workers can have the job's challenge.

    Raises:
        UsageError: it is a folder of this machine.
    """
    if job.challenge is not None and job.challenge not in available():
        raise UsageError(
            f"--broker: the challenge {job.challenge} is a folder, and workers have packs by their slug only",
            hint="grade it without --broker, or install a grader that brings it on this machine and on the workers'",
        )
