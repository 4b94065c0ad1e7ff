"""What explains, and decides nothing, as the report shows it."""

from pydantic import BaseModel, ConfigDict


class Insight(BaseModel):
    """A line that blocked the event loop, as the application's own process told it; it decides nothing.

    The candidate's code shared that process, so it may have lied. The place is known to be one of the submission.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    checks: list[str]
    """Ids of the failed checks whose requests led there."""
    file: str
    """Relative to the submission's root."""
    line: int
    """Counted from 1."""
    function: str
    """The function that it stands in, such as `Service.load`."""
    is_async: bool
    """Whether that is an `async def`."""
    caller: str
    """Where it is none: the `async def` that it was called from, if that is the candidate's; else empty."""
    call: str
    """What the line called, such as `requests.get`; `computing` where the line itself kept the processor busy."""
    source: str
    """The line, without its indentation, from the submission itself."""
    text: str
    """All of it in words, such as `requests.get at app/main.py:42 inside async def read_product`."""


class MigrationStep(BaseModel):
    """What became of one step through the submission's migrations. The candidate's code ran it, so it may have lied."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    command: str
    """Such as `alembic downgrade base`."""
    shows: str
    """What it shows if it succeeds, in words."""
    ok: bool
    output: str
    """Alembic's last words where it failed."""
