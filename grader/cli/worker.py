"""`grader worker`."""

from typing import Annotated

import typer

from grader.cli.console import boundary, err, print_error
from grader.cli.options import (
    Backend,
    Broker,
    Runtime,
    SandboxName,
    StoreUrl,
    make_sandbox,
    slots_for,
    sweep_left,
    with_runtime,
)
from grader.errors import Exit, UsageError
from grader.settings import Settings
from grader.text import visible


def worker(
    broker: Broker = "",
    store: StoreUrl = "",
    jobs: Annotated[
        str, typer.Option("--jobs", metavar="N|auto", help="Pods at once; auto as cores and memory allow.")
    ] = "auto",
    sandbox: Backend = SandboxName.DOCKER,
    runtime: Runtime = None,
) -> None:
    """Grade what `grader batch --broker` sends, until it is stopped.

    Any number of workers, on any number of machines, each with its own Docker engine, share the work. SIGTERM or Ctrl-C
    lets what is under way end; once more gives it back to the others. What a killed one had begun, another takes over.

    Exit codes: 0 stopped · 2 wrong usage · 4 this machine cannot grade, or reaches no broker or no store; what it had
    begun is given back, so a supervisor may start it again.
    """
    with boundary():
        if runtime and sandbox is SandboxName.LOCAL:
            raise UsageError("--runtime is of containers, and --sandbox local has none", hint="leave one of them out")
        settings = with_runtime(Settings(), runtime)
        broker = broker or settings.broker.get_secret_value()
        code = _serve(broker, store or settings.store.get_secret_value(), jobs, sandbox, settings)
    raise typer.Exit(code)


def _serve(broker: str, store_url: str, jobs: str, sandbox: SandboxName, settings: Settings) -> Exit:
    from grader.batch.remote.extra import require_extra  # noqa: PLC0415 - Celery takes long to import

    require_extra()
    from grader.batch.perform import Performer  # noqa: PLC0415
    from grader.batch.remote.app import make_app  # noqa: PLC0415
    from grader.batch.remote.queue import Queue  # noqa: PLC0415
    from grader.batch.remote.service import Service, worker_name  # noqa: PLC0415
    from grader.batch.remote.store import open_store  # noqa: PLC0415
    from grader.batch.remote.taker import Taker  # noqa: PLC0415

    make_app(broker, settings)  # a wrong address is said before anything is built
    shelves = open_store(store_url)
    slots = slots_for(jobs, sandbox, settings)

    def performer() -> Performer:
        return Performer(lambda: make_sandbox(sandbox, settings), settings, slots)

    for line in sweep_left(sandbox, settings):
        _say(f"swept: {line}")
    performer().warm_up(_say)
    # One more than run checks: its pod starts meanwhile.
    app = make_app(broker, settings, workers=slots.own + 1)
    Queue(app, broker).waiting()
    name = worker_name()
    taker = Taker(shelves, performer, worker=name, sandbox=sandbox.value, heartbeat=settings.heartbeat, say=_say)
    service = Service(app, taker, name, sandbox.value, slots.own, _say)
    code = service.run()
    if service.fault:
        print_error(service.fault)
    return code


def _say(text: str) -> None:
    err.print(visible(text, limit=500))
