"""What runs in a pod, and following one from its start to its last verdict."""

import secrets
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from grader.challenge.catalogue import CheckInfo
from grader.challenge.pack import Pack
from grader.errors import HarnessError, StartRejected, UsageError
from grader.intake.submission import Submission
from grader.request import Request, Watch
from grader.sandbox.pod import Loading, Pod, PodSpec, Runtime
from grader.settings import Settings
from grader.text import clip, visible
from grader.verdicts import (
    CheckFinished,
    CheckResult,
    CheckStarted,
    Event,
    Fault,
    Job,
    Listening,
    NotListening,
    Routes,
    Verdict,
)


@dataclass(frozen=True, slots=True)
class PodSpecs:
    """The pods in which one submission runs for one request.

    Attributes:
        request: seed and options.
        pack: None for an inspection without a challenge; then the application gets no environment variables.
        submission: what is run.
        runtime: where.
        settings: deadlines.
    """

    request: Request
    pack: Pack | None
    submission: Submission
    runtime: Runtime
    settings: Settings

    def inspection(self) -> PodSpec:
        """The application alone, which is asked what it offers."""
        return self._spec("inspect", None)

    def checks(self, ids: Collection[str]) -> PodSpec:
        """These checks, in one pod."""
        return self._spec("grade", ids)

    def measurement(self, check: str, loading: Loading) -> PodSpec:
        """One latency check, with what it requires and the variables that the challenge has for it.

        Args:
            check: its id.
            loading: says how its load goes on.
        """
        spec = self._spec("grade", [check], under_load=True)
        # It may have hundreds of things to make first, each with a slow password hash. What hangs, a request notices.
        job = spec.job.model_copy(update={"check_deadline": self.settings.total_deadline})
        return replace(spec, job=job, loading=loading)

    def _spec(
        self, mode: Literal["grade", "inspect"], only: Collection[str] | None, *, under_load: bool = False
    ) -> PodSpec:
        pack = self.pack
        environment = pack.environment(self.request.options, under_load=under_load) if pack else {}
        job = Job(
            mode=mode,
            pack="",
            seed=self.request.seed,
            only=None if only is None else list(only),
            alone=self.request.alone,
            environment=environment,
            restarts=bool(pack and pack.rubric.restarts and mode == "grade"),
            startup_deadline=self.settings.startup_deadline,
            check_deadline=self.settings.check_deadline,
            total_deadline=self.settings.total_deadline,
        )
        return PodSpec(
            run_id=secrets.token_hex(6),
            runtime=self.runtime,
            tree=self.submission.tree,
            entry_point=self.submission.entry_point,
            environment=environment,
            pack=pack.folder if pack else None,
            job=job,
            upstreams=pack.rubric.upstreams if pack else {},
            services=pack.services(self.request.options) if pack else (),
            migrations=bool(pack and pack.rubric.migrations),
        )


class Conductor:
    """Collects what a pod's events say.

    Args:
        pod: it runs.
        watch: looks on.
        began: when the pod was asked for, in seconds of `clock`.
        clock: monotonic seconds.

    Attributes:
        results: check id → result, in the order in which they came.
        routes: the answer to an `inspect` job.
        ready: seconds from `began` until the application listened; None before.
    """

    def __init__(self, pod: Pod, watch: Watch, began: float, clock: Callable[[], float] = time.perf_counter) -> None:
        self.results: dict[str, CheckResult] = {}
        self.routes: Routes | None = None
        self.ready: float | None = None
        self._pod = pod
        self._watch = watch
        self._began = began
        self._clock = clock

    def follow(self) -> None:
        """Take events until the pod has no more.

        Raises:
            StartRejected: the application never listened.
            UsageError: the pack cannot be loaded.
            HarnessError: the harness reported a fault of its own.
            PodError: the pod was lost.
        """
        for event in self._pod.events():
            if isinstance(event, Listening):
                self.ready = self._clock() - self._began
            else:
                self._take(event)

    def _take(self, event: Event) -> None:
        match event:
            case CheckStarted(id=check):
                self._watch.check_started(check)
            case CheckFinished(result=result):
                self.results[result.id] = result
                self._watch.check_finished(result)
            case Routes():
                self.routes = event
            case NotListening():
                raise self._start_rejected(event)
            case Fault(pack=True, message=message, detail=detail):
                raise UsageError(f"the pack cannot be loaded: {message}", hint="mend the pack", detail=detail)
            case Fault(message=message, detail=detail):
                raise HarnessError(
                    f"the harness failed: {message}", hint="this is a fault of the grader", detail=detail
                )

    def _start_rejected(self, event: NotListening) -> StartRejected:
        log = self._pod.candidate_log()
        if not event.exited:
            return StartRejected(
                f"the application did not listen on 127.0.0.1:8000 within {event.seconds:.0f} s",
                hint="it must accept connections without waiting for anything; its log is in the report",
                detail=log,
            )
        status = self._pod.candidate_status()
        last = next((line.strip() for line in reversed(log.splitlines()) if line.strip()), "it wrote nothing")
        return StartRejected(
            f"the application ended with {_status_words(status)} before it listened: {clip(visible(last), 200)}",
            hint="start it as the brief says; its log, with the traceback, is in the report",
            detail=log,
        )


def require_whole(checks: Sequence[CheckInfo], results: Mapping[str, CheckResult]) -> None:
    """See that every check has a verdict on the candidate.

    Raises:
        HarnessError: one has none, or could not decide through a fault of its own.
    """
    missing = [check.id for check in checks if check.id not in results]
    if missing:
        raise HarnessError(f"the harness ended without a verdict for {', '.join(missing)}")
    for check in checks:
        if results[check.id].verdict is Verdict.ERROR:
            raise HarnessError(
                f"check {check.id} failed by a fault of its own",
                hint="this is a fault of the challenge, not of the submission; report it with the seed",
                detail=results[check.id].evidence.note,
            )


def _status_words(status: int | None) -> str:
    if status is None:
        return "an unknown status"
    return f"signal {-status}" if status < 0 else f"status {status}"
