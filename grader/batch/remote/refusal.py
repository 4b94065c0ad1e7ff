"""Reports of jobs that were not graded, through no fault of the submission."""

from pathlib import Path

from grader import __version__
from grader.batch.job import Job
from grader.batch.remote.claim import MOST_LOST
from grader.challenge.pack import load_shipped
from grader.errors import GraderError, InfrastructureError, UsageError
from grader.report.logbook import Logbook
from grader.report.model import Report


def failed(job: Job, error: GraderError) -> Report:
    """The report of a job that ended so."""
    book = Logbook(job.request(Path(job.source)))
    book.fail(error)
    return book.report()


def lost_report(job: Job) -> Report:
    """The report of a job that is given to no worker any more."""
    return failed(
        job,
        InfrastructureError(
            f"the job lost its worker {MOST_LOST} times",
            hint="see the workers' logs (were they killed, for want of memory?); then --resume",
        ),
    )


def refusal(job: Job, sandbox: str, worker: str) -> InfrastructureError | None:
    """Why a worker will not do a job, whoever sent it; None where it will.

    Args:
        job: may say anything.
        sandbox: what the worker was started with; no job decides where strangers' code is run.
        worker: what the worker is called.
    """
    if job.terms.sandbox != sandbox:
        return InfrastructureError(
            f"the job asks for --sandbox {job.terms.sandbox}, and the worker {worker} has --sandbox {sandbox}",
            hint="call both with the same --sandbox",
        )
    if job.challenge is None:
        return None
    try:
        pack = load_shipped(job.challenge)
    except UsageError as error:
        return InfrastructureError(f"the worker {worker} (grader {__version__}): {error.message}", hint=error.hint)
    if pack.digest != job.challenge_hash:
        return InfrastructureError(
            f"the worker {worker} (grader {__version__}) has {job.challenge} {pack.rubric.version} "
            f"({pack.digest[:12]}…), and the batch was made with {str(job.challenge_hash)[:12]}…",
            hint="let `grader batch` and all workers be of one version; then --resume",
        )
    return None
