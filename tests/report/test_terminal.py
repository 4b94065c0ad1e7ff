"""What a person reads in the terminal: failures with expected and got, and no way out of the text for a candidate."""

from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from grader.challenge.score import Part, Score
from grader.insight.model import Insight
from grader.report.logbook import Logbook
from grader.report.model import CheckReport, Problem, Report, Status
from grader.report.terminal import headline, summary
from grader.request import Request
from grader.verdicts import Evidence, Exchange, Finding, Level, UpstreamCall, Verdict
from tests.report.forms import FORMS


def shown(report: Report) -> str:
    """The summary as a terminal of 100 columns gets it, escape codes included."""
    console = Console(width=100, force_terminal=True, color_system="standard", legacy_windows=False)
    with console.capture() as capture:
        console.print(summary(report))
    return capture.get()


def check(verdict: Verdict, credit: float, *findings: Finding, note: str = "") -> CheckReport:
    """One check of a report."""
    return CheckReport(
        id="a.one",
        category="validation",
        level=Level.JUNIOR,
        weight=1,
        verdict=verdict,
        credit=credit,
        title="One holds.",
        why="It matters.",
        seconds=0.1,
        evidence=Evidence(findings=list(findings), note=note),
        curl=findings[0].exchange.curl if findings and findings[0].exchange else None,
        question=None,
        repeat="grader run x.zip --only a.one",
    )


def report(*checks: CheckReport, total: float = 50, **changes: object) -> Report:
    """A graded report with these checks."""
    part = Part(score=total, weight=100, passed=0, checks=len(checks))
    score = Score(total=total, level=None, categories={"validation": part}, levels={Level.JUNIOR: part})
    empty = Logbook(Request(Path("jane.zip"), seed=1)).report()
    return empty.model_copy(update={"checks": list(checks), "score": score, **changes})


def finding(got: str = "200 OK", case: str = "") -> Finding:
    """One finding with its exchange."""
    exchange = Exchange(method="GET", url="http://127.0.0.1:8000/users", curl="curl -i http://127.0.0.1:8000/users")
    return Finding(expected="status 404", got=got, case=case, exchange=exchange)


def test_a_failure_shows_what_was_expected_what_was_got_and_how_to_see_it_again() -> None:
    """The three things that a reader needs."""
    text = shown(report(check(Verdict.FAILED, 0.0, finding())))
    for words in ("a.one", "One holds.", "status 404", "200 OK", "curl -i http://127.0.0.1:8000/users"):
        assert words in text


def test_many_findings_are_cut_with_a_count() -> None:
    """Three are shown, the rest is counted."""
    text = shown(report(check(Verdict.FAILED, 0.2, *(finding(case=f"case {number}") for number in range(8)))))
    assert "case 2" in text
    assert "case 3" not in text
    assert "and 5 more in the report" in text


def call(number: int, target: str = "", outcome: str = "answered 200") -> UpstreamCall:
    """One call to an upstream."""
    target = target or f"/items/{number}"
    return UpstreamCall(
        upstream="catalog", number=number, method="GET", target=target, attempt=1, outcome=outcome, seconds=0, held=0
    )


def with_calls(verdict: Verdict, *calls: UpstreamCall) -> Report:
    """A report of one check that made these calls."""
    plain = check(verdict, 0.0, finding())
    return report(plain.model_copy(update={"evidence": plain.evidence.model_copy(update={"calls": list(calls)})}))


def test_calls_to_upstreams_stand_under_what_failed() -> None:
    """On one line, in order, with what came of each."""
    text = shown(with_calls(Verdict.FAILED, call(1), call(2, "/prices/a", "closed by the caller")))
    line = "upstream calls: catalog GET /items/1 (answered 200), catalog GET /prices/a (closed by the caller)"
    assert line in " ".join(text.replace("\x1b[2m", "").replace("\x1b[0m", "").split())


def test_many_calls_are_counted() -> None:
    """Also those for which the evidence had no room: their numbers tell."""
    text = shown(with_calls(Verdict.FAILED, *(call(number) for number in range(41, 101))))
    assert "/items/46 " in text
    assert "/items/47 " not in text
    assert "… 94 more" in text


@pytest.mark.parametrize(
    "quiet",
    [
        pytest.param(with_calls(Verdict.FAILED), id="no calls"),
        pytest.param(with_calls(Verdict.PASSED, call(1)), id="passed"),
    ],
)
def test_there_is_no_word_of_calls_without_need(quiet: Report) -> None:
    """Where there are none, or nothing failed."""
    assert "upstream" not in shown(quiet)


