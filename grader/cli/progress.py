"""What is seen while something is graded: live bars on a terminal, plain lines elsewhere."""

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from grader.challenge.catalogue import CheckInfo
from grader.challenge.proof import Proof, Trial
from grader.text import visible
from grader.verdicts import CheckResult, Verdict

T = TypeVar("T")

PARTS = 10
"""Lines that tell of a proof's progress where no bar can be drawn."""


def tracked(items: Sequence[T], what: str, console: Console) -> Iterator[T]:
    """The items one by one, and a bar that says how many have been; none where nobody looks at a terminal."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn(bar_width=30), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        yield from bar.track(items, description=what)


class LiveWatch:
    """A `grader.request.Watch` that draws on a console."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("starting", total=None)
        self._failed = 0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def step(self, text: str) -> None:
        """Show the step; on a plain stream, as a line of its own."""
        self._bar.update(self._task, description=visible(text))
        if not self._console.is_terminal:
            self._console.print(visible(text), markup=False)

    def planned(self, checks: tuple[CheckInfo, ...]) -> None:
        """Give the bar its length."""
        self._bar.update(self._task, total=len(checks), completed=0)

    def check_started(self, check: str) -> None:
        """Show which check runs."""
        failed = f" · {self._failed} failed" if self._failed else ""
        self._bar.update(self._task, description=f"{check}{failed}")

    def check_finished(self, result: CheckResult) -> None:
        """Advance."""
        self._failed += result.verdict is Verdict.FAILED
        self._bar.advance(self._task)


class ProofWatch:
    """One bar a pack while packs are proved, or a plain line at each tenth; and one for each deviation as it is seen.

    Args:
        console: where to draw.
        proofs: of the packs.
        rounds: how often each subject is graded.
    """

    def __init__(self, console: Console, proofs: Sequence[Proof], rounds: int) -> None:
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        self._console = console
        self._rounds = rounds
        self._bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._step = self._bar.add_task("", total=None)
        self._tasks = {
            id(proof): self._bar.add_task(proof.pack.rubric.slug, total=self._gradings(proof)) for proof in proofs
        }

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def step(self, text: str) -> None:
        """Show what begins; on a plain stream, as a line of its own."""
        self._bar.update(self._step, description=visible(text))
        self._say_plainly(text)

    def seen(self, proof: Proof, trial: Trial) -> None:
        """Advance, and say what is not as it must be. The trial is among the proof's already."""
        self._bar.advance(self._tasks[id(proof)])
        slug, done, of = proof.pack.rubric.slug, len(proof.trials), self._gradings(proof)
        if wrong := trial.deviation():
            line = f"✘ {slug}: {trial.subject.name}: {wrong}"
            self._console.print(visible(line), style="red", markup=False)
        if done * PARTS // of > (done - 1) * PARTS // of:
            self._say_plainly(f"{slug}: {done} of {of} graded")

    def _gradings(self, proof: Proof) -> int:
        return len(proof.subjects) * self._rounds

    def _say_plainly(self, line: str) -> None:
        if not self._console.is_terminal:
            self._console.print(visible(line), markup=False)
