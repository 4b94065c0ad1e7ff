"""A call as checks and reports see it."""

from typing import Any

import pytest

from grader.harness.upstream.call import Call
from grader.harness.upstream.stage import CLOSED

EVENT: dict[str, Any] = {
    "event": "arrived",
    "upstream": "catalog",
    "number": 7,
    "connection": 3,
    "method": "POST",
    "target": "/items/a?x=1",
    "path": "/items/a",
    "headers": [["x-a", "1"], ["x-a", "2"]],
    "body": '{"n": 1}',
    "attempt": 2,
    "routed": True,
    "in_flight": 1,
    "gate": None,
    "at": 10.0,
}


def call(**changes: Any) -> Call:
    """A call with these members."""
    made = Call.of(EVENT)
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def test_it_is_what_was_told() -> None:
    """Headers in their order, the body as bytes."""
    made = call()
    assert (made.number, made.connection, made.attempt, made.body) == (7, 3, 2, b'{"n": 1}')
    assert made.headers == [("x-a", "1"), ("x-a", "2")]
    assert (made.header("X-A"), made.header("x-b")) == ("1", None)


@pytest.mark.parametrize(("body", "value"), [(b"[1]", [1]), (b"", None), (b"\xff", None), (b"{", None)])
def test_a_body_that_is_no_json_is_none(body: bytes, value: Any) -> None:
    """The candidate wrote it, so anything may stand there."""
    assert call(body=body).json() == value


@pytest.mark.parametrize(
    ("changes", "held", "held_seconds", "words"),
    [
        pytest.param({}, False, 0.0, "in flight", id="never held"),
        pytest.param({"gate": "g"}, True, 5.0, "held", id="held still"),
        pytest.param({"gate": "g", "passed_at": 12.0}, False, 2.0, "in flight", id="let through"),
        pytest.param(
            {"gate": "g", "passed_at": 12.0, "outcome": "answered 200", "ended_at": 14.0},
            *(False, 2.0, "answered 200"),
            id="answered late, after its gate had opened",
        ),
        pytest.param(
            {"gate": "g", "outcome": CLOSED, "ended_at": 13.0}, False, 3.0, CLOSED, id="given up while it was held"
        ),
    ],
)
def test_how_long_it_was_held(changes: dict[str, Any], held: bool, held_seconds: float, words: str) -> None:
    """Only the time at its gate: what its script takes after that is not the gate's."""
    made = call(**changes)
    assert (made.held, made.held_seconds(15.0)) == (held, held_seconds)
    assert str(made) == f"catalog POST /items/a?x=1 ({words})"
    assert made.given_up == (words == CLOSED)


def test_facts_count_from_the_first_call() -> None:
    """And are harmless and short, whatever the candidate sent."""
    first, later = call(), call(number=9, at=11.5, ended_at=12.0, outcome="answered 200", target="/\x1b" + "x" * 999)
    facts = later.facts(first, 15.0)
    assert (facts.number, facts.seconds, facts.held, facts.outcome) == (3, 1.5, 0.5, "answered 200")
    assert "\x1b" not in facts.target
    assert len(facts.target) < 400
    assert first.facts(first, 15.0).outcome == "never answered"
    assert call(gate="g").facts(first, 15.0).outcome == "held"