def test_partial_credit_is_shown() -> None:
    """A share of the cases is told as such."""
    assert "75%" in shown(report(check(Verdict.FAILED, 0.75, finding())))


@pytest.mark.parametrize("verdict", [Verdict.BLOCKED, Verdict.INCONCLUSIVE])
def test_what_was_not_decided_says_why(verdict: Verdict) -> None:
    """A blocked or inconclusive check shows its note."""
    assert "it needs a.zero" in shown(report(check(verdict, 0.0, note="it needs a.zero")))


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param("\x1b[2J\x1b[31mred", id="ANSI"),
        pytest.param("\x1b]8;;http://evil.example\x07click\x1b]8;;\x07", id="OSC 8 link"),
        pytest.param("\x1b]52;c;aGk=\x07", id="OSC 52 clipboard"),
        pytest.param("\x9b31m", id="C1"),
        pytest.param("abc\rdef", id="carriage return"),
        pytest.param("\u202egnp.exe", id="bidi"),
    ],
)
def test_control_characters_of_a_candidate_are_shown_not_obeyed(hostile: str) -> None:
    """None of them reaches the terminal, wherever it stands."""
    problem = Problem(kind="StartRejected", message=hostile, hint=hostile, detail=hostile)
    plain = report(check(Verdict.FAILED, 0.0, finding("harmless", case="harmless")))
    for text in (
        shown(report(check(Verdict.FAILED, 0.0, finding(hostile, case=hostile), note=hostile))),
        shown(with_calls(Verdict.FAILED, call(1, hostile, hostile))),
        shown(report(score=None, problem=problem, status=Status.REJECTED)),
    ):
        foreign = [sign for sign in hostile if not sign.isprintable() and sign != "\x1b"]
        assert not any(sign in text for sign in foreign)
        assert hostile not in text
    assert "harmless" in shown(plain)


def insight(*checks: str, call: str = "requests.get", source: str = "requests.get(url)") -> Insight:
    """A line that explains checks."""
    return Insight(
        checks=list(checks),
        file="app/main.py",
        line=42,
        function="read",
        is_async=True,
        caller="",
        call=call,
        source=source,
        text=f"{call} at app/main.py:42 inside async def read",
    )


def test_an_insight_stands_under_the_check_that_it_explains() -> None:
    """As the application's word, with the line itself; a check that it is not about does not show it."""
    failed = check(Verdict.FAILED, 0.0, finding())
    text = shown(report(failed, insights=[insight("a.one"), insight("a.two", call="time.sleep")]))
    assert "↳ the application's own trace: " in text
    assert "requests.get at app/main.py:42 inside async def read" in text
    assert "requests.get(url)" in text
    assert "time.sleep" not in text


def test_many_insights_are_cut() -> None:
    """Three are enough to talk about; the report has them all."""
    insights = [insight("a.one", call=f"call{number}") for number in range(5)]
    text = shown(report(check(Verdict.FAILED, 0.0, finding()), insights=insights))
    assert [number for number in range(5) if f"call{number} at" in text] == [0, 1, 2]


def test_an_insight_is_data() -> None:
    """Neither controls nor markup in a line of source are obeyed."""
    text = shown(report(check(Verdict.FAILED, 0.0), insights=[insight("a.one", source="[red]x\x9b31m[/]")]))
    assert "\x9b" not in text
    assert "[red]x\\x9b31m[/]" in text


def test_rich_markup_of_a_candidate_is_text() -> None:
    """Square brackets are printed as they are."""
    assert "[bold red]BOO[/]" in shown(report(check(Verdict.FAILED, 0.0, finding("[bold red]BOO[/]"))))


def test_the_headline_of_a_part_says_so() -> None:
    """A score of some checks is not mistaken for a score of the submission."""
    assert "only some checks were run" in headline(report(total=100, only=["a.one"])).plain


def test_the_headline_of_a_rejection_says_why() -> None:
    """Name, status and reason on one line."""
    problem = Problem(kind="ArchiveRejected", message="not an archive")
    line = headline(report(score=None, problem=problem, status=Status.REJECTED)).plain
    assert line == "jane rejected: not an archive"


@pytest.mark.parametrize("form", ["terminal", "md", "html"])
def test_a_score_that_was_worked_out_anew_says_so(samples: Any, form: str) -> None:
    # Two scores of one run differ: whoever compares has to know why.
    shown = " ".join(FORMS[form](samples.everything()).split())
    assert "rescored on 2026-01-03 under a changed challenge: 50 of 100, 40 under tiny 0.9.0" in shown
