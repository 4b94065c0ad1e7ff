"""Does it start here? Intake, environment and boot of a submission, without checks."""

import time
from dataclasses import dataclass

from grader.challenge.pack import Pack, load_pack, load_shipped
from grader.conduct import Conductor, PodSpecs
from grader.errors import HarnessError
from grader.intake.intake import take_in
from grader.intake.submission import Submission
from grader.request import Request, Watch
from grader.sandbox.pod import Runtime, Sandbox
from grader.settings import Settings
from grader.verdicts import Routes
from grader.workspace import workspace


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was seen.

    Attributes:
        pack: the challenge whose environment variables the application was given, if any.
        runtime: interpreter and packages that it ran with.
        seconds: from the pod's start until the application listened.
        routes: what its `/openapi.json` lists, and what `/health` answered.
        log: the tail of what it wrote.
    """

    submission: Submission
    pack: Pack | None
    runtime: Runtime
    seconds: float
    routes: Routes
    log: str


def inspect(request: Request, sandbox: Sandbox, settings: Settings, watch: Watch) -> Inspection:
    """Start a submission once and look at what it offers.

    A challenge gives the application its environment variables; without one it is started with none.

    Raises:
        UsageError: no such file or challenge.
        SubmissionRejected: it does not pass intake, or does not start.
        InfrastructureError: the machine's fault.
    """
    pack = load_pack(request.challenge) if request.challenge else None
    with workspace() as folder:
        watch.step("reading the submission")
        submission = take_in(request.source, folder, settings, app=request.app)
        if pack is None and submission.challenge:
            pack = load_shipped(submission.challenge)
        runtime = sandbox.prepare(submission.dependencies, watch.step)
        if pack and (services := pack.services(request.options)):
            sandbox.provide(services, watch.step)
        watch.step("starting the application")
        spec = PodSpecs(request, pack, submission, runtime, settings).inspection()
        began = time.perf_counter()
        with sandbox.pod(spec) as pod:
            conductor = Conductor(pod, watch, began)
            conductor.follow()
            log = pod.candidate_log()
    if conductor.routes is None or conductor.ready is None:
        raise HarnessError("the harness ended without an answer")
    return Inspection(submission, pack, runtime, conductor.ready, conductor.routes, log)
