"""The pipeline: archive → intake → environment → pod → checks → verdicts → score → insight → report."""

from grader.challenge.catalogue import CheckInfo
from grader.challenge.pack import LATENCY, Pack, load_pack, load_shipped
from grader.challenge.score import score
from grader.conduct import Conductor, PodSpecs, require_whole
from grader.errors import GraderError, UsageError, unexpected
from grader.insight.migrations import migration_steps
from grader.insight.trace import explain
from grader.intake.intake import take_in
from grader.latency.facts import latency_facts
from grader.latency.phase import LatencyPhase
from grader.latency.reference import loads_of
from grader.report.logbook import Logbook
from grader.report.model import Report
from grader.request import Request, Watch
from grader.sandbox.pod import PodSpec, Sandbox, Waits
from grader.settings import Settings
from grader.workspace import workspace


def grade(request: Request, sandbox: Sandbox, settings: Settings, watch: Watch) -> Report:
    """Grade one submission. Whatever happens to it or to the machine is in the report.

    Raises:
        UsageError: the request itself is wrong (no such file, challenge, check or option); there is no report.
    """
    book = Logbook(request, queues=[sandbox] if isinstance(sandbox, Waits) else [])
    try:
        with book.stage("total"):
            _grade(book, request, sandbox, settings, watch)
    except UsageError:
        raise
    except GraderError as error:
        book.fail(error)
    except KeyboardInterrupt:
        book.interrupt()
    except Exception as error:  # noqa: BLE001  # a defect of ours, or the machine's, is in the report like any other
        book.fail(unexpected(error))
    return book.report()


def _grade(book: Logbook, request: Request, sandbox: Sandbox, settings: Settings, watch: Watch) -> None:
    pack = book.pack = _asked_pack(request) if request.challenge else None
    with workspace() as folder:
        with book.stage("intake"):
            watch.step("reading the submission")
            submission = book.submission = take_in(request.source, folder, settings, app=request.app, name=request.name)
        pack = book.pack = pack or _own_pack(request, submission.challenge)
        with book.stage("environment"):
            runtime = book.runtime = sandbox.prepare(submission.dependencies, watch.step)
            if services := pack.services(request.options):
                sandbox.provide(services, watch.step)
            book.facts = sandbox.facts()
        specs = PodSpecs(request, pack, submission, runtime, settings)
        checks = _checks(pack, request)
        measured = [check for check in checks if check.category == LATENCY]
        others = [check for check in checks if check.category != LATENCY]
        spec = specs.checks([check.id for check in others])
        watch.planned(checks)
        if others:
            _run_checks(book, others, spec, sandbox, watch)
        if measured:
            loads = loads_of(request, pack, sandbox, settings, watch.step)
            _measure(book, measured, LatencyPhase(specs, loads, sandbox, watch))
        book.score = score(checks, book.results, pack.rubric.categories)
        if request.insight:
            with book.stage("insight"):
                book.insights = explain(spec, pack.checks, book.results, sandbox, watch.step)
                book.migrations = migration_steps(spec, sandbox, watch.step)


def _run_checks(book: Logbook, checks: list[CheckInfo], spec: PodSpec, sandbox: Sandbox, watch: Watch) -> None:
    watch.step("starting the application")
    began = book.clock()
    with book.stage("pod"), sandbox.pod(spec) as pod:
        conductor = Conductor(pod, watch, began, book.clock)
        try:
            conductor.follow()
        finally:
            book.note(conductor, pod.candidate_log())
    require_whole(checks, book.results)


def _measure(book: Logbook, checks: list[CheckInfo], phase: LatencyPhase) -> None:
    book.queues.append(phase.loads)
    with book.stage("latency"):
        for result, log in phase.results(checks, book.results):
            book.note_measured(result, log)
        book.latencies = latency_facts(phase.loads.outcomes)


def _own_pack(request: Request, named: str | None) -> Pack:
    if named is None:
        raise UsageError(
            f"{request.origin or request.source} names no challenge",
            hint="pass --challenge SLUG (see: grader challenge list), or name it under [tool.grader]",
        )
    return _judged(load_shipped(named), request)


def _asked_pack(request: Request) -> Pack:
    return _judged(load_pack(request.challenge or ""), request)


def _judged(pack: Pack, request: Request) -> Pack:
    """The pack, once it is sure that it has every check and option that the request names."""
    _checks(pack, request)
    pack.environment(request.options)
    return pack


def _checks(pack: Pack, request: Request) -> tuple[CheckInfo, ...]:
    return pack.select(list(request.only), alone=request.alone, public=request.public, latency=request.latency)
