"""What is seen while a batch is graded: a live table on a terminal, a line for each submission elsewhere."""

import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from types import TracebackType
from typing import Self

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.table import Table
from rich.text import Text

from grader.batch.job import Job
from grader.batch.outcome import Outcome
from grader.challenge.catalogue import CheckInfo
from grader.report.model import Status
from grader.request import NobodyWatches, Watch
from grader.text import visible
from grader.verdicts import CheckResult, Verdict

_NAME, _STEP = 32, 60
_COLOURS = {Status.GRADED: "green", Status.REJECTED: "yellow", Status.INFRASTRUCTURE_ERROR: "red"}


class _Row:
    """One submission under way; implements `grader.request.Watch`."""

    def __init__(self, job: Job) -> None:
        self.name = job.name
        self.began = time.monotonic()
        self.doing = "waiting"
        self.checks, self.ended, self.failed = 0, 0, 0

    def step(self, text: str) -> None:
        self.doing = text

    def planned(self, checks: tuple[CheckInfo, ...]) -> None:
        self.checks = len(checks)

    def check_started(self, check: str) -> None:
        self.doing = check

    def check_finished(self, result: CheckResult) -> None:
        self.ended += 1
        self.failed += result.verdict is Verdict.FAILED


class BatchTable:
    """Implements `grader.batch.runner.Onlooker`.

    Args:
        console: where to draw.
        total: submissions of the batch.
        ready: of those, how many an earlier call has finished.
        quiet: whether nothing is drawn.
    """

    def __init__(self, console: Console, total: int, ready: int, *, quiet: bool = False) -> None:
        self._note = ""
        self._console = console
        self._total = total
        self._ready = ready
        self._quiet = quiet
        self._rows: list[_Row] = []
        self._counts: Counter[Status] = Counter()
        self._began = time.monotonic()
        self._lock = Lock()
        live = console.is_terminal and not quiet
        self._live = Live(self, console=console, refresh_per_second=4, transient=True) if live else None

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    @contextmanager
    def watching(self, job: Job) -> Iterator[Watch]:
        """See `grader.batch.runner.Onlooker.watching`."""
        if self._live is None:
            yield NobodyWatches()
            return
        row = _Row(job)
        with self._lock:
            self._rows.append(row)
        try:
            yield row
        finally:
            with self._lock:
                self._rows.remove(row)

    def ended(self, outcome: Outcome) -> None:
        """Count it, and say in a line what became of it."""
        self._counts[outcome.status] += 1
        if not self._quiet:
            done = self._ready + self._counts.total()
            self._console.print(Text.assemble((f"{done:>4} of {self._total}  ", "dim"), line(outcome)))

    def say(self, text: str) -> None:
        """Print a line above the table."""
        self._console.print(visible(text), markup=False, style="yellow")

    def note(self, text: str) -> None:
        """Say it at the end of the table; safe in a signal's handler, which may have interrupted a print."""
        self._note = text
        if self._live is None and not self._quiet:
            os.write(self._console.file.fileno(), f"{text}\n".encode())

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The table of what is under way, and how far the whole is."""
        grid = Table.grid(padding=(0, 2))
        with self._lock:
            rows = list(self._rows)
        for row in rows:
            progress = f"{row.ended}/{row.checks}" if row.checks else ""
            failed = f"{row.failed} failed" if row.failed else ""
            grid.add_row(
                Text(visible(row.name, limit=_NAME), "bold"),
                Text(progress, justify="right"),
                Text(failed, "red"),
                Text(_clock(time.monotonic() - row.began), "dim"),
                Text(visible(row.doing, limit=_STEP), "dim"),
            )
        yield grid
        yield self._whole(len(rows))

    def _whole(self, under_way: int) -> Text:
        done = self._ready + self._counts.total()
        parts = [f"{done} of {self._total} done", f"{under_way} under way"]
        parts += [f"{count} {str(status).replace('_', ' ')}" for status, count in self._counts.items()]
        if self._note:
            parts.append(self._note)
        elif left := self._estimate():
            parts.append(f"about {_clock(left)} left")
        return Text(" · ".join(parts), "bold")

    def _estimate(self) -> float | None:
        """Seconds for what is left, at the pace until now; None as long as that says nothing."""
        here = self._counts.total()
        left = self._total - self._ready - here
        return (time.monotonic() - self._began) / here * left if here > 1 and left else None


def line(outcome: Outcome) -> Text:
    """What became of a submission, in a line."""
    name = (visible(outcome.name, limit=120), "bold")
    took = (f"  {outcome.seconds:.0f} s", "dim")
    if outcome.score is not None:
        level = f", level {outcome.level}" if outcome.level else ""
        return Text.assemble(name, f" scores {outcome.score:g}{level}", took)
    status = str(outcome.status).replace("_", " ")
    return Text.assemble(
        name, " ", (status, _COLOURS[outcome.status]), f": {visible(outcome.problem, limit=300)}", took
    )


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
