"""`grader doctor` and `grader gc`."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from grader.cli.console import boundary, err, interruptible, out
from grader.cli.options import Runtime, with_runtime
from grader.cli.progress import LiveWatch
from grader.errors import Exit
from grader.settings import Settings
from grader.text import visible
from grader.workspace import sweep_workspaces

if TYPE_CHECKING:
    from grader.sandbox.doctor import Finding


def doctor(
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help="Also fail where a part of the engine has a known container escape, or lets system calls through that "
            "newer ones refuse.",
        ),
    ] = False,
    mended: Annotated[
        list[str] | None,
        typer.Option(
            "--mended", metavar="CVE", help="An escape that you know your distribution has mended. May be repeated."
        ),
    ] = None,
    runtime: Runtime = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Prove that this machine can grade safely.

    Looks at the engine, its known container escapes and the images, then starts a probe container as a candidate's
    would be and looks from inside at every limit and restriction. Exit codes: 0 all is well · 4 something is not.
    """
    from grader.sandbox.doctor import examine  # noqa: PLC0415 - the Docker SDK takes 0.2 s to import

    with boundary(), interruptible():
        settings = with_runtime(Settings(), runtime)
        with LiveWatch(err) as watch:
            findings = examine(settings, watch.step, strict=strict, mended=mended or ())
        if as_json:
            typer.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
        else:
            for finding in findings:
                _print(finding)
    if any(finding.ok is False for finding in findings):
        raise typer.Exit(Exit.INFRASTRUCTURE)


def _print(finding: "Finding") -> None:
    mark, colour = ("?", "yellow") if finding.ok is None else ("✔", "green") if finding.ok else ("✘", "red")
    out.print(Text.assemble((f"{mark} ", colour), (f"{finding.name:27}", "bold"), visible(finding.message)))
    if finding.hint and not finding.ok:
        out.print(Text(f"    → {visible(finding.hint)}", "dim"))


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
