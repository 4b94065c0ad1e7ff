"""What is known of a run so far. However a run ends, the logbook can be made into a report."""

import platform
import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from grader import __version__
from grader.challenge.catalogue import CheckInfo
from grader.challenge.pack import LATENCY, Pack
from grader.challenge.score import Score
from grader.conduct import Conductor
from grader.errors import Exit, GraderError, SubmissionRejected
from grader.insight.model import Insight, MigrationStep
from grader.intake.intake import submission_name
from grader.intake.submission import Submission
from grader.latency.facts import LatencyFacts
from grader.report.machine import cpu_count, cpu_model
from grader.report.model import (
    ChallengeFacts,
    CheckReport,
    DependencyFacts,
    EntryPointFacts,
    EnvironmentFacts,
    Problem,
    QuestionFacts,
    Report,
    Status,
    SubmissionFacts,
)
from grader.request import Request
from grader.sandbox.pod import Runtime, SandboxFacts, Waits
from grader.verdicts import CheckResult, Evidence


@dataclass
class Logbook:
    """Filled by the pipeline as it goes."""

    request: Request
    pack: Pack | None = None
    submission: Submission | None = None
    runtime: Runtime | None = None
    facts: SandboxFacts | None = None
    score: Score | None = None
    results: dict[str, CheckResult] = field(default_factory=dict)
    insights: list[Insight] = field(default_factory=list)
    migrations: list[MigrationStep] = field(default_factory=list)
    latencies: list[LatencyFacts] = field(default_factory=list)
    log: str = ""
    timings: dict[str, float] = field(default_factory=dict)
    problem: Problem | None = None
    exit_code: Exit = Exit.OK
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    queues: list[Waits] = field(default_factory=list)
    """Where the run waits for others; that is of no stage's time."""

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage, also one that fails."""
        began = self.clock()
        try:
            yield
        finally:
            self.timings[name] = round(self.timings.get(name, 0.0) + self.clock() - began, 4)

    def clock(self) -> float:
        """Seconds, which stand still while the run waits for others that are graded on the machine."""
        return time.perf_counter() - self._waited()

    def _waited(self) -> float:
        return sum(queue.waited for queue in self.queues)

    def note(self, conductor: Conductor, log: str) -> None:
        """Keep what the pod of the checks has said."""
        self.results = dict(conductor.results)
        self.log = log
        if conductor.ready is not None:
            self.timings["ready"] = round(conductor.ready, 4)
        if self.results:
            self.timings["checks"] = round(sum(result.seconds for result in self.results.values()), 4)

    def note_measured(self, result: CheckResult, log: str) -> None:
        """Keep what came out of a latency check."""
        self.results[result.id] = result
        if log:
            self.log += f"\n--- while {result.id} was measured ---\n{log}"

    def fail(self, error: GraderError) -> None:
        """The run ended without a verdict on the candidate's code; then there is no score, however far it was."""
        self.score = None
        self.problem = Problem(kind=type(error).__name__, message=error.message, hint=error.hint, detail=error.detail)
        self.exit_code = error.exit_code

    def interrupt(self) -> None:
        """Somebody stopped the run; then there is no score, however far it was."""
        self.score = None
        self.problem = Problem(kind="Interrupted", message="the run was interrupted", hint="run it again")
        self.exit_code = Exit.INTERRUPTED

    def report(self) -> Report:
        """The report of what is known."""
        if waited := self._waited():
            self.timings["waiting"] = round(waited, 4)
        return Report(
            grader_version=__version__,
            status=self._status(),
            exit_code=self.exit_code,
            created_at=self.created_at,
            problem=self.problem,
            challenge=self._challenge(),
            submission=self._submission(),
            environment=self._environment(),
            seed=self.request.seed,
            only=self._asked_for(),
            public=self.request.public,
            options=dict(self.request.options),
            timings=self.timings,
            score=self.score,
            checks=[self._check(info) for info in self.pack.checks if info.id in self.results] if self.pack else [],
            insights=self.insights,
            migrations=self.migrations,
            latencies=self.latencies,
            log=self.log,
            repeat=self._command(self.request.only),
        )

    def _asked_for(self) -> list[str]:
        """A public run, or one without latency, is one of a part as well: whoever compares scores looks here."""
        asked = self.request
        if asked.only or self.pack is None:
            return list(asked.only)
        offered = self.pack.public if asked.public else self.pack.checks
        chosen = [check.id for check in offered if asked.latency or check.category != LATENCY]
        return chosen if asked.public or len(chosen) < len(offered) else []

    def _status(self) -> Status:
        if self.problem is None:
            return Status.GRADED
        return Status.REJECTED if self.exit_code == SubmissionRejected.exit_code else Status.INFRASTRUCTURE_ERROR

    def _challenge(self) -> ChallengeFacts | None:
        if self.pack is None:
            return None
        rubric = self.pack.rubric
        return ChallengeFacts(slug=rubric.slug, title=rubric.title, version=rubric.version, hash=self.pack.digest)

    def _submission(self) -> SubmissionFacts:
        if self.submission is None:
            return SubmissionFacts(name=self.request.name or submission_name(self.request.source))
        tree, entry, declared = self.submission.tree, self.submission.entry_point, self.submission.dependencies
        return SubmissionFacts(
            name=self.submission.name,
            hash=tree.digest,
            files=len(tree.files),
            bytes=tree.total_bytes,
            entry_point=EntryPointFacts(
                target=entry.target,
                factory=entry.factory,
                directory=entry.directory,
                import_paths=list(entry.import_paths),
                source=entry.source,
            ),
            dependencies=DependencyFacts(
                sources=list(declared.sources),
                requirements=list(declared.requirements),
                pinned=len(declared.pins),
                installed=list(self.runtime.installed) if self.runtime else [],
            ),
            warnings=[*self.submission.warnings, *(self.runtime.warnings if self.runtime else ())],
        )

    def _environment(self) -> EnvironmentFacts:
        facts = self.facts or SandboxFacts(
            self.request.sandbox, "container" if self.request.sandbox == "docker" else "none"
        )
        return EnvironmentFacts(
            sandbox=facts.sandbox,
            isolation=facts.isolation,
            engine=facts.engine,
            images=dict(facts.images),
            limits=dict(facts.limits),
            python=self.runtime.python if self.runtime else None,
            cpu=cpu_model(),
            cpus=cpu_count(),
            platform=platform.platform(),
        )

    def _check(self, info: CheckInfo) -> CheckReport:
        result = self.results[info.id]
        # A public run is read by the candidate, to whom nobody shows what a deep answer sounds like.
        asked = self.pack.questions.get(info.id) if self.pack and not self.request.public else None
        return CheckReport(
            id=info.id,
            category=info.category,
            level=info.level,
            weight=info.weight,
            verdict=result.verdict,
            credit=result.credit,
            title=info.title,
            why=info.why,
            seconds=round(result.seconds, 4),
            evidence=result.evidence,
            curl=_curl(result.evidence),
            question=asked and QuestionFacts(question=asked.question, surface=asked.surface, deep=asked.deep),
            repeat=self._command((info.id,)),
            public=self.pack is not None and info.id in self.pack.rubric.public,
        )

    def _command(self, only: tuple[str, ...]) -> str:
        asked = self.request
        slug = asked.challenge or (self.pack.rubric.slug if self.pack else None)
        words = ["grader", "run", asked.origin or str(asked.source), "--seed", str(asked.seed)]
        words += ["--challenge", slug] if slug else []
        words += ["--sandbox", asked.sandbox] if asked.sandbox != "docker" else []
        words += ["--app", asked.app] if asked.app else []
        words += [word for name, value in asked.options.items() for word in ("--set", f"{name}={value}")]
        words += ["--public"] if asked.public else []
        words += ["--no-latency"] if not asked.latency else []
        words += [word for name in only for word in ("--only", name)]
        return shlex.join(words)


def _curl(evidence: Evidence) -> str | None:
    shown = [finding.exchange for finding in evidence.findings if finding.exchange] or evidence.exchanges[-1:]
    return shown[0].curl if shown else None
