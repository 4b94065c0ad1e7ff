"""`grader run`."""

from pathlib import Path
from typing import Annotated

import typer

from grader.cli.console import boundary, err, interruptible, out, uninterrupted
from grader.cli.options import (
    App,
    Backend,
    Challenge,
    Latency,
    Runtime,
    SandboxName,
    Set,
    Submission,
    make_sandbox,
    parse_options,
    with_runtime,
)
from grader.cli.progress import LiveWatch
from grader.errors import Exit, UsageError
from grader.grade import grade
from grader.intake.intake import submission_name
from grader.report.model import Report
from grader.report.terminal import headline, summary
from grader.report.write import require_writable, write_report
from grader.request import NobodyWatches, Request, Watch, random_seed
from grader.settings import Settings


def run(
    submission: Submission,
    challenge: Challenge = None,
    out_dir: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Folder for report.json and report.html. Default: grader-reports/<submission name>/",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed",
            min=0,
            help="Repeat a run: the same seed draws the same inputs. Default: random; the report says it.",
        ),
    ] = None,
    sandbox: Backend = SandboxName.DOCKER,
    runtime: Runtime = None,
    app: App = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="CHECK_ID", help="Run this check and what it requires. May be repeated."),
    ] = None,
    public: Annotated[
        bool,
        typer.Option("--public", help="Run the public checks alone, which a candidate may see: a score of a part."),
    ] = False,
    latency: Latency = True,
    options: Set = None,
    fail_under: Annotated[
        float | None,
        typer.Option("--fail-under", min=0, max=100, metavar="N", help="Exit with 1 when the score is below N."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print one line only.")] = False,
) -> None:
    """Grade a submission and write a report.

    The project is unpacked, its FastAPI application found by reading (it is never imported on this machine), started in
    a locked container without a network, and probed from outside. It writes DIR/report.json,
    and DIR/report.html for people.

    Exit codes: 0 graded · 1 graded, below --fail-under · 2 wrong usage · 3 submission rejected, the report says why ·
    4 infrastructure fault, no verdict on the candidate · 130 interrupted.
    """
    with boundary():
        if runtime and sandbox is SandboxName.LOCAL:
            raise UsageError("--runtime is of containers, and --sandbox local has none", hint="leave one of them out")
        settings = with_runtime(Settings(), runtime)
        request = Request(
            source=submission,
            challenge=challenge,
            seed=random_seed() if seed is None else seed,
            app=app,
            only=tuple(only or ()),
            public=public,
            latency=latency,
            options=parse_options(options),
            sandbox=sandbox.value,
        )
        folder = out_dir or Path("grader-reports") / submission_name(submission)
        require_writable(folder)
        with interruptible():
            report = _grade(request, sandbox, settings, quiet=quiet)
            _deliver(report, folder, quiet=quiet)
    raise typer.Exit(_exit_code(report, fail_under))


def _grade(request: Request, sandbox: SandboxName, settings: Settings, *, quiet: bool) -> Report:
    if quiet:
        return _graded(request, sandbox, settings, NobodyWatches())
    with LiveWatch(err) as watch:
        return _graded(request, sandbox, settings, watch)


def _graded(request: Request, sandbox: SandboxName, settings: Settings, watch: Watch) -> Report:
    return grade(request, make_sandbox(sandbox, settings), settings, watch)


def _deliver(report: Report, folder: Path, *, quiet: bool) -> None:
    try:
        with uninterrupted():
            path = write_report(report, folder)
    finally:  # also where there is no room for it: what was found out in minutes is not thrown away
        out.print(headline(report) if quiet else summary(report))
    if not quiet:
        out.print(f"\nreport: {path}\n        {path.with_suffix('.html')}", markup=False)


def _exit_code(report: Report, fail_under: float | None) -> int:
    if report.score and fail_under is not None and report.score.total < fail_under:
        return Exit.BELOW_THRESHOLD
    return report.exit_code
