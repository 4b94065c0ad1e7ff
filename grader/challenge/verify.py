"""Prove a pack: correct builds score 100, empty ones nothing, each mutant is caught by just the checks that should.

Every subject is graded by the same pipeline as a candidate's submission.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

from grader.challenge.mutants import Mutant, grow, read_mutants, variants
from grader.challenge.pack import LATENCY, Pack
from grader.challenge.proof import Kind, Proof, Subject, Trial
from grader.challenge.stoppable import StoppableSandbox
from grader.errors import UsageError
from grader.grade import grade
from grader.intake.submission import Dependencies
from grader.request import NobodyWatches, Request
from grader.sandbox.pod import Progress, Sandbox
from grader.settings import Settings

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


def subjects_of(pack: Pack, folder: Path) -> tuple[Subject, ...]:
    """Everything that a pack is proved with; what has to be written is written below `folder`.

    Raises:
        UsageError: no reference, a mutant that does not apply, or one that is called like a solution.
    """
    solutions = variants(pack)
    reference = next(iter(solutions.values()))
    found = [Subject(name, Kind.CORRECT, path) for name, path in solutions.items()]
    found.append(_constant("404 to everything", Kind.NOTHING, 404, folder))
    found.append(_constant("200 {} to everything", Kind.YES, 200, folder))
    for mutant in read_mutants(pack):
        if mutant.id in solutions:
            raise UsageError(f"{pack.folder / 'mutants.toml'}: mutant {mutant.id} is called like a solution")
        found.append(_mutated(mutant, reference, folder))
    return tuple(found)


def _constant(name: str, kind: Kind, status: int, folder: Path) -> Subject:
    home = folder / f"answers-{status}"
    home.mkdir()
    (home / "main.py").write_text(_DEAF.replace("STATUS", str(status)), encoding="utf-8")
    return Subject(name, kind, home, app="main:app")


def _mutated(mutant: Mutant, reference: Path, folder: Path) -> Subject:
    home = folder / "mutants" / mutant.id
    grow(mutant, reference, home)
    return Subject(mutant.id, Kind.MUTANT, home, caught_by=frozenset(mutant.caught_by))


@dataclass(frozen=True, slots=True)
class Prover:
    """Grades subjects side by side.

    Attributes:
        sandbox: where they run.
        settings: deadlines.
        jobs: how many at once.
        seed: of the first round; each round takes the next, so that no verdict hangs on one draw.
        seen: called with each trial as it ends, in the caller's thread.
        step: called when something slow begins, such as building an image.
    """

    sandbox: Sandbox
    settings: Settings
    jobs: int
    seed: int
    seen: Callable[[Proof, Trial], None]
    step: Progress

    def prove(self, *proofs: Proof, rounds: int = 1) -> None:
        """Grade every subject of these packs once in each of the rounds, and add the trials to the proofs.

        Whatever ends it early ends all that runs, quickly.

        Raises:
            UsageError: a pack cannot be loaded, or the sandbox lacks what it needs.
            InfrastructureError: nothing can run here; what befalls one grading alone is a deviation.
        """
        place = StoppableSandbox(self.sandbox)
        place.prepare(Dependencies(), self.step)
        with ThreadPoolExecutor(self.jobs, "grader-verify") as pool:
            futures = {
                pool.submit(self._try, place, proof.pack, subject, self.seed + number): proof
                for number in range(rounds)
                for proof, subject in _mixed(proofs)
            }
            with _all_ended(place, futures):
                for future in as_completed(futures):
                    proof, trial = futures[future], future.result()
                    proof.trials.append(trial)
                    self.seen(proof, trial)

    def _try(self, place: Sandbox, pack: Pack, subject: Subject, seed: int) -> Trial:
        request = Request(
            subject.folder,
            str(pack.folder),
            seed=seed,
            app=subject.app,
            only=_worth_running(pack, subject),
            sandbox=place.facts().sandbox,
            insight=False,
        )
        return Trial.of(subject, grade(request, place, self.settings, NobodyWatches()))


def _mixed(proofs: Sequence[Proof]) -> list[tuple[Proof, Subject]]:
    """The subjects of all packs, evenly mixed: while some wait for a time limit, others compute."""
    placed = [
        (number / len(proof.subjects), proof, subject)
        for proof in proofs
        for number, subject in enumerate(proof.subjects)
    ]
    return [(proof, subject) for _, proof, subject in sorted(placed, key=itemgetter(0))]


def _worth_running(pack: Pack, subject: Subject) -> tuple[str, ...]:
    """Check ids; empty for all. Latency takes long, and says nothing of a mutant that is not about it."""
    measured = {check.id for check in pack.checks if check.category == LATENCY}
    if not measured or subject.kind is Kind.CORRECT or subject.caught_by & measured:
        return ()
    return tuple(check.id for check in pack.checks if check.id not in measured)


@contextmanager
def _all_ended(place: StoppableSandbox, futures: Iterable[Future[Trial]]) -> Iterator[None]:
    """On an exception, Ctrl-C too, start nothing more and stop what runs."""
    try:
        yield
    except BaseException:
        for future in futures:
            future.cancel()
        place.stop()
        raise
