"""`grader status`."""

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from grader.cli.console import boundary, out
from grader.cli.options import Broker
from grader.settings import Settings
from grader.text import visible

if TYPE_CHECKING:
    from grader.batch.remote.queue import JobFacts, WorkerFacts
    from grader.batch.remote.status import BrokerStatus


def status(
    broker: Broker = "",
    wait: Annotated[
        float, typer.Option("--wait", min=0.1, max=60, metavar="SECONDS", help="How long workers have to answer.")
    ] = 2.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON, for programs.")] = False,
) -> None:
    """Show how many jobs wait for workers, and what each worker is at.

    Exit codes: 0 shown · 2 wrong usage · 4 the broker does not answer.
    """
    with boundary():
        from grader.batch.remote.extra import require_extra  # noqa: PLC0415 - Celery takes long to import

        require_extra()
        from grader.batch.remote.app import make_app  # noqa: PLC0415
        from grader.batch.remote.queue import Queue  # noqa: PLC0415
        from grader.batch.remote.status import broker_status  # noqa: PLC0415

        settings = Settings()
        broker = broker or settings.broker.get_secret_value()
        seen = broker_status(Queue(make_app(broker, settings), broker), broker, wait)
        if as_json:
            typer.echo(json.dumps(seen.model_dump(mode="json"), indent=2))
        else:
            _show(seen)


def _show(seen: "BrokerStatus") -> None:
    out.print(f"{seen.broker}: {seen.waiting} waiting, {sum(len(each.jobs) for each in seen.workers)} under way")
    if not seen.workers:
        out.print("no worker answers; start one: grader worker --broker URL --store URL")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("worker", "version", "sandbox", "pods", "at", "since", "doing"):
        table.add_column(heading)
    for worker in seen.workers:
        _add(table, worker)
    out.print(table)


def _add(table: Table, worker: "WorkerFacts") -> None:
    head = [visible(worker.name), visible(worker.version), visible(worker.sandbox), str(worker.pods_at_once)]
    idle = "leaving" if worker.leaving else "idle"
    for cells in [_job(job) for job in worker.jobs] or [[idle, "", ""]]:
        table.add_row(*head, *cells)
        head = ["", "", "", ""]


def _job(job: "JobFacts") -> list[str]:
    progress = f"{job.ended}/{job.checks} " if job.checks else ""
    return [visible(job.name, limit=40), f"{job.seconds:.0f} s", f"{progress}{visible(job.doing, limit=60)}"]
