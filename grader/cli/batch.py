"""`grader batch`."""

import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from grader.batch.batch import Batch
from grader.batch.entries import find_entries
from grader.batch.job import Job, JobMaker, Terms
from grader.batch.record import RECORD, alone_in, record, recorded
from grader.batch.remote.urls import require_broker
from grader.batch.runner import Runner
from grader.cli.batch_table import BatchTable
from grader.cli.console import boundary, err, out
from grader.cli.options import (
    Backend,
    Broker,
    Latency,
    Runtime,
    SandboxName,
    Set,
    StoreUrl,
    make_sandbox,
    parse_options,
    slots_for,
    sweep_left,
    with_runtime,
)
from grader.errors import Exit, UsageError
from grader.request import random_seed
from grader.settings import Settings


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
    broker: Broker = "",
    store: StoreUrl = "",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print one line at the end only.")] = False,
) -> None:
    """Grade many submissions, and compare them.

    As many pods at once as the machine can take; latency is measured one at a time. A report is written whole or not at
    all: killed at any moment and called again with --resume, only what was under way is graded again. Ctrl-C lets what
    is under way end, once more stops that too.

    With --broker, workers on any number of machines grade them (see: grader worker); what is said of --jobs and
    --runtime is theirs then. What got lost with a worker is sent again.

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
            broker = broker or settings.broker.get_secret_value()
            if broker:
                _require_remote(jobs, runtime, whole.jobs)
                store = store or settings.store.get_secret_value()
                runner_with = partial(_remote, require_broker(broker), store, settings, out_dir)
            else:
                runner_with = partial(_local, sandbox, settings, jobs, out_dir)
            record(out_dir, terms)
            whole.recall()
            try:
                stopped = _run(whole, runner_with, quiet=quiet)
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


def _local(sandbox: SandboxName, settings: Settings, jobs: str, folder: Path, table: BatchTable) -> Runner:
    from grader.batch.local import LocalRunner  # noqa: PLC0415
    from grader.batch.perform import Performer  # noqa: PLC0415

    sweep_left(sandbox, settings)
    slots = slots_for(jobs, sandbox, settings)
    performer = Performer(lambda: make_sandbox(sandbox, settings), settings, slots)
    performer.warm_up(table.say)
    return LocalRunner(performer, folder, slots.own, table)


def _remote(broker: str, store: str, settings: Settings, folder: Path, table: BatchTable) -> Runner:
    from grader.batch.remote.app import make_app  # noqa: PLC0415 - Celery takes long to import
    from grader.batch.remote.client import RemoteRunner  # noqa: PLC0415 - likewise
    from grader.batch.remote.queue import Queue  # noqa: PLC0415 - likewise
    from grader.batch.remote.record import begin_run  # noqa: PLC0415 - likewise
    from grader.batch.remote.store import open_store  # noqa: PLC0415 - likewise

    queue = Queue(make_app(broker, settings), broker)
    queue.waiting()
    return RemoteRunner(open_store(store), queue, begin_run(folder), folder, settings, table)


def _require_remote(jobs: str, runtime: str | None, whole: Iterable[Job]) -> None:
    from grader.batch.remote.extra import require_extra  # noqa: PLC0415
    from grader.batch.remote.ticket import require_sendable  # noqa: PLC0415

    require_extra()
    for option, given in (("--jobs", jobs != "auto"), ("--runtime", runtime)):
        if given:
            raise UsageError(f"{option} is the workers' own with --broker", hint=f"pass it to grader worker {option}")
    for job in whole:
        require_sendable(job)


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
