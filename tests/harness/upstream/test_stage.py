"""Which calls are in flight, where they wait, and what is told of them."""

import asyncio
from typing import Any

import pytest

from grader.harness.upstream import stage as module
from grader.harness.upstream.script import answer
from grader.harness.upstream.stage import CLOSED, Gate, Playing, Stage

pytestmark = pytest.mark.anyio


class FakeCaller:
    """A connection that a test steers."""

    def __init__(self) -> None:
        self.has_gone = False
        self.aborted = False

    def gone(self) -> bool:
        return self.has_gone

    def abort(self) -> None:
        self.aborted = True


@pytest.fixture
def events() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def stage(events: list[dict[str, Any]]) -> Stage:
    """One check, with a route to any item."""
    stage = Stage(events.append)
    stage.reset()
    stage.route("catalog", "GET", "/items/{id}", [answer({})])
    return stage


def arrive(stage: Stage, target: str = "/items/a", caller: FakeCaller | None = None, **headers: str) -> Playing:
    """A call comes."""
    call = {"upstream": "catalog", "connection": 1, "method": "GET", "target": target, "body": ""}
    return stage.arrived({**call, "headers": [list(each) for each in headers.items()]}, caller or FakeCaller())


def of(events: list[dict[str, Any]], event: str, name: str) -> list[Any]:
    """What was told in one kind of event."""
    return [one[name] for one in events if one["event"] == event]


def waiting(stage: Stage, playing: Playing) -> asyncio.Task[None]:
    """It comes to its gate."""
    return asyncio.get_running_loop().create_task(stage.wait_at_gate(playing))


async def turns() -> None:
    """Let the loop do all that is ready."""
    for _ in range(5):
        await asyncio.sleep(0)


def test_calls_in_flight_are_counted(stage: Stage, events: list[dict[str, Any]]) -> None:
    """Each arrival says how many there are, itself included. Whoever says first what became of one is right."""
    one, _ = arrive(stage), arrive(stage, "/items/b")
    stage.ended(one, "answered 200")
    stage.given_up(one)
    arrive(stage)
    assert of(events, "arrived", "in_flight") == [1, 2, 2]
    assert of(events, "arrived", "attempt") == [1, 1, 2]
    assert of(events, "ended", "outcome") == ["answered 200"]


def test_who_has_gone_is_not_in_flight(stage: Stage, events: list[dict[str, Any]]) -> None:
    """A call that was given up before the next one came: told before that, and counted no more."""
    caller = FakeCaller()
    arrive(stage, caller=caller)
    caller.has_gone = True
    arrive(stage)
    assert of(events, "arrived", "in_flight") == [1, 1]
    assert [one["event"] for one in events] == ["arrived", "ended", "arrived"]
    assert of(events, "ended", "outcome") == [CLOSED]


def test_unrouted_calls_are_told_and_not_counted(stage: Stage, events: list[dict[str, Any]]) -> None:
    """Whatever else the candidate asks is nobody's business, and no gate holds it."""
    stage.gate("all", [("catalog", "")], 0)
    unrouted = arrive(stage, "/health")
    arrive(stage)
    stage.ended(unrouted, "answered 404")
    assert of(events, "arrived", "in_flight") == [0, 1]
    assert of(events, "arrived", "gate") == [None, "all"]
    assert of(events, "ended", "outcome") == ["answered 404"]


def test_the_first_closed_gate_catches(stage: Stage, events: list[dict[str, Any]]) -> None:
    """By upstream, or by upstream and path; one that is open catches nothing."""
    stage.gate("a", [("catalog", "/items/a"), ("pricing", "/items/b")], 0)
    stage.gate("all", [("catalog", "")], 0)
    for target in ("/items/a", "/items/b"):
        arrive(stage, target)
    stage.open("a")
    arrive(stage, "/items/a")
    stage.open("all")
    arrive(stage, "/items/a?now=open")
    assert of(events, "arrived", "gate") == ["a", "all", "all", None]


