"""Whether a report from the store is the one of a job, by the challenge that this machine knows."""

from grader.batch.job import Job
from grader.batch.remote.refusal import failed
from grader.challenge.pack import load_shipped
from grader.errors import InfrastructureError, UsageError
from grader.report.model import Report


def matching(job: Job, report: Report) -> Report:
    """The report; or, where it is of something else, one that says so."""
    wrong = _difference(job, report)
    if not wrong:
        return report
    hint = "let `grader batch` and all workers be of one version; then --resume"
    return failed(job, InfrastructureError(f"the report that came back is not of this job: {wrong}", hint=hint))


def _difference(job: Job, report: Report) -> str:
    if report.seed != job.terms.seed or report.submission.name != job.name:
        return f"it is of {report.submission.name} and seed {report.seed}"
    if report.challenge is None:
        return ""
    known = job.challenge_hash or _shipped(report.challenge.slug)
    if report.challenge.hash != known:
        return f"its challenge is {report.challenge.slug} {report.challenge.version} ({report.challenge.hash[:12]}…)"
    return ""


def _shipped(slug: str) -> str:
    try:
        return load_shipped(slug).digest
    except UsageError:
        return ""
