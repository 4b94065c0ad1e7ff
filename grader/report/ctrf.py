"""A report in the Common Test Report Format, JSON that many CI systems read; see https://ctrf.io for it."""

from collections import Counter
from typing import Any, Final

from grader.report.model import CheckReport, Problem, Report, Status
from grader.report.plain import reason, story, told
from grader.report.write import json_text
from grader.text import visible
from grader.verdicts import Verdict

SPEC: Final = "0.1.0"
_STATUSES = {
    Verdict.PASSED: "passed",
    Verdict.FAILED: "failed",
    Verdict.BLOCKED: "skipped",
    Verdict.INCONCLUSIVE: "other",
    Verdict.ERROR: "other",
}
_LONGEST_RUN: Final = 10**9
"""Seconds: a date that is further away is none."""


def render(report: Report) -> str:
    """Make the JSON.

    Args:
        report: any report, however the run ended. Nothing in it is trusted.

    Returns:
        One document. A rejection is a failed test of its own, a fault of the grader one of status `other`.
    """
    tests = [*([_problem(report, report.problem)] if report.problem else []), *map(_test, report.checks)]
    document = {
        "reportFormat": "CTRF",
        "specVersion": SPEC,
        "generatedBy": f"grader {visible(report.grader_version, limit=40)}",
        "timestamp": report.created_at.isoformat(timespec="seconds"),
        "results": {
            "tool": {"name": "grader", "version": visible(report.grader_version, limit=40)},
            "summary": _summary(report, tests),
            "tests": tests,
            "extra": _extra(report),
        },
    }
    return json_text(document)


def _summary(report: Report, tests: list[dict[str, Any]]) -> dict[str, Any]:
    counts = Counter(test["status"] for test in tests)
    start = int(report.created_at.timestamp() * 1000)
    return {
        "tests": len(tests),
        **{status: counts[status] for status in ("passed", "failed", "skipped", "pending", "other")},
        "suites": len({name for test in tests for name in test["suite"]}),
        "start": start,
        "stop": start + _milliseconds(report.timings.get("total", 0.0)),
    }


def _test(check: CheckReport) -> dict[str, Any]:
    told_of = {} if check.verdict is Verdict.PASSED else {"message": reason(check), "trace": story(check)}
    return {
        "name": visible(check.id, limit=120) or "–",
        "status": _STATUSES[check.verdict],
        "duration": _milliseconds(check.seconds),
        "suite": [visible(check.category, limit=60)],
        "rawStatus": check.verdict.value,
        "tags": [check.level.value],
        **told_of,
        "extra": {"title": visible(check.title, limit=300), "weight": check.weight, "credit": check.credit},
    }


def _problem(report: Report, problem: Problem) -> dict[str, Any]:
    return {
        "name": str(report.status).replace("_", " "),
        "status": "failed" if report.status is Status.REJECTED else "other",
        "duration": _milliseconds(report.timings.get("total", 0.0)),
        "suite": ["grading"],
        "rawStatus": visible(problem.kind, limit=80),
        "message": visible(problem.message, limit=600),
        "trace": told(problem),
    }


def _extra(report: Report) -> dict[str, Any]:
    challenge, score = report.challenge, report.score
    return {
        "submission": visible(report.submission.name, limit=120),
        "challenge": visible(f"{challenge.slug} {challenge.version}", limit=100) if challenge else None,
        "seed": report.seed,
        "score": score.total if score else None,
        "level": score.level.value if score and score.level else None,
        "status": report.status.value,
    }


def _milliseconds(seconds: float) -> int:
    return round(1000 * min(max(seconds, 0.0), _LONGEST_RUN))
