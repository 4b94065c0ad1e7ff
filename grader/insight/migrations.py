"""Whether a submission's migrations can be trusted: applied from nothing, undone, applied again, equal to the models.

It explains and decides nothing: no contract asks for a way back. Alembic runs the candidate's own code, in a place of
the candidate's, and what comes back is judged by its form alone.
Reference: https://alembic.sqlalchemy.org/en/latest/autogenerate.html#running-alembic-check-to-test-for-new-upgrade-operations
"""

from pathlib import PurePosixPath
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from grader.errors import GraderError
from grader.insight.marked import last_line
from grader.insight.model import MigrationStep
from grader.sandbox.pod import PodSpec, Progress, Sandbox
from grader.text import clip, visible

SECONDS: Final = 60.0
"""What all of it may take."""
MARKER: Final = "grader-migrations "
_OUTPUT_CHARS: Final = 600

STEPS: Final = {
    "alembic upgrade head": "from an empty database",
    "alembic check": "models and schema agree",
    "alembic downgrade base": "every step can be undone",
    "alembic upgrade head again": "and applied once more",
}
"""What is done, in this order, and what it shows."""

# The first has been done before, or this script would not run (`grader.sandbox.launch.prepared`).
_SCRIPT: Final = f"""\
import json, subprocess, sys
done = [{{"ok": True, "output": ""}}]
for words in (["check"], ["downgrade", "base"], ["upgrade", "head"]):
    command = [sys.executable, "-P", "-m", "alembic", *words]
    one = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    done.append({{"ok": one.returncode == 0, "output": one.stdout.decode(errors="replace")[-2000:]}})
print()
print({MARKER!r} + json.dumps(done))
"""


class _Done(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    ok: bool
    output: str = Field(max_length=2_000)


_ANSWER = TypeAdapter(Annotated[list[_Done], Field(min_length=len(STEPS), max_length=len(STEPS))])


def migration_steps(spec: PodSpec, sandbox: Sandbox, progress: Progress) -> list[MigrationStep]:
    """What becomes of the submission's migrations, on a database of their own. Raises no `GraderError`.

    Args:
        spec: what was graded.
        sandbox: where Alembic runs.
        progress: told when that begins.

    Returns:
        One for each of `STEPS`; none where the challenge runs no migrations or the submission has none, where they need
        a service (which only a pod has), or where anything went wrong.
    """
    ini = str(PurePosixPath(spec.entry_point.directory, "alembic.ini"))
    if not spec.migrations or spec.services or ini not in spec.tree.files:
        return []
    progress("trying the migrations backwards and forwards")
    try:
        return read(sandbox.run_tool(spec, _SCRIPT, "", SECONDS))
    except GraderError:  # a run that was graded stays one
        return []


def read(output: bytes) -> list[MigrationStep]:
    """What the candidate's side says, if it has the right form.

    Args:
        output: what our script wrote, or whoever pretends to be it.
    """
    answer = last_line(output, MARKER)
    try:
        done = _ANSWER.validate_json(answer)
    except ValidationError:
        return []
    return [
        MigrationStep(command=command, shows=shows, ok=one.ok, output="" if one.ok else _last_words(one.output))
        for (command, shows), one in zip(STEPS.items(), done, strict=True)
    ]


def _last_words(output: str) -> str:
    return clip(visible(output.strip()[-_OUTPUT_CHARS:]), _OUTPUT_CHARS)
