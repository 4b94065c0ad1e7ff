"""What `report.html` weighs and takes: `python -m benchmarks.report_page`.

Bytes (wanted: under 400 kB) and processor time beyond imports (wanted: under 0.5 s) of a page with sixty failed checks,
each with as much evidence as the harness lets through, once of plain text and once of text that swells when it is
escaped.
"""

import time
from pathlib import Path

from grader.challenge.score import Part, Score
from grader.report.html.page import render
from grader.report.logbook import Logbook
from grader.report.model import CheckReport, QuestionFacts, Report
from grader.request import Request
from grader.verdicts import Evidence, Exchange, Finding, Level, UpstreamCall, Verdict

CHECKS = 60
TEXTS = {"plain text": "word ", "markup": "<a>&", "hidden characters": "\u202e\x1b"}


def main() -> None:
    """Print each figure on a line."""
    render(failed("x"))  # imports and templates, once a process
    for name, text in TEXTS.items():
        report = failed(text)
        began = time.process_time()
        page = render(report)
        spent = time.process_time() - began
        print(f"{CHECKS} failed checks of {name}: {len(page.encode()) / 1000:.0f} kB, {spent:.2f} s of processor time")


def failed(text: str) -> Report:
    """A report of failed checks full of this text."""
    long = text * 5_000
    exchange = Exchange(
        method="POST",
        url=f"http://127.0.0.1:8000/{long}",
        request_headers=[("X-Long", long)] * 20,
        request_body=long,
        status=500,
        response_headers=[("X-Long", long)] * 20,
        response_body=long,
        curl=long,
    )
    call = UpstreamCall(
        upstream="catalog", number=1, method="GET", target=long, attempt=1, outcome="held", seconds=0.0, held=1.0
    )
    finding = Finding(expected=long, got=long, case=long, exchange=exchange)
    evidence = Evidence(findings=[finding] * 25, exchanges=[exchange] * 10, calls=[call] * 60, note=long)
    part = Part(score=0.0, weight=100.0, passed=0, checks=CHECKS)
    return (
        Logbook(Request(Path("x.zip"), seed=1))
        .report()
        .model_copy(
            update={
                "checks": [_check(number, text * 60, evidence) for number in range(CHECKS)],
                "score": Score(total=0.0, level=None, categories={"async": part}, levels={Level.MID: part}),
                "log": long,
            }
        )
    )


def _check(number: int, words: str, evidence: Evidence) -> CheckReport:
    return CheckReport(
        id=f"async.n{number}",
        category="async",
        level=Level.MID,
        weight=1.0,
        verdict=Verdict.FAILED,
        credit=0.0,
        title=words,
        why=words,
        seconds=1.0,
        evidence=evidence,
        curl=f"curl 'http://127.0.0.1:8000/{number}'",
        question=QuestionFacts(question=f"{number}? {words}", surface=words, deep=words * 4),
        repeat="grader run x.zip --seed 1",
    )


if __name__ == "__main__":
    main()
