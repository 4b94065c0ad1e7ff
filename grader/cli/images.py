"""`grader images build|list|prune`."""

from typing import Annotated

import typer
from rich.table import Table

from grader.cli.console import boundary, err, interruptible, out
from grader.cli.progress import LiveWatch
from grader.settings import Settings

app = typer.Typer(
    help="Build, list and remove the images that pods are made of. `grader run` builds what is missing by itself.",
    no_args_is_help=True,
)


@app.command("build")
def build() -> None:
    """Build the runner and harness images, where they are missing or their package lists have changed.

    On top of python:3.x-slim where that can be pulled, else of an equal base made from Debian packages (as root, with
    debootstrap), so that it works in a closed network too. Prints the base first, then the two.
    """
    from grader.sandbox.engine import connect  # noqa: PLC0415 - the Docker SDK takes 0.2 s to import
    from grader.sandbox.images import build_all, find  # noqa: PLC0415

    with boundary(), interruptible():
        settings = Settings()
        client = connect(settings)
        with LiveWatch(err) as watch:
            built = build_all(client, settings, watch.step)
        for image in (find(client, settings, "base"), *built):
            if image:
                version = f"  Python {image.version}" if image.version else ""
                out.print(f"{image.reference}  {image.id[:19]}{version}", markup=False)


@app.command("list")
def list_() -> None:
    """List the grader's images: which are in use, and which are left from earlier package lists."""
    from grader.sandbox.engine import connect  # noqa: PLC0415 - the Docker SDK takes 0.2 s to import
    from grader.sandbox.images import list_images  # noqa: PLC0415

    with boundary():
        rows = list_images(connect(Settings()), Settings())
    table = Table(box=None, padding=(0, 3, 0, 0), header_style="dim")
    for column in ("reference", "id", "size", "created", "state"):
        table.add_column(column)
    for row in rows:
        table.add_row(
            row.reference, row.id[:19], f"{row.size / 1e6:,.0f} MB", row.created, "in use" if row.current else "stale"
        )
    out.print(table if rows else "no images yet; grader images build makes them")


@app.command("prune")
def prune(
    everything: Annotated[
        bool, typer.Option("--all", help="Also the images in use; the next run builds them again.")
    ] = False,
) -> None:
    """Remove stale images and cached dependency installs."""
    from grader.sandbox.engine import connect  # noqa: PLC0415 - the Docker SDK takes 0.2 s to import
    from grader.sandbox.images import prune as remove  # noqa: PLC0415

    with boundary():
        removed = remove(connect(Settings()), Settings(), everything=everything)
        for line in removed:
            out.print(f"removed {line}", markup=False)
        out.print(f"{len(removed)} removed" if removed else "nothing to remove")
