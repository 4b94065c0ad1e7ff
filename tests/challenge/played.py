"""Subjects, and sandboxes that tell stories of them, for tests of proofs."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.challenge.pack import Pack
from grader.challenge.proof import Kind, Proof, Subject, Trial
from grader.challenge.verify import Prover
from grader.errors import GraderError, PodError
from grader.intake.submission import Dependencies
from grader.sandbox.pod import PodSpec, Progress, Runtime, SandboxFacts
from grader.settings import Settings
from grader.verdicts import CheckFinished, CheckResult, Event, Finished, Hello, Listening, Verdict

MakePack = Callable[..., Path]
P, F, B, I = Verdict.PASSED, Verdict.FAILED, Verdict.BLOCKED, Verdict.INCONCLUSIVE  # noqa: E741 - short in tables


def subject(kind: Kind = Kind.MUTANT, name: str = "m", folder: Path = Path(), *caught_by: str) -> Subject:
    """Something to grade."""
    return Subject(name, kind, folder, caught_by=frozenset(caught_by or ("a.one",)))


def trial(of: Subject, score: float | None, seed: int = 1, problem: str = "", **verdicts: Verdict) -> Trial:
    """What came out; `a_one` stands for `a.one`."""
    named = {name.replace("_", "."): verdict for name, verdict in verdicts.items()}
    return Trial(of, seed, named, {}, score, problem, 0.1)


class PlayedPod:
    """Tells a story, or waits until it is stopped."""

    def __init__(self, story: list[Event] | None) -> None:
        self.hung = threading.Event()
        self._story = story
        self._stopped = threading.Event()

    def events(self) -> Iterator[Event]:
        if self._story is None:
            if not self._stopped.wait(20):
                self.hung.set()
            raise PodError("stopped")
        yield from self._story

    def candidate_log(self) -> str:
        return ""

    def candidate_status(self) -> int | None:
        return 1

    def stop_early(self) -> None:
        self._stopped.set()


class PlayedSandbox:
    """A pod for each submission, with the story that stands for what its `main.py` says."""

    def __init__(self, stories: dict[str, list[Event] | None], trouble: GraderError | None = None) -> None:
        self.running: list[PlayedPod] = []
        self.pods: list[PlayedPod] = []
        self.prepared = 0
        self._stories = stories
        self._trouble = trouble
        self.two_started = threading.Event()

    def prepare(self, _dependencies: Dependencies, _progress: Progress) -> Runtime:
        self.prepared += 1
        if self._trouble:
            raise self._trouble
        return Runtime("3.13.5", {})

    @contextmanager
    def pod(self, spec: PodSpec) -> Iterator[PlayedPod]:
        story = self._stories[(spec.tree.root / "main.py").read_text().splitlines()[0]]
        pod = PlayedPod(story)
        self.running.append(pod)
        self.pods.append(pod)
        if len(self.pods) == 2:
            self.two_started.set()
        try:
            yield pod
        finally:
            self.running.remove(pod)

    def facts(self) -> SandboxFacts:
        return SandboxFacts("local", "none")


def story(**verdicts: Verdict) -> list[Event]:
    """The events of a run; `a_one` stands for `a.one`."""
    results = [
        CheckResult(id=name.replace("_", "."), verdict=verdict, credit=float(verdict is P))
        for name, verdict in verdicts.items()
    ]
    return [Hello(), Listening(seconds=0), *(CheckFinished(result=result) for result in results), Finished()]


def proved(
    sandbox: PlayedSandbox,
    pack: Pack,
    *subjects: Subject,
    seen: Callable[[Proof, Trial], None] = lambda *_: None,
    rounds: int = 1,
) -> Proof:
    """A proof by two gradings side by side."""
    proof = Proof(pack, subjects)
    Prover(sandbox, Settings(), 2, seed=5, seen=seen, step=lambda _: None).prove(proof, rounds=rounds)
    return proof
