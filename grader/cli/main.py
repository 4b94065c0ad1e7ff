"""The `grader` command and its families."""

from typing import Annotated

import typer

from grader import __version__
from grader.cli import (
    batch,
    challenge,
    compare,
    doctor,
    github,
    images,
    inspecting,
    packs,
    render,
    replay,
    rescore,
    run,
    schema,
    show,
    similar,
    status,
    worker,
)

app = typer.Typer(
    help="Grade FastAPI code challenges: run a submission in a locked container, probe it from outside, report it.",
    epilog="Start with: grader doctor, then grader run submission.zip --challenge user-directory",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"grader {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Grade FastAPI code challenges."""


app.command("run")(run.run)
app.command("batch")(batch.batch)
app.command("worker")(worker.worker)
app.command("status")(status.status)
app.command("compare")(compare.compare)
app.command("similar")(similar.similar)
app.command("inspect")(inspecting.inspect)
app.command("show")(show.show)
app.command("render")(render.render)
app.command("replay")(replay.replay)
app.command("rescore")(rescore.rescore_reports)
app.command("github")(github.github)
app.command("doctor")(doctor.doctor)
app.command("gc")(doctor.gc)
app.command("schema")(schema.schema)
app.add_typer(images.app, name="images")
packs.register(challenge.app)
app.add_typer(challenge.app, name="challenge")
