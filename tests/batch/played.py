"""A sandbox that is played, for gradings side by side: a submission's first line decides what becomes of it."""

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from queue import SimpleQueue

from grader.errors import GraderError, PodError
from grader.intake.submission import Dependencies
from grader.sandbox.pod import PodSpec, Progress, Runtime, SandboxFacts
from grader.verdicts import CheckFinished, CheckResult, Event, Finished, Hello, Listening, Verdict

P, F = Verdict.PASSED, Verdict.FAILED


def verdicts(one: Verdict = P, two: Verdict = P) -> list[Event]:
    """The events of a run of the tiny pack."""
    results = (
        CheckResult(id=f"a.{name}", verdict=is_, credit=float(is_ is P))
        for name, is_ in zip(("one", "two"), (one, two), strict=True)
    )
    return [Hello(), Listening(seconds=0), *(CheckFinished(result=result) for result in results), Finished()]


class PlayedPod:
    """Says what it is told to say, or hangs until it is stopped."""

    def __init__(self, script: Sequence[Event | Exception | None]) -> None:
        self._script = script
        self._stopped: SimpleQueue[Exception] = SimpleQueue()

    def events(self) -> Iterator[Event]:
        for event in self._script:
            if isinstance(event, Exception):
                raise event
            if event is None:
                raise self._stopped.get(timeout=60)
            yield event

    def candidate_log(self) -> str:
        return ""

    def candidate_status(self) -> int | None:
        return None

    def stop_early(self) -> None:
        self._stopped.put(PodError("the run was stopped"))


class Stage:
    """What all sandboxes of a test share.

    Attributes:
        scripts: a submission's first line without `# ` → what its pods say, one script after another; the last one is
            for all that follow, and who has none passes everything. None in a script hangs.
        started: first lines of the submissions whose pods were asked for.
        checking: first lines of those whose turn it is now.
        most: how many at most had their turn at once.
        engine: raised by `prepare` while it is not None.
        prepared: called when a sandbox is prepared.
    """

    def __init__(self) -> None:
        self.scripts: dict[str, list[Sequence[Event | Exception | None]]] = {}
        self.started: list[str] = []
        self.checking: list[str] = []
        self.most = 0
        self.engine: GraderError | None = None
        self.prepared: Callable[[], None] = lambda: None
        self.began: Callable[[str], None] = lambda _: None
        self.turned: Callable[[str], None] = lambda _: None
        self.lock = threading.Lock()

    def sandbox(self) -> "PlayedSandbox":
        return PlayedSandbox(self)


class PlayedSandbox:
    """One job's sandbox; implements `grader.sandbox.pod.Sandbox`."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def prepare(self, dependencies: Dependencies, progress: Progress) -> Runtime:  # noqa: ARG002
        self._stage.prepared()
        if self._stage.engine:
            raise self._stage.engine
        return Runtime("3.13.5", {"fastapi": "0.115"})

    def provide(self, services: Collection[str], progress: Progress) -> None:
        raise NotImplementedError

    @contextmanager
    def pod(self, spec: PodSpec) -> Iterator[PlayedPod]:
        stage = self._stage
        name = (spec.tree.root / "main.py").read_text().splitlines()[0].removeprefix("# ")
        with stage.lock:
            stage.started.append(name)
            scripts = stage.scripts.get(name, [verdicts()])
            script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
        stage.began(name)
        if spec.turn:
            spec.turn()
        with stage.lock:
            stage.checking.append(name)
            stage.most = max(stage.most, len(stage.checking))
        stage.turned(name)
        try:
            yield PlayedPod(script)
        finally:
            with stage.lock:
                stage.checking.remove(name)

    def run_tool(self, spec: PodSpec, script: str, job: str, seconds: float) -> bytes:
        raise NotImplementedError

    def facts(self) -> SandboxFacts:
        return SandboxFacts("docker", "container", engine="played")
