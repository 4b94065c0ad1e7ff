"""`grader doctor` and `grader gc`."""

from typing import Annotated

import typer
from rich.text import Text

from grader.cli.console import boundary, err, interruptible, out
from grader.cli.progress import LiveWatch
from grader.errors import Exit
from grader.settings import Settings
from grader.text import visible
from grader.workspace import sweep_workspaces


def doctor() -> None:
    """Prove that this machine can grade safely.

    Looks at the engine and the images, then starts a probe container as a candidate's would be and looks from inside at
    every limit and restriction. Exit codes: 0 all is well · 4 something is not.
    """
    from grader.sandbox.doctor import examine  # noqa: PLC0415 - the Docker SDK takes 0.2 s to import

    with boundary(), interruptible():
        with LiveWatch(err) as watch:
            findings = examine(Settings(), watch.step)
        for finding in findings:
            mark, colour = ("?", "yellow") if finding.ok is None else ("✔", "green") if finding.ok else ("✘", "red")
            out.print(Text.assemble((f"{mark} ", colour), (f"{finding.name:27}", "bold"), visible(finding.message)))
            if finding.hint and not finding.ok:
                out.print(Text(f"    → {finding.hint}", "dim"))
    if any(finding.ok is False for finding in findings):
        raise typer.Exit(Exit.INFRASTRUCTURE)


def gc(
    everything: Annotated[
        bool, typer.Option("--all", help="Also what belongs to runs that seem to be under way.")
    ] = False,
) -> None:
    """Remove the containers, networks, volumes and temporary folders that killed runs left behind.

    Everything that a run creates carries its label. What belongs to a run whose process still lives is left alone.
    """
    from grader.sandbox.engine import connect, sweep  # noqa: PLC0415 - the Docker SDK takes 0.2 s to import

    with boundary():
        removed = sweep_workspaces() + sweep(connect(Settings()), everything=everything)
        for line in removed:
            out.print(Text(f"removed {visible(line)}"))
        out.print(f"{len(removed)} removed" if removed else "nothing was left behind")
