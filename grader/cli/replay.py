"""`grader replay`."""

from pathlib import Path
from typing import Annotated

import typer

from grader.cli.console import boundary, err, interruptible, out
from grader.cli.options import SandboxName, make_sandbox
from grader.cli.progress import LiveWatch
from grader.cli.show import ReportPath, opened
from grader.errors import Exit, UsageError
from grader.grade import grade
from grader.replay import check_of, differences, outcome, replay_request
from grader.report.model import Report
from grader.report.terminal import headline
from grader.report.terminal_check import check_in_full
from grader.report.write import require_writable, write_report
from grader.request import Request
from grader.settings import Settings
from grader.text import visible


def replay(
    report: ReportPath,
    check: Annotated[str, typer.Argument(metavar="CHECK_ID", help="The check to ask again.")],
    submission: Annotated[
        Path | None,
        typer.Argument(
            metavar="SUBMISSION", help="Where it lies now. Default: where the report says.", show_default=False
        ),
    ] = None,
    challenge: Annotated[
        str | None,
        typer.Option("--challenge", metavar="SLUG", help="A slug or a pack's folder. Default: the report's."),
    ] = None,
    sandbox: Annotated[
        SandboxName | None,
        typer.Option("--sandbox", help="As for `grader run`; to repeat a run without isolation, say local here too."),
    ] = None,
    out_dir: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write the new report there. Default: none is written.")
    ] = None,
) -> None:
    """Ask one check of a report again, and say whether the verdict is the same.

    It runs with the report's seed, challenge and options, on the same submission, together with what the check
    requires. A submission or challenge that has changed since is a warning.

    Exit codes: 0 the same verdict · 1 another one · 2 wrong usage · 3 submission rejected · 4 infrastructure fault ·
    130 interrupted.
    """
    with boundary():
        before = opened(report)
        then = check_of(before, check)
        place = _sandbox(before, sandbox)
        asked = replay_request(before, then, sandbox=place.value, source=submission, challenge=challenge)
        if out_dir:
            require_writable(out_dir)
        with interruptible():
            now = _graded(asked, place)
            if out_dir:
                write_report(now, out_dir)
        for line in differences(before, now):
            err.print(f"warning: {visible(line)}", markup=False, style="yellow")
        if now.score is None:
            out.print(headline(now))
            raise typer.Exit(now.exit_code)
        again = check_of(now, check)
        same, words = outcome(then, again)
        out.print(check_in_full(now, again), f"\n{words}", markup=False)
    raise typer.Exit(Exit.OK if same else Exit.BELOW_THRESHOLD)


def _sandbox(report: Report, asked: SandboxName | None) -> SandboxName:
    if asked is None and report.environment.isolation == "none":
        raise UsageError(
            "the report is of a run without isolation",
            hint="say --sandbox local to run that code with your rights again, or --sandbox docker",
        )
    return asked or SandboxName.DOCKER


def _graded(request: Request, place: SandboxName) -> Report:
    settings = Settings()
    with LiveWatch(err) as watch:
        return grade(request, make_sandbox(place, settings), settings, watch)
