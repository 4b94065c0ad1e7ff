"""What a verdict rests on, and what goes first where there is too much of it."""

from pathlib import Path

from grader.harness.attempt import Attempt
from grader.harness.decorator import CheckInfo
from grader.harness.evidence import MAX_RESULT_BYTES, collect, fitted
from grader.verdicts import CheckResult, Evidence, Exchange, Finding, Level, UpstreamCall, Verdict


def call(number: int, *, length: int = 0) -> UpstreamCall:
    """The so manyth call of a check, to a target of some length."""
    return UpstreamCall(
        upstream="catalog",
        number=number,
        method="GET",
        target=f"/items/{number}{'x' * length}",
        attempt=1,
        outcome="answered 200",
        seconds=number / 10,
        held=0.01,
    )


def test_calls_to_upstreams_are_evidence() -> None:
    """In the order of their arrival, as the fixture left them."""
    attempt = Attempt(CheckInfo("a", "c", Level.JUNIOR, 1.0, (), "It holds."), Path())
    attempt.calls = [call(1), call(2)]
    assert collect(attempt, [], "").calls == [call(1), call(2)]


def test_of_many_calls_the_last_are_kept() -> None:
    """They are nearest to what failed; their numbers say how many came before."""
    attempt = Attempt(CheckInfo("a", "c", Level.JUNIOR, 1.0, (), "It holds."), Path())
    attempt.calls = [call(number) for number in range(1, 101)]
    assert [kept.number for kept in collect(attempt, [], "").calls] == list(range(41, 101))


def result(calls: int, exchanges: int) -> CheckResult:
    """A failed check with so much evidence: 5 KB a call, 10 KB an exchange, of which its finding has one."""
    exchange = Exchange(method="GET", url="http://127.0.0.1:8000/", response_body="y" * 10_000)
    evidence = Evidence(
        findings=[Finding(expected="this", got="that", exchange=exchange)],
        exchanges=[exchange] * exchanges,
        calls=[call(number, length=5_000) for number in range(1, calls + 1)],
    )
    return CheckResult(id="a", verdict=Verdict.FAILED, credit=0, evidence=evidence)


def test_what_fits_is_left_alone() -> None:
    """Nothing is lost without need."""
    small = result(calls=10, exchanges=10)
    assert fitted(small) == small


def test_calls_go_before_exchanges_the_oldest_first() -> None:
    """What the candidate answered shows more than what it asked of others."""
    cut = fitted(result(calls=60, exchanges=20)).evidence
    numbers = [kept.number for kept in cut.calls]
    assert (len(cut.exchanges), numbers) == (20, list(range(61 - len(numbers), 61)))
    assert 0 < len(numbers) < 60


def test_exchanges_go_where_calls_are_not_enough() -> None:
    """The finding keeps its own, and the result is small enough."""
    cut = fitted(result(calls=60, exchanges=40))
    assert cut.evidence.calls == []
    assert 0 < len(cut.evidence.exchanges) < 40
    assert cut.evidence.findings[0].exchange
    assert len(cut.model_dump_json().encode()) <= MAX_RESULT_BYTES
