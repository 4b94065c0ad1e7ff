"""`grader inspect`."""

from rich.table import Table
from rich.text import Text

from grader.cli.console import boundary, err, interruptible, out
from grader.cli.options import App, Backend, Challenge, SandboxName, Set, Submission, make_sandbox, parse_options
from grader.cli.progress import LiveWatch
from grader.errors import StartRejected
from grader.inspection import Inspection
from grader.inspection import inspect as look
from grader.intake.submission import Submission as TakenIn
from grader.request import Request
from grader.settings import Settings
from grader.text import clip, visible

LOG_LINES = 20


def inspect(
    submission: Submission,
    challenge: Challenge = None,
    sandbox: Backend = SandboxName.DOCKER,
    app: App = None,
    options: Set = None,
) -> None:
    """See whether a submission starts here, without grading it.

    Unpacks it, finds its application and dependencies, starts it as `grader run` would, and lists its routes.

    Exit codes: 0 it starts · 2 wrong usage · 3 it would be rejected · 4 infrastructure fault.
    """
    with boundary(), interruptible():
        settings = Settings()
        request = Request(submission, challenge, app=app, options=parse_options(options), sandbox=sandbox.value)
        try:
            with LiveWatch(err) as watch:
                seen = look(request, make_sandbox(sandbox, settings), settings, watch)
        except StartRejected as error:
            _print_log(error.detail)
            raise
    _print(seen)


def _print(seen: Inspection) -> None:
    out.print(_facts(seen))
    if seen.routes.problem:
        out.print(Text(f"/openapi.json: {visible(seen.routes.problem)}", "yellow"))
    for route in seen.routes.routes:
        out.print(Text.assemble((f"  {visible(route.method):7}", "bold"), visible(clip(route.path, 200))))
    for warning in (*seen.submission.warnings, *seen.runtime.warnings):
        out.print(Text(f"note: {visible(warning)}", "yellow"))
    _print_log(seen.log)


def _facts(seen: Inspection) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for name, value in _rows(seen.submission).items():
        table.add_row(Text(name, "dim"), visible(value))
    installed = ", ".join(seen.runtime.installed) or "nothing; the image has it all"
    table.add_row(Text("installed", "dim"), visible(installed))
    table.add_row(Text("Python", "dim"), seen.runtime.python)
    table.add_row(
        Text("environment", "dim"), f"of {seen.pack.rubric.slug}" if seen.pack else "empty: no challenge is named"
    )
    table.add_row(
        Text("listens", "dim"),
        f"yes, after {seen.seconds:.2f} s; GET /health answers {seen.routes.health or 'nothing'}",
    )
    return table


def _rows(submission: TakenIn) -> dict[str, str]:
    entry, declared, tree = submission.entry_point, submission.dependencies, submission.tree
    factory = " (a factory)" if entry.factory else ""
    declared_in = ", ".join(declared.sources) or "by imports"
    return {
        "submission": f"{submission.name}: {len(tree.files)} files, {tree.total_bytes:,} bytes",
        "application": f"{entry.target}{factory}, in {entry.directory}, found by {entry.source}",
        "import path": ", ".join(entry.import_paths),
        "dependencies": f"{', '.join(declared.requirements) or 'none declared'} ({declared_in})",
    }


def _print_log(log: str) -> None:
    lines = log.splitlines()[-LOG_LINES:]
    if lines:
        err.print(Text("the application's log ends with:", "dim"))
        err.print(Text("\n".join("  " + visible(clip(line, 300)) for line in lines)))
