"""What the forms of a report weigh and take: `python -m benchmarks.report_page`.

Bytes (wanted: under 400 kB of HTML, 1 MiB of Markdown) and processor time beyond imports (wanted: under 0.5 s) of a
report with sixty failed checks, each with as much evidence as the harness lets through, of plain text and of text that
swells when it is escaped; of the summary on the terminal too, and of reading and writing `report.json`.
"""

import io
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from grader.challenge.score import Part, Score
from grader.harness.evidence import fitted
from grader.report.formats import RENDERERS
from grader.report.load import load_report
from grader.report.logbook import Logbook
from grader.report.model import CheckReport, QuestionFacts, Report
from grader.report.terminal import summary
from grader.report.write import json_text, write_text
from grader.request import Request
from grader.verdicts import CheckResult, Evidence, Exchange, Finding, Level, UpstreamCall, Verdict

CHECKS = 60
TEXTS = {"plain text": "word ", "markup": "<a>&", "hidden characters": "\u202e\x1b"}


def main() -> None:
    """Print each figure on a line."""
    for form in FORMS.values():
        form(failed("x"))  # imports and templates, once a process
    for name, text in TEXTS.items():
        report = failed(text)
        for form, render in FORMS.items():
            began = time.process_time()
            size = len(render(report).encode())
            spent = time.process_time() - began
            print(f"{CHECKS} failed checks of {name} as {form}: {size / 1000:.0f} kB, {spent:.2f} s of processor time")


def on_terminal(report: Report) -> str:
    """The summary that a run ends with."""
    console = Console(file=io.StringIO(), width=120)
    with console.capture() as captured:
        console.print(summary(report))
    return captured.get()


def written_and_read(report: Report) -> str:
    """`report.json`, once it has been read again."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        write_text(json_text(report.model_dump(mode="json")), path)
        load_report(path)
        return path.read_text(encoding="utf-8")


FORMS: dict[str, Callable[[Report], str]] = {
    **{form.value: render for form, render in RENDERERS.items()},
    "terminal": on_terminal,
    "json": written_and_read,
}


def failed(text: str) -> Report:
    """A report of failed checks full of this text."""
    long = text * (4_000 // len(text))
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
    whole = Evidence(findings=[finding] * 25, exchanges=[exchange] * 10, calls=[call] * 10, note=long)
    evidence = fitted(CheckResult(id="async.n", verdict=Verdict.FAILED, credit=0.0, evidence=whole)).evidence
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
