"""Prove a pack: correct builds score 100, empty ones nothing, each mutant is caught by just the checks that should.

Every subject is graded by the same pipeline as a candidate's submission.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from pathlib import Path

from grader.challenge.mutants import Mutant, grow, read_mutants, variants
from grader.challenge.pack import Pack, latency_ids
from grader.challenge.proof import Kind, Proof, Subject, Trial
from grader.challenge.stoppable import StoppableSandbox
from grader.errors import UsageError
from grader.grade import grade
from grader.intake.submission import Dependencies
from grader.report.model import Report, Status
from grader.request import NobodyWatches, Request
from grader.sandbox.pod import Progress, Sandbox
from grader.settings import Settings
from grader.verdicts import Verdict

_TRIES = 3
"""Gradings where the machine was too busy to tell, which says nothing of the pack; of a quick proof, and of latency."""

_DEAF = """\
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    if scope["type"] == "http":
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": STATUS, "headers": headers})
        await send({"type": "http.response.body", "body": b"{}"})
"""
"""An application that says the same to everything."""


def subjects_of(pack: Pack, folder: Path, *, quick: bool = False) -> tuple[Subject, ...]:
    """Everything that a pack is proved with.

    Args:
        pack: the pack.
        folder: what has to be written is written below it.
        quick: whether no latency is measured: who is caught by it alone is left out then.

    Raises:
        UsageError: no reference, a mutant that does not apply, or one that is called like a solution.
    """
    solutions, measured = variants(pack), set(latency_ids(pack))
    reference = next(iter(solutions.values()))
    found = [Subject(name, Kind.CORRECT, path) for name, path in solutions.items()]
    found.append(_constant("404 to everything", Kind.NOTHING, 404, folder))
    found.append(_constant("200 {} to everything", Kind.YES, 200, folder))
    for mutant in read_mutants(pack):
        if mutant.id in solutions:
            raise UsageError(f"{pack.folder / 'mutants.toml'}: mutant {mutant.id} is called like a solution")
        caught_by = frozenset(mutant.caught_by).difference(measured if quick else ())
        if caught_by:
            found.append(_mutated(mutant, reference, folder, caught_by))
    return tuple(found)


def share_of(subjects: Sequence[Subject], share: int, seed: int) -> tuple[Subject, ...]:
    """Every so-manieth of the mutants, and all others.

    Args:
        subjects: in the pack's order.
        share: 1 for all mutants, 2 for every other one.
        seed: chooses the first, so that other seeds take others.
    """
    mutants = [subject for subject in subjects if subject.kind is Kind.MUTANT]
    chosen = {subject.name for subject in mutants[seed % share :: share]}
    return tuple(subject for subject in subjects if subject.kind is not Kind.MUTANT or subject.name in chosen)


def _constant(name: str, kind: Kind, status: int, folder: Path) -> Subject:
    home = folder / f"answers-{status}"
    home.mkdir()
    (home / "main.py").write_text(_DEAF.replace("STATUS", str(status)), encoding="utf-8")
    return Subject(name, kind, home, app="main:app")


def _mutated(mutant: Mutant, reference: Path, folder: Path, caught_by: frozenset[str]) -> Subject:
    home = folder / "mutants" / mutant.id
    grow(mutant, reference, home)
    return Subject(mutant.id, Kind.MUTANT, home, caught_by=caught_by)


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A subject in one of the rounds."""

    proof: Proof
    subject: Subject
    seed: int


