"""`grader batch`."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from grader.batch.batch import Batch
from grader.batch.entries import find_entries
from grader.batch.job import JobMaker, Terms
from grader.batch.record import RECORD, alone_in, record, recorded
from grader.batch.runner import Runner
from grader.cli.batch_table import BatchTable
from grader.cli.console import boundary, err, out
from grader.cli.options import Backend, Latency, Runtime, SandboxName, Set, make_sandbox, parse_options, with_runtime
from grader.errors import Exit, UsageError
from grader.request import random_seed
from grader.settings import Settings
from grader.workspace import sweep_workspaces


def batch(
    submissions: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...",
            help="Archives, projects' folders, a folder that holds such, or a manifest: a .csv or .json with the "
            "columns name, file and challenge.",
        ),
    ],
    challenge: Annotated[
        str | None,
        typer.Option(
            "--challenge",
            metavar="SLUG",
            help="For all that a manifest says nothing of. Default: each submission's own.",
        ),
    ] = None,
    jobs: Annotated[
        str, typer.Option("--jobs", metavar="N|auto", help="Pods at once; auto as cores and memory allow.")
    ] = "auto",
    out_dir: Annotated[
        Path,
        typer.Option("--out", metavar="DIR", help="A folder for each submission, summary.csv and compare.html."),
    ] = Path("grader-reports"),
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the batch of DIR: what has a report is not graded again.")
    ] = False,
    seed: Annotated[
        int | None,
        typer.Option("--seed", min=0, help="The same for all submissions. Default: random; DIR/batch.json says it."),
    ] = None,
    sandbox: Backend = SandboxName.DOCKER,
    runtime: Runtime = None,
    public: Annotated[bool, typer.Option("--public", help="Run the public checks alone.")] = False,
    latency: Latency = True,
    options: Set = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print one line at the end only.")] = False,
) -> None:
    """Grade many submissions, and compare them.

    As many pods at once as the machine can take; latency is measured one at a time. A report is written whole or not at
    all: killed at any moment and called again with --resume, only what was under way is graded again. Ctrl-C lets what
    is under way end, once more stops that too.

    Exit codes: 0 every submission is graded or rejected · 2 wrong usage · 4 some could not be graded, through no fault
    of theirs: see summary.csv, and run again with --resume · 130 interrupted.
    """
    with boundary():
        if runtime and sandbox is SandboxName.LOCAL:
            raise UsageError("--runtime is of containers, and --sandbox local has none", hint="leave one of them out")
        settings = with_runtime(Settings(), runtime)
        entries = find_entries(submissions)
        asked = Terms(
            seed=random_seed() if seed is None else seed,
            challenge=challenge,
            options=parse_options(options),
            public=public,
            latency=latency,
            sandbox=sandbox.value,
        )
        with alone_in(out_dir):
            terms = _terms(out_dir, asked, resume=resume, seeded=seed is not None)
            maker = JobMaker(terms, settings)
            whole = Batch(out_dir, [maker.job(entry) for entry in entries])
            record(out_dir, terms)
            whole.recall()
            try:
                stopped = _run(whole, partial(_runner, sandbox, settings, jobs, out_dir), quiet=quiet)
            finally:
                _tell(whole, quiet=quiet)
    raise typer.Exit(_exit_code(whole, stopped=stopped))


def _terms(folder: Path, asked: Terms, *, resume: bool, seeded: bool) -> Terms:
    """The terms of the batch in the folder, or of a new one."""
    before = recorded(folder)
    if before is None:
        if resume:
            raise UsageError(f"--resume: there is no {RECORD} in {folder}", hint="name the --out of the batch")
        return asked
    if not resume:
        raise UsageError(f"--out {folder} holds a batch", hint="go on with it by --resume, or name another folder")
    terms = asked if seeded else asked.model_copy(update={"seed": before.terms.seed})
    for name, value in terms:
        if value != (known := getattr(before.terms, name)):
            raise UsageError(
                f"--resume: the batch in {folder} has {name} {known!r}, not {value!r}",
                hint="call it as before, or name another --out",
            )
    return terms


def _runner(sandbox: SandboxName, settings: Settings, jobs: str, folder: Path, table: BatchTable) -> Runner:
    from grader.batch.capacity import engines_machine, pods_at_once, this_machine  # noqa: PLC0415
    from grader.batch.local import LocalRunner  # noqa: PLC0415
    from grader.batch.perform import Performer  # noqa: PLC0415
    from grader.batch.slots import Slots  # noqa: PLC0415

    _sweep(sandbox, settings)
    machine = this_machine() if sandbox is SandboxName.LOCAL else engines_machine(settings)
    at_once = pods_at_once(settings, machine) if jobs == "auto" else _number(jobs)
    performer = Performer(lambda: make_sandbox(sandbox, settings), settings, Slots(settings.cache_dir, at_once))
    performer.warm_up(table.say)
    return LocalRunner(performer, folder, at_once, table)


def _sweep(sandbox: SandboxName, settings: Settings) -> None:
    """Remove what killed batches left, which would take memory and CPU from this one."""
    sweep_workspaces()
    if sandbox is SandboxName.DOCKER:
        from grader.sandbox.engine import connect, sweep  # noqa: PLC0415 - the Docker SDK takes 0.2 s to import

        sweep(connect(settings))


def _number(jobs: str) -> int:
    if not jobs.isdecimal() or not int(jobs):
        raise UsageError(f"--jobs {jobs}: write a number of pods, or auto")
    return int(jobs)


def _run(whole: Batch, runner_with: Callable[[BatchTable], Runner], *, quiet: bool) -> bool:
    """Have it done; whether somebody stopped it."""
    if not whole.to_do:
        return False
    table = BatchTable(err, len(whole.jobs), len(whole.outcomes), quiet=quiet)
    if whole.outcomes and not quiet:
        table.say(f"{len(whole.outcomes)} of {len(whole.jobs)} have a report already")
    runner = runner_with(table)
    with table, _signals(runner, table) as signals:
        whole.run(runner, table.ended)
    return bool(signals)


@contextmanager
def _signals(runner: Runner, table: BatchTable) -> Iterator[list[int]]:
    """Ctrl-C drains, once more cancels, as SIGTERM and SIGHUP do at once; gives what has come."""
    come: list[int] = []

    def handle(number: int, _frame: FrameType | None) -> None:
        come.append(number)
        if number == signal.SIGINT and len(come) == 1:
            runner.drain()
            table.note("what is under way may end; Ctrl-C once more stops it")
        else:
            runner.cancel()
            table.note("stopping")

    kept: dict[signal.Signals, Any] = {}
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if each is not signal.SIGHUP or signal.getsignal(each) is not signal.SIG_IGN:
            kept[each] = signal.signal(each, handle)
    try:
        yield come
    finally:
        for each, before in kept.items():
            signal.signal(each, before)


def _tell(whole: Batch, *, quiet: bool) -> None:
    written = whole.summarise()
    scored = [one for one in whole.outcomes.values() if one.score is not None]
    left = f", {len(whole.to_do)} not done" if whole.to_do else ""
    out.print(f"{len(whole.outcomes)} of {len(whole.jobs)} submissions have a report, {len(scored)} a score{left}")
    if not quiet:
        for file in written:
            out.print(f"        {file}", markup=False)


def _exit_code(whole: Batch, *, stopped: bool) -> Exit:
    if stopped and whole.to_do:
        return Exit.INTERRUPTED
    return Exit.OK if whole.is_sound else Exit.INFRASTRUCTURE
