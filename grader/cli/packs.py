"""`grader challenge verify|lint|new|export`: for those who write challenges."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from grader.challenge.export import ACTION, WORKFLOW, export_pack
from grader.challenge.load import busy_loops
from grader.challenge.pack import Pack, available, load_pack
from grader.challenge.proof import Proof
from grader.challenge.scaffold import scaffold
from grader.challenge.verify import Prover, share_of, subjects_of
from grader.cli.console import boundary, err, interruptible, out
from grader.cli.options import SandboxName, make_sandbox
from grader.cli.progress import ProofWatch
from grader.errors import Exit, UsageError
from grader.report.matrix import Matrix, as_json
from grader.report.write import write_json
from grader.request import random_seed
from grader.sandbox.pod import Sandbox
from grader.settings import Settings
from grader.text import visible

PackName = Annotated[str, typer.Argument(metavar="SLUG|PATH", help="A challenge's slug, or a pack's folder.")]
PackNames = Annotated[
    list[str] | None, typer.Argument(metavar="SLUG|PATH", help="Challenges' slugs, or packs' folders.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the family of `grader challenge`."""
    app.command("verify")(verify)
    app.command("lint")(lint)
    app.command("new")(new)
    app.command("export")(export)


def verify(
    names: PackNames = None,
    every: Annotated[bool, typer.Option("--all", help="Every challenge that comes with the grader.")] = False,
    sandbox: Annotated[
        SandboxName,
        typer.Option("--sandbox", help="local is quick and fit for your own packs; docker is what candidates get."),
    ] = SandboxName.LOCAL,
    repeat: Annotated[
        int, typer.Option("--repeat", min=1, metavar="N", help="Grade everything N times, each with a new seed.")
    ] = 1,
    load: Annotated[int, typer.Option("--load", min=0, metavar="N", help="Keep N busy loops running meanwhile.")] = 0,
    jobs: Annotated[
        int | None, typer.Option("--jobs", min=1, metavar="N", help="Gradings side by side. Default: the CPUs.")
    ] = None,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="Grade mutants by the checks that must catch them alone, and measure no latency."),
    ] = False,
    share: Annotated[
        int,
        typer.Option("--share", min=1, metavar="N", help="Every Nth mutant, beginning with one that the seed chooses."),
    ] = 1,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="Seed of the first round. Default: random; it is printed.")
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write all verdicts there.")] = None,
) -> None:
    """Prove a pack: its verdicts are sharp and fair, always.

    Grades every reference and variant (each must score 100), an app that answers 404 to everything (0), one that
    answers 200 {} to everything (under 5), and every mutant (failed by exactly the checks that mutants.toml names).
    Prints the kill matrix, the checks that no mutant exercises and the mutants that nobody caught.

    Exit codes: 0 proved · 1 something deviates, or a verdict changed between rounds · 2 the pack is broken ·
    4 nothing can be graded here.
    """
    with boundary(), interruptible():
        packs = [load_pack(name) for name in _chosen(names, every=every)]
        first = random_seed() if seed is None else seed
        with _place(sandbox, Settings()) as place, busy_loops(load):
            proofs = _prove(packs, place, jobs or os.cpu_count() or 1, first, repeat, quick=quick, share=share)
        if json_file:
            write_json([as_json(proof) for proof in proofs], json_file)
    if not all(proof.holds for proof in proofs):
        raise typer.Exit(Exit.BELOW_THRESHOLD)


def _chosen(names: list[str] | None, *, every: bool) -> list[str]:
    if bool(names) == every:
        raise UsageError("name one or more packs, or pass --all", hint=f"there are: {', '.join(available())}")
    return available() if every else list(names or [])


@contextmanager
def _place(name: SandboxName, settings: Settings) -> Iterator[Sandbox]:
    """The backend; the local one keeps its harness processes, since all that is graded here is trusted."""
    if name is not SandboxName.LOCAL:
        yield make_sandbox(name, settings)
        return
    from grader.sandbox.harness_pool import HarnessPool  # noqa: PLC0415 - only what is asked for is imported
    from grader.sandbox.local_backend import LocalSandbox  # noqa: PLC0415

    with HarnessPool() as pool:
        yield LocalSandbox(settings, pool=pool)


def _prove(
    packs: list[Pack], place: Sandbox, jobs: int, seed: int, rounds: int, *, quick: bool, share: int
) -> list[Proof]:
    with tempfile.TemporaryDirectory(prefix="grader-verify-", ignore_cleanup_errors=True) as folder:
        homes = [Path(tempfile.mkdtemp(prefix=f"{pack.rubric.slug}-", dir=folder)) for pack in packs]
        proofs = [
            Proof(pack, share_of(subjects_of(pack, home, quick=quick), share, seed))
            for pack, home in zip(packs, homes, strict=True)
        ]
        with ProofWatch(err, proofs, rounds) as watch:
            watch.step(f"seed {seed}")
            Prover(place, Settings(), jobs, seed, watch.seen, watch.step, quick).prove(*proofs, rounds=rounds)
    for proof in proofs:
        out.print(Matrix(proof))
    out.print(f"seed {seed}, {jobs} side by side", style="dim")
    return proofs


def lint(name: PackName) -> None:
    """Check a pack's form, without running any check.

    Every check has its words, level, category and question; weights add up; openapi.yaml is valid; mutants apply; the
    brief names every operation and bound; the starter starts (in the local sandbox); and nothing that a candidate gets
    gives a hidden check away.
    """
    with boundary(), interruptible(), _place(SandboxName.LOCAL, Settings()) as place:
        problems = _problems(load_pack(name), place)
        for problem in problems:
            out.print(f"✘ {visible(problem)}", markup=False, soft_wrap=True)
        if problems:
            raise typer.Exit(Exit.BELOW_THRESHOLD)
        out.print(f"{name}: in good form", markup=False)


def _problems(pack: Pack, place: Sandbox) -> list[str]:
    try:
        from grader.challenge.lint import lint_pack  # noqa: PLC0415 - the host may do without the harness's packages
    except ModuleNotFoundError as error:
        raise UsageError(f"lint needs {error.name}", hint="pip install 'grader[local]'") from error
    return lint_pack(pack, place)


def new(
    slug: Annotated[str, typer.Argument(metavar="SLUG", help="Lower-case words with hyphens, such as order-book.")],
    folder: Annotated[Path, typer.Option("--in", metavar="DIR", help="Where to put the pack.")] = Path(),
) -> None:
    """Scaffold a pack that verifies at once: two operations, a few checks, a reference, a variant and mutants.

    Change it step by step, and run `grader challenge verify` after each.
    """
    with boundary():
        pack = scaffold(slug, folder)
        out.print(f"made {pack}\nnext: grader challenge verify {pack}", markup=False, soft_wrap=True)


def export(
    name: PackName,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
    action: Annotated[
        str,
        typer.Option(
            "--action",
            envvar="GRADER_ACTION",
            metavar="OWNER/REPO@REF",
            help="Where the candidate's workflow on GitHub finds the grader.",
        ),
    ] = ACTION,
) -> None:
    """Write what a candidate gets: brief, contract, starter, and a workflow that runs the public checks on GitHub.

    No hidden check, mutant or reference is among it.
    """
    with boundary():
        files = export_pack(load_pack(name), folder, action)
        for file in files:
            out.print(str(folder / file), markup=False, soft_wrap=True)
        if WORKFLOW in files and action == ACTION:
            out.print(f"next: put the grader's place for {ACTION} in {WORKFLOW}, or say it with --action", markup=False)