@dataclass(frozen=True, slots=True)
class Prover:
    """Grades subjects side by side, and measures latency afterwards, one at a time, while nothing else is graded.

    Attributes:
        sandbox: where they run.
        settings: deadlines.
        jobs: how many at once.
        seed: of the first round; each round takes the next, so that no verdict hangs on one draw.
        seen: called with each trial as it ends, in the caller's thread.
        step: called when something slow begins, such as building an image.
        quick: mutants are graded by the checks that must catch them alone, and no latency is measured.
    """

    sandbox: Sandbox
    settings: Settings
    jobs: int
    seed: int
    seen: Callable[[Proof, Trial], None]
    step: Progress
    quick: bool = False

    def prove(self, *proofs: Proof, rounds: int = 1) -> None:
        """Grade every subject of these packs once in each of the rounds, and add the trials to the proofs.

        Whatever ends it early ends all that runs, quickly.

        Raises:
            UsageError: a pack cannot be loaded, or the sandbox lacks what it needs.
            InfrastructureError: nothing can run here; what befalls one grading alone is a deviation.
        """
        place = StoppableSandbox(self.sandbox)
        place.prepare(Dependencies(), self.step)
        tasks = [
            Task(proof, subject, self.seed + number) for number in range(rounds) for proof, subject in _mixed(proofs)
        ]
        to_measure: dict[Task, Report] = {}

        def graded(task: Task, report: Report) -> None:
            if report.status is Status.GRADED and not self.quick and _measured(task.proof.pack, task.subject):
                to_measure[task] = report
            else:
                self._add(task, report)

        def measured(task: Task, report: Report) -> None:
            self._add(task, to_measure[task], report)

        _run(place, partial(self._grade, place), tasks, self.jobs, graded)
        _run(place, partial(self._measure, place), list(to_measure), 1, measured)

    def _add(self, task: Task, *reports: Report) -> None:
        trial = Trial.of(task.subject, task.proof.pack, *reports)
        task.proof.trials.append(trial)
        self.seen(task.proof, trial)

    def _grade(self, place: Sandbox, task: Task) -> Report:
        """All checks but those of latency."""
        pack, subject = task.proof.pack, task.subject
        measured = latency_ids(pack)
        named = tuple(subject.caught_by) if self.quick and subject.kind is Kind.MUTANT else ()
        others = tuple(check.id for check in pack.checks if check.id not in measured)
        return self._told(place, task, named or others, _TRIES if self.quick else 1, alone=bool(named))

    def _measure(self, place: Sandbox, task: Task) -> Report:
        """Its latency."""
        return self._told(place, task, latency_ids(task.proof.pack), _TRIES)

    def _told(self, place: Sandbox, task: Task, only: tuple[str, ...], tries: int, *, alone: bool = False) -> Report:
        """A grading by these checks; again, up to so many times, where something could not be told."""
        for _ in range(tries):
            report = self._report(place, task, only, alone=alone)
            if not any(check.verdict is Verdict.INCONCLUSIVE for check in report.checks):
                break
        return report

    def _report(self, place: Sandbox, task: Task, only: tuple[str, ...], *, alone: bool) -> Report:
        request = Request(
            task.subject.folder,
            str(task.proof.pack.folder),
            seed=task.seed,
            app=task.subject.app,
            only=only,
            alone=alone,
            sandbox=place.facts().sandbox,
            insight=False,
        )
        return grade(request, place, self.settings, NobodyWatches())


def _mixed(proofs: Sequence[Proof]) -> list[tuple[Proof, Subject]]:
    """The subjects of all packs, evenly mixed: while some wait for a time limit, others compute."""
    placed = [
        (number / len(proof.subjects), proof, subject)
        for proof in proofs
        for number, subject in enumerate(proof.subjects)
    ]
    return [(proof, subject) for _, proof, subject in sorted(placed, key=itemgetter(0))]


def _measured(pack: Pack, subject: Subject) -> bool:
    """Latency takes long, and says nothing of a mutant that is not about it."""
    measured = latency_ids(pack)
    return bool(measured) and (subject.kind is Kind.CORRECT or not subject.caught_by.isdisjoint(measured))


def _run(
    place: StoppableSandbox,
    grading: Callable[[Task], Report],
    tasks: list[Task],
    jobs: int,
    done: Callable[[Task, Report], None],
) -> None:
    """Do all tasks, so many at once; each that is done is told in the caller's thread."""
    with ThreadPoolExecutor(jobs, "grader-verify") as pool:
        futures = {pool.submit(grading, task): task for task in tasks}
        with _all_ended(place, futures):
            for future in as_completed(futures):
                done(futures[future], future.result())


@contextmanager
def _all_ended(place: StoppableSandbox, futures: Iterable[Future[Report]]) -> Iterator[None]:
    """On an exception, Ctrl-C too, start nothing more and stop what runs."""
    try:
        yield
    except BaseException:
        for future in futures:
            future.cancel()
        place.stop()
        raise
