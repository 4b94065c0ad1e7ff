"""What a verdict rests on, within bounds."""

from grader.harness.attempt import Attempt, Failure
from grader.harness.fault import long_text
from grader.harness.mismatch import Mismatch
from grader.text import visible
from grader.verdicts import CheckResult, Evidence, Finding

MAX_FINDINGS = 25
MAX_CALLS = 60
"""To upstreams; the last ones, as of exchanges."""
MAX_RESULT_BYTES = 256 * 1024
"""Of a whole result, as JSON."""


def collect(attempt: Attempt, failures: list[Failure], note: str) -> Evidence:
    """Make the evidence of an attempt.

    Args:
        attempt: the run of the check.
        failures: those that count.
        note: what people should know besides.
    """
    left_out = len(failures) - MAX_FINDINGS
    if left_out > 0:
        note = f"{note}\n{left_out} more cases failed".strip()
    return Evidence(
        findings=[_finding(attempt, failure) for failure in failures[:MAX_FINDINGS]],
        exchanges=list(attempt.recording.exchanges),
        calls=attempt.calls[-MAX_CALLS:],
        note=long_text(note),
    )


def fitted(result: CheckResult) -> CheckResult:
    """The result cut to `MAX_RESULT_BYTES`: old calls go first, then old exchanges, then those of the last findings."""
    while _bytes(result) > MAX_RESULT_BYTES and result.evidence.calls:
        result = _with(result, calls=result.evidence.calls[1:])
    while _bytes(result) > MAX_RESULT_BYTES and result.evidence.exchanges:
        result = _with(result, exchanges=result.evidence.exchanges[1:])
    keep = len(result.evidence.findings)
    while _bytes(result) > MAX_RESULT_BYTES and keep:
        keep -= 1
        result = _with(result, findings=_bare(result.evidence.findings, keep))
    return result


def _finding(attempt: Attempt, failure: Failure) -> Finding:
    raised = failure.raised
    if isinstance(raised, Mismatch):
        finding = raised.finding()
        return finding.model_copy(update={"case": visible(failure.case or finding.case)})
    return Finding(
        expected=visible(attempt.check.title),
        got=visible(_assertion(raised), limit=500),
        case=visible(failure.case),
        exchange=attempt.recording.last,
    )


def _assertion(error: AssertionError) -> str:
    # pytest explains on lines that begin with "+" where a value came from; the exchange shows that better.
    lines = [line.strip() for line in str(error).splitlines()]
    return " ".join(line for line in lines if line and not line.startswith("+ ")) or "something else"


def _bytes(result: CheckResult) -> int:
    return len(result.model_dump_json().encode())


def _with(result: CheckResult, **changes: object) -> CheckResult:
    return result.model_copy(update={"evidence": result.evidence.model_copy(update=changes)})


def _bare(findings: list[Finding], keep: int) -> list[Finding]:
    """The findings, with an exchange only in the first `keep`."""
    return [
        finding if index < keep else finding.model_copy(update={"exchange": None})
        for index, finding in enumerate(findings)
    ]
