"""`grader challenge list|show`; the rest of the family stands in `grader.cli.packs`."""

from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from grader.challenge.pack import Pack, available, load_pack
from grader.cli.console import boundary, out

app = typer.Typer(
    help="See which challenges there are and what each of them checks; write, prove and export packs.",
    no_args_is_help=True,
)


@app.command("list")
def list_challenges() -> None:
    """List the challenges that come with the grader."""
    with boundary():
        packs = [load_pack(slug) for slug in available()]
    table = Table(box=None, padding=(0, 3, 0, 0), header_style="dim")
    for column in ("slug", "level", "version", "checks", "minutes", "what it is"):
        table.add_column(column)
    for pack in packs:
        rubric = pack.rubric
        facts = (rubric.level.value, rubric.version, str(len(pack.checks)), str(rubric.minutes), rubric.summary)
        table.add_row(Text(rubric.slug, "bold"), *facts)
    out.print(table)


@app.command("show")
def show(
    slug: Annotated[str, typer.Argument(metavar="SLUG", help="A challenge's slug, or a pack's folder.")],
    brief: Annotated[bool, typer.Option("--brief", help="Print the brief that a candidate gets, as Markdown.")] = False,
) -> None:
    """Show a challenge: its rubric, its options, and every check with its level, weight and meaning.

    The check ids are what `grader run --only` takes; those marked `public` run with `--public` as well.
    """
    with boundary():
        pack = load_pack(slug)
    if brief:
        typer.echo((pack.folder / "BRIEF.md").read_text(encoding="utf-8"), nl=False)
        return
    out.print(_overview(pack))


def _overview(pack: Pack) -> RenderableType:
    rubric = pack.rubric
    title = Text.assemble(
        (rubric.title, "bold"), f" ({rubric.slug} {rubric.version}, {rubric.level}, {rubric.minutes} minutes)\n"
    )
    return Group(
        title.append(rubric.summary + "\n"), *(_category(pack, name) for name in rubric.categories), *_options(pack)
    )


def _category(pack: Pack, name: str) -> RenderableType:
    table = Table(box=None, padding=(0, 2, 0, 2), show_header=False)
    for check in pack.checks:
        if check.category == name:
            mark = "public" if check.id in pack.rubric.public else ""
            facts = (check.level, f"{check.weight:g}", mark)
            table.add_row(*(Text(fact, "dim") for fact in facts), Text(check.id, "bold"), check.title)
    return Group(Text(f"{name}  {pack.rubric.categories[name]:g} of 100", "bold"), table, "")


def _options(pack: Pack) -> list[Text]:
    return [
        Text(f"--set {name}={'|'.join(option.choices) or '…'}  {option.description} (default: {option.default})")
        for name, option in pack.rubric.options.items()
    ]