async def test_a_gate_lets_through_who_has_waited_longest(stage: Stage, events: list[dict[str, Any]]) -> None:
    """So many, in the order of their coming; who has gone is not among them."""
    stage.gate("all", [("catalog", "")], 0)
    tasks = [waiting(stage, arrive(stage)) for _ in range(5)]
    await turns()
    tasks[0].cancel()
    stage.open("all", 2)
    await turns()
    assert [task.done() for task in tasks] == [True, True, True, False, False]
    assert of(events, "passed", "number") == [2, 3]
    stage.open("all")
    await turns()
    assert of(events, "passed", "number") == [2, 3, 4, 5]


async def test_a_gate_opens_by_itself_once_so_many_wait(stage: Stage, events: list[dict[str, Any]]) -> None:
    """At once, and for good."""
    stage.gate("two", [("catalog", "")], 2)
    tasks = [waiting(stage, arrive(stage))]
    await turns()
    assert not tasks[0].done()
    tasks += [waiting(stage, arrive(stage)) for _ in range(2)]
    await turns()
    assert all(task.done() for task in tasks)
    arrive(stage)
    assert of(events, "arrived", "gate") == ["two", "two", "two", None]


async def test_a_caller_that_has_gone_is_not_waited_with() -> None:
    """One that gave up and one that came after it are not two at once, even before the first has woken up."""
    gate = Gate("two", [], 2)
    first = asyncio.get_running_loop().create_task(gate.wait())
    await turns()
    first.cancel()
    second = asyncio.get_running_loop().create_task(gate.wait())
    await turns()
    assert (first.cancelled(), second.done(), gate.is_open) == (True, False, False)
    gate.open()
    await second


async def test_a_gate_in_an_answer_has_to_exist(stage: Stage) -> None:
    """A text that is no gate's name is a slip, such as a part of a stream that should have been bytes."""
    stage.gate("later", [], 0)
    stage.open("later")
    await stage.wait_at("later")
    with pytest.raises(LookupError, match="data: 1"):
        await stage.wait_at("data: 1")


def test_a_reset_forgets_all(stage: Stage, events: list[dict[str, Any]]) -> None:
    """What is in flight is cut off, routed or not; routes, gates, tags and attempts are gone, numbers go on."""
    callers = [FakeCaller(), FakeCaller()]
    stage.tag("x-id")
    stage.gate("all", [("catalog", "")], 0)
    for caller, target in zip(callers, ("/items/a", "/none"), strict=True):
        arrive(stage, target, caller)
    stage.reset()
    assert [caller.aborted for caller in callers] == [True, True]
    arrive(stage)
    stage.route("catalog", "GET", "/items/a", [answer({})])
    arrive(stage, **{"x-id": "1"})
    assert of(events, "arrived", "routed")[2:] == [False, True]
    assert of(events, "arrived", "attempt")[2:] == [1, 2]
    assert of(events, "arrived", "number") == [1, 2, 3, 4]
    assert of(events, "arrived", "in_flight")[2:] == [0, 1]


def test_between_checks_nothing_is_told(stage: Stage, events: list[dict[str, Any]]) -> None:
    """Nobody listens then: it would fill the line, and the next check might begin in the midst of a message."""
    playing = arrive(stage)
    stage.rest()
    events.clear()
    stage.accepted("catalog", 1)
    stage.abused()
    stage.failed(arrive(stage), ValueError())
    stage.ended(playing, "answered 200")
    assert events == []
    stage.reset()
    stage.accepted("catalog", 2)
    assert of(events, "accepted", "connection") == [2]


async def test_a_flood_is_told_up_to_a_bound(
    stage: Stage, events: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of calls and of connections; all are answered, and the next check has a bound of its own."""
    monkeypatch.setattr(module, "MAX_CALLS", 3)
    stage.gate("all", [("catalog", "")], 0)
    stage.open("all")
    for number in range(10):
        stage.accepted("catalog", number)
        playing = arrive(stage)
        playing.recorded["gate"] = "all"
        await stage.wait_at_gate(playing)
        stage.ended(playing, "answered 200")
    told = {event: len(of(events, event, "event")) for event in ("accepted", "arrived", "passed", "ended")}
    assert told == dict.fromkeys(told, 3)
    stage.reset()
    arrive(stage)
    assert of(events, "arrived", "number") == [1, 2, 3, 11]
