"""The kill matrix of a pack, for the terminal and as JSON."""

from collections.abc import Iterator
from typing import Any

from rich.columns import Columns
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from grader.challenge.proof import Kind, Proof, Subject, Trial
from grader.text import visible

_ORDER = list(Kind)
_SHOWN_REASONS = 5
_MARKS = {"caught": ("■", "green"), "missed": ("○", "red"), "extra": ("✘", "red"), "": ("·", "dim")}


class Matrix:
    """What a terminal shows of a proof.

    First a row for each subject with the checks that failed it, then, where it fits the width, mutants × checks, then
    what is missing or wrong.
    """

    def __init__(self, proof: Proof) -> None:
        self._proof = proof

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The parts, one below the other."""
        yield _list(self._proof)
        used = _used(self._proof)
        grid = _grid(self._proof, used)
        if used and console.measure(grid, options=options.update(max_width=10_000)).minimum <= options.max_width:
            yield ""
            yield grid
            yield _legend(used)
        yield ""
        yield from _notes(self._proof)


def _list(proof: Proof) -> Table:
    title = Text(f"{proof.pack.rubric.slug} {proof.pack.rubric.version}: kill matrix", "bold")
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", title=title, title_justify="left")
    table.add_column("")
    table.add_column("subject", no_wrap=True)
    table.add_column("score", justify="right")
    table.add_column("failed by", overflow="fold")
    for subject in _sorted(proof):
        table.add_row(*_row(subject, proof.of(subject)))
    return table


def _sorted(proof: Proof) -> list[Subject]:
    graded = [subject for subject in proof.subjects if proof.of(subject)]
    return sorted(graded, key=lambda subject: _ORDER.index(subject.kind))


def _row(subject: Subject, trials: list[Trial]) -> tuple[Text, Text, str, str]:
    fine = not any(trial.deviation() for trial in trials)
    first = trials[0]
    few = subject.kind in {Kind.MUTANT, Kind.CORRECT}
    return (
        Text("✔", "green") if fine else Text("✘", "red"),
        Text(subject.name, "bold"),
        "–" if first.score is None else f"{first.score:g}",
        ", ".join(sorted(first.failed)) if few else f"{len(first.failed)} check{'s' * (len(first.failed) != 1)}",
    )


def _used(proof: Proof) -> list[str]:
    """The checks that failed a mutant or should have, in the pack's order."""
    wanted = {name for trial in proof.trials if trial.subject.kind is Kind.MUTANT for name in trial.failed}
    wanted |= {name for subject in proof.subjects for name in subject.caught_by}
    return [check.id for check in proof.pack.checks if check.id in wanted]


def _grid(proof: Proof, used: list[str]) -> Table:
    """Mutants × checks, one character a cell; the check's number stands above it, tens over ones."""
    table = Table(box=None, padding=0, header_style="dim")
    numbers = [str(number) for number in range(1, len(used) + 1)]
    width = max(map(len, numbers), default=1)
    table.add_column("mutant  ", no_wrap=True)
    table.add_column(Text("\n".join("".join(row) for row in zip(*(n.rjust(width) for n in numbers), strict=True))))
    for subject in _sorted(proof):
        if subject.kind is Kind.MUTANT:
            table.add_row(Text(f"{subject.name}  "), _cells(subject, proof.of(subject)[0], used))
    return table


def _cells(subject: Subject, trial: Trial, used: list[str]) -> Text:
    return Text.assemble(*(_MARKS[_state(check in subject.caught_by, check in trial.failed)] for check in used))


def _state(expected: bool, failed: bool) -> str:
    if failed:
        return "caught" if expected else "extra"
    return "missed" if expected else ""


def _legend(used: list[str]) -> RenderableType:
    return Columns([Text(f"{number} {name}", "dim", no_wrap=True) for number, name in enumerate(used, 1)])


def _notes(proof: Proof) -> Iterator[Text]:
    if proof.unexercised:
        yield Text(f"exercised by no mutant: {', '.join(proof.unexercised)}", "yellow")
    if proof.uncaught:
        yield Text(f"caught by nobody: {', '.join(proof.uncaught)}", "red")
    for line in proof.deviations:
        yield Text(f"✘ {visible(line)}", "red")
    yield from _reasons(proof)
    for line in proof.changes:
        yield Text(f"✘ changed between rounds: {line}", "red")
    mutants = sum(subject.kind is Kind.MUTANT for subject in proof.subjects)
    yield Text(
        f"{proof.pack.rubric.slug}: {len(proof.trials)} gradings, {mutants} mutants, {len(proof.pack.checks)} checks: "
        f"{'proved' if proof.holds else 'NOT proved'}",
        f"bold {'green' if proof.holds else 'red'}",
    )


def _reasons(proof: Proof) -> Iterator[Text]:
    """Why a check failed what it should not have: the first few, for the pack's author."""
    found: dict[tuple[str, str], str] = {}
    for trial in proof.trials:
        for name, reason in trial.surprises().items():
            found.setdefault((name, reason), trial.subject.name)
    for (name, reason), subject in list(found.items())[:_SHOWN_REASONS]:
        yield Text(f"  {subject}: {name}: {visible(reason)}", "dim")


def as_json(proof: Proof) -> dict[str, Any]:
    """The proof as plain data: the matrix, every grading with its verdicts, and what deviates."""
    checks = [check.id for check in proof.pack.checks]
    return {
        "challenge": proof.pack.rubric.slug,
        "version": proof.pack.rubric.version,
        "hash": proof.pack.digest,
        "holds": proof.holds,
        "deviations": proof.deviations,
        "changes": proof.changes,
        "unexercised": proof.unexercised,
        "uncaught": proof.uncaught,
        "matrix": {
            "checks": checks,
            "mutants": {
                subject.name: [trials[0].verdicts.get(check) for check in checks]
                for subject in proof.subjects
                if subject.kind is Kind.MUTANT and (trials := proof.of(subject))
            },
        },
        "trials": [_trial(trial) for trial in proof.trials],
    }


def _trial(trial: Trial) -> dict[str, Any]:
    return {
        "subject": trial.subject.name,
        "kind": trial.subject.kind,
        "seed": trial.seed,
        "score": trial.score,
        "expected": sorted(trial.subject.caught_by),
        "failed": sorted(trial.failed),
        "verdicts": trial.verdicts,
        "reasons": trial.reasons,
        "deviation": trial.deviation(),
        "seconds": trial.seconds,
    }
