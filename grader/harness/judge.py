"""From an attempt to a verdict."""

from collections.abc import Callable

from grader.harness.attempt import Attempt, Failure
from grader.harness.evidence import collect, fitted
from grader.harness.fault import trace
from grader.harness.mismatch import DeadlinePassed, Undecided
from grader.verdicts import CheckResult, Evidence, Verdict

Starved = Callable[[float, float], bool]
"""Whether the harness was kept from running between two times."""


def rests_on_starved_deadline(attempt: Attempt, starved: Starved) -> bool:
    """Whether a failure of this attempt says more about the machine than about the candidate."""
    failures = [failure for failure in attempt.failures() if not isinstance(failure.raised, Undecided)]
    return not attempt.faults() and any(failure.rests_on(starved) for failure in failures)


def ran_out_of_time(attempt: Attempt, end: float) -> bool:
    """Whether all that failed is a deadline that passed at `end` or later, in seconds of the deadlines' clock."""
    failures = [failure.raised for failure in attempt.failures()]
    late = [error for error in failures if isinstance(error, DeadlinePassed) and error.until >= end]
    return bool(failures) and len(late) == len(failures)


def judge(attempt: Attempt, starved: Starved, *, seconds: float, note: str = "") -> CheckResult:
    """Decide.

    A failure that rests on a deadline is left out if the harness was starved meanwhile; if no other is left, the check
    is inconclusive.

    Args:
        attempt: the last run of the check.
        starved: the control.
        seconds: how long the check took, repetitions included.
        note: what people should know besides.
    """
    faults = attempt.faults()
    if faults:
        detail = "\n".join(trace(fault) for fault in faults)
        return _result(attempt, Verdict.ERROR, 0.0, [], detail, seconds)
    failures = attempt.failures()
    counted = [failure for failure in failures if not failure.rests_on(starved)]
    if not failures:
        return _result(attempt, Verdict.PASSED, 1.0, [], note, seconds)
    if not counted:
        note = "the machine was too busy to tell" + (f"; {note}" if note else "")
        return _result(attempt, Verdict.INCONCLUSIVE, 0.0, failures, note, seconds)
    credit = attempt.passed_cases / (attempt.passed_cases + len(counted))
    return _result(attempt, Verdict.FAILED, credit, counted, note, seconds)


def unrun(check: str, verdict: Verdict, note: str) -> CheckResult:
    """The result of a check that did not run.

    Args:
        check: its id.
        verdict: blocked or inconclusive.
        note: why.
    """
    return CheckResult(id=check, verdict=verdict, credit=0.0, evidence=Evidence(note=note))


def _result(
    attempt: Attempt, verdict: Verdict, credit: float, failures: list[Failure], note: str, seconds: float
) -> CheckResult:
    evidence = collect(attempt, failures, note)
    return fitted(
        CheckResult(id=attempt.check.id, verdict=verdict, credit=credit, evidence=evidence, seconds=round(seconds, 4))
    )
