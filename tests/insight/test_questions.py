"""What the application is asked once more: what shows the failure, within bounds."""

from grader.insight.questions import MAX_QUESTIONS, questions
from grader.verdicts import CheckResult, Evidence, Exchange, Finding, Verdict


def exchange(path: str, body: str | None = None) -> Exchange:
    """A request."""
    return Exchange(method="GET", url=f"http://127.0.0.1:8000/{path}", request_body=body)


def failed(check: str, sent: list[str], shown: tuple[str, ...] = ()) -> CheckResult:
    """A failed check that sent these requests, of which its findings show some."""
    findings = [Finding(expected="this", got="that", exchange=exchange(path)) for path in shown]
    evidence = Evidence(findings=findings, exchanges=[exchange(path) for path in sent])
    return CheckResult(id=check, verdict=Verdict.FAILED, credit=0, evidence=evidence)


def paths(*results: CheckResult) -> list[str]:
    """The paths that are asked, in order."""
    return [question.exchange.url.rpartition("/")[2] for question in questions(results)]


def test_requests_keep_their_order() -> None:
    """What was created first is there for what reads it; what only a finding still shows was sent before."""
    assert paths(failed("a", ["create", "read", "delete"], ("read", "early"))) == ["early", "create", "read", "delete"]


def test_the_same_request_is_asked_once() -> None:
    """Also where several checks sent it; they all are named."""
    asked = questions([failed("a", ["x", "x", "y"]), failed("b", ["y"])])
    assert [(question.exchange.url[-1], question.checks) for question in asked] == [("x", ["a"]), ("y", ["a", "b"])]


def test_another_body_is_another_request() -> None:
    """A path says little of a POST."""
    evidence = Evidence(exchanges=[exchange("x", "1"), exchange("x", "2")])
    assert len(questions([CheckResult(id="a", verdict=Verdict.FAILED, credit=0, evidence=evidence)])) == 2


def test_what_findings_show_comes_before_the_latest() -> None:
    """Where not all have room."""
    sent = [f"{number}" for number in range(50)]
    chosen = paths(failed("a", sent, ("3",)))
    assert chosen == ["3", *sent[50 - MAX_QUESTIONS + 1 :]]


def test_each_check_has_its_share() -> None:
    """Neither one with many requests nor very many checks push the others out, or the bound up."""
    one = failed("a", [f"a{number}" for number in range(30)])
    other = failed("b", [f"b{number}" for number in range(30)])
    assert [path[0] for path in paths(one, other)] == ["a"] * 10 + ["b"] * 10
    assert len(paths(*(failed(f"c{number}", [f"c{number}"]) for number in range(50)))) == MAX_QUESTIONS


def test_nothing_failed_nothing_is_asked() -> None:
    """Nor where nothing was sent."""
    assert paths() == []
    assert paths(failed("a", [])) == []
