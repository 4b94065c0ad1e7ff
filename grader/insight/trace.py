"""Which lines of the candidate's held up its event loop. It explains failed checks, and decides nothing.

The application is loaded once more, in a place of the candidate's own, together with `grader.insight.tracer`. What
comes back was written beside code that nobody trusts: its form is judged, and the lines of source are our own copy's.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from grader.challenge.catalogue import CheckInfo
from grader.errors import GraderError
from grader.insight.bundle import script
from grader.insight.marked import last_line
from grader.insight.model import Insight
from grader.insight.questions import MAX_QUESTIONS, Question, questions
from grader.insight.tracer.notes import MARKER, MAX_PLACES
from grader.intake.submission import Tree
from grader.sandbox.pod import PodSpec, Progress, Sandbox
from grader.text import clip, visible
from grader.verdicts import CheckResult, Verdict

CATEGORY = "async"
"""The category whose failed checks are explained."""
SECONDS = 20.0
"""What the whole trace may take."""
MAX_JOB_CHARS = 96 * 1024
"""A job is one argument of a command, and Linux takes 128 KiB (execve(2), MAX_ARG_STRLEN)."""

_TRACER_SECONDS = 14.0
"""When the tracer tells what it has seen so far."""
_SOURCE_CHARS = 160

UpstreamAnswers = Mapping[str, Sequence[tuple[str, str, int, str]]]
"""Base URL of a service, or the variable that holds it → what it says: method, path, status, body."""

_Name = Annotated[str, Field(pattern=r"^[\w.<>]+$", max_length=120)]


class _Seen(BaseModel):
    """One line that the tracer reports; see `grader.insight.tracer.place.Place`."""

    model_config = ConfigDict(strict=True, extra="forbid")

    file: str = Field(max_length=1_000)
    line: int = Field(ge=1)
    function: _Name
    is_async: bool
    caller: _Name | Annotated[str, Field(max_length=0)]
    call: _Name
    requests: list[int] = Field(max_length=MAX_QUESTIONS)


_ANSWER = TypeAdapter(Annotated[list[_Seen], Field(max_length=MAX_PLACES)])


def explain(
    spec: PodSpec,
    checks: Sequence[CheckInfo],
    results: Mapping[str, CheckResult],
    sandbox: Sandbox,
    progress: Progress,
    upstreams: UpstreamAnswers | None = None,
) -> list[Insight]:
    """Find the lines that hold up the loop while the requests of failed checks are answered. Raises no `GraderError`.

    Args:
        spec: what was graded.
        checks: of the pack.
        results: of those that were run.
        sandbox: where the application runs once more.
        progress: told when that begins.
        upstreams: what the services say that it calls; to everything else they say 200 `{}`.

    Returns:
        At most `MAX_PLACES`; none where no check of `CATEGORY` failed, nothing was seen, or anything went wrong.
    """
    ran = [results[check.id] for check in checks if check.category == CATEGORY and check.id in results]
    asked = questions([result for result in ran if result.verdict is Verdict.FAILED])
    if not asked:
        return []
    progress("asking the application which line blocked its event loop")
    try:
        output = sandbox.run_tool(spec, script(), _job(spec, asked, upstreams or {}), SECONDS)
    except GraderError:  # a run that was graded stays one
        return []
    return read(output, asked, spec.tree)


def read(output: bytes, asked: Sequence[Question], tree: Tree) -> list[Insight]:
    """What the candidate's side says, as far as it has the right form and names lines that exist.

    Args:
        output: what the tracer wrote, or whoever pretends to be it.
        asked: the requests of the job.
        tree: the submission.
    """
    answer = last_line(output, MARKER)
    try:
        seen = _ANSWER.validate_json(answer)
    except ValidationError:
        return []
    return [insight for one in seen if (insight := _insight(one, asked, tree))]


def _job(spec: PodSpec, asked: Sequence[Question], upstreams: UpstreamAnswers) -> str:
    """The job as JSON; the last requests are left out where it would be too long."""
    entry = spec.entry_point
    job = {
        "entry": {
            "target": entry.target,
            "factory": entry.factory,
            "directory": entry.directory,
            "paths": entry.import_paths or (entry.directory,),
        },
        "upstreams": {base: list(answers) for base, answers in upstreams.items()},
        "seconds": _TRACER_SECONDS,
    }
    requests = [_request(question) for question in asked]
    while len(text := json.dumps({**job, "requests": requests})) > MAX_JOB_CHARS and requests:
        requests.pop()
    return text


def _request(question: Question) -> dict[str, object]:
    sent = question.exchange
    return {"method": sent.method, "url": sent.url, "headers": sent.request_headers, "body": sent.request_body}


def _insight(seen: _Seen, asked: Sequence[Question], tree: Tree) -> Insight | None:
    source = _line(tree, seen.file, seen.line)
    checks = [check for number in seen.requests if 0 <= number < len(asked) for check in asked[number].checks]
    if not source or not checks:
        return None
    return Insight(
        checks=list(dict.fromkeys(checks)),
        file=visible(seen.file),
        line=seen.line,
        function=seen.function,
        is_async=seen.is_async,
        caller=seen.caller,
        call=seen.call,
        source=visible(clip(source, _SOURCE_CHARS)),
        text=_words(seen),
    )


def _line(tree: Tree, file: str, number: int) -> str:
    """A line of the submission, without the blanks around it; "" where there is none."""
    if file not in tree.files:
        return ""
    try:
        lines = (tree.root / file).read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return ""
    return lines[number - 1].strip() if number <= len(lines) else ""


def _words(seen: _Seen) -> str:
    kind = "async def" if seen.is_async else "def"
    within = "a lambda" if seen.function.endswith("<lambda>") else f"{kind} {seen.function}"
    caller = f", called by async def {seen.caller}" if seen.caller else ""
    return f"{seen.call} at {visible(seen.file)}:{seen.line} inside {within}{caller}"
