"""What a rendezvous that was missed comes to: failed, or repeated and in the end inconclusive."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.harness import Mismatch
from grader.harness.attempt import Attempt, Failure
from grader.harness.candidate import Candidate
from grader.harness.decorator import CheckInfo
from grader.harness.mismatch import DeadlinePassed, Missed
from grader.harness.sequence import CheckSequence
from grader.verdicts import Answer, Ask, CandidateStarted, CheckFinished, CheckResult, Event, Job, Level, Look, Verdict

MISMATCH = Mismatch("two at once", "answered before")
LATE = DeadlinePassed("504", "status 200", since=1.0, until=2.0)
CHECK = CheckInfo("a", "c", Level.JUNIOR, 1.0, (), "It holds.")


def missed(*, served: bool) -> Missed:
    return Missed("two at once", "1 came", since=1.0, until=2.0, served=served)


@pytest.mark.parametrize(
    ("raised", "overstayed", "starved", "rests"),
    [
        pytest.param(MISMATCH, False, True, False, id="certain"),
        pytest.param(MISMATCH, True, False, True, id="a call was held for too long"),
        pytest.param(LATE, False, False, False, id="late, and the machine had time"),
        pytest.param(LATE, False, True, True, id="late, and it had none"),
        pytest.param(LATE, True, False, True, id="late, and a call was held for too long"),
        pytest.param(missed(served=True), False, False, False, id="missed"),
        pytest.param(missed(served=True), True, False, False, id="missed, whatever comes of calls that were held"),
        pytest.param(missed(served=True), False, True, True, id="missed, and the harness stood still"),
        pytest.param(missed(served=False), False, False, True, id="missed, and nobody knows why"),
    ],
)
def test_what_may_be_the_machines_fault(raised: Mismatch, overstayed: bool, starved: bool, rests: bool) -> None:
    """A failure that rests on it does not count."""
    assert Failure(raised, overstayed=overstayed).rests_on(lambda *_: starved) is rests


def run(*outcomes: tuple[Mismatch | None, bool]) -> tuple[CheckResult, int]:
    """The result of a check whose attempts end so: what it raises, and whether a call was held for too long."""
    left = list(outcomes)
    events: list[Event] = []

    def attempt(check: CheckInfo, _ends_at: float) -> Attempt:
        raised, overstayed = left.pop(0)
        return Attempt(check, Path(), raised=raised, overstayed=overstayed)

    candidate = Candidate("127.0.0.1", 9)
    CheckSequence(Job(pack="", seed=1), candidate, attempt, lambda *_: False, events.append).run([CHECK])
    (result,) = [event.result for event in events if isinstance(event, CheckFinished)]
    return result, len(outcomes) - len(left)


@pytest.mark.parametrize(
    ("outcomes", "verdict", "attempts"),
    [
        pytest.param([(missed(served=True), True)], Verdict.FAILED, 1, id="missed"),
        pytest.param([(missed(served=False), False), (None, False)], Verdict.PASSED, 2, id="then reached"),
        pytest.param(
            [(missed(served=False), False), (missed(served=True), False)], Verdict.FAILED, 2, id="then missed"
        ),
        pytest.param([(missed(served=False), False)] * 2, Verdict.INCONCLUSIVE, 2, id="nobody knows why"),
        pytest.param([(MISMATCH, True), (MISMATCH, False)], Verdict.FAILED, 2, id="then in time"),
        pytest.param([(MISMATCH, True)] * 2, Verdict.INCONCLUSIVE, 2, id="held for too long"),
    ],
)
def test_it_is_repeated_and_then_inconclusive(
    outcomes: list[tuple[Mismatch | None, bool]], verdict: Verdict, attempts: int
) -> None:
    """Once more, with new data, and no oftener."""
    result, times = run(*outcomes)
    assert (result.verdict, times) == (verdict, attempts)
    assert ("repeated" in result.evidence.note) == (attempts == 2)


HEADER = """
from grader.harness.upstream.script import answer, computed
from grader.harness import sending

@check("u.it", category="c", level="junior")
async def it(api, upstreams, rng):
    '''It asks the catalogue twice at once.'''
"""

MISSES = """
    upstreams.patience = {patience}
    await upstreams["catalog"].on("GET", "/a", answer(dict()))
    async with await upstreams.hold() as gate, sending(api.get(f"/{{rng.random()}}")) as [one]:
        await gate.arrived(2, of=one)
"""

COMPUTES = """
    await upstreams["catalog"].on("GET", "/a", computed(price, "1.50"))
    (await api.get("/")).expect(200).json()["path"].equals("/a 1.50")

def price(request, amount):
    return {"path": f"{request.path} {amount}"}
"""

FAILS = """
    await upstreams["catalog"].on("GET", "/a", computed(price))
    (await api.get("/")).expect(200)

def price(request):
    return request.query["amount"]
"""


class Graded:
    """What came of the one check.

    Attributes:
        result: of the check.
        requests: that the application got.
    """

    def __init__(self, result: CheckResult, requests: list[bytes]) -> None:
        self.result = result
        self.requests = requests


@pytest.fixture
def grade(
    harness: Any, pack: Callable[..., str], serve: Callable[..., Any], ports: list[int]
) -> Iterator[Callable[..., Graded]]:
    """Grades an application that behaves so by the one check; whoever looks at it sees this."""
    leaving = threading.Event()

    def asks(connection: socket.socket, request: bytes) -> None:
        if b"GET /0." in request:
            leaving.wait(60)
            return
        with socket.create_connection(("127.0.0.1", ports[0])) as catalog, catalog.makefile("rb") as answer:
            catalog.sendall(b"GET /a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            connection.sendall(answer.read() or b"HTTP/1.1 502 X\r\ncontent-length: 0\r\n\r\n")

    def graded(check: str, look: Look | None = None) -> Graded:
        application = serve(asks)
        folder = pack(a=HEADER + check)
        job = Job(port=application.port, pack=folder, seed=1, upstreams={"catalog": ports[0]})
        process = harness(job, CandidateStarted())
        while event := process.next():
            if isinstance(event, Ask):
                process.order(Answer(number=event.number, done=look is not None, look=look))
        leaving.set()
        assert process.finish() == 0
        return Graded(process.results()["u.it"], application.requests)

    yield graded
    leaving.set()


def test_a_candidate_that_sleeps_has_missed_it(grade: Callable[..., Graded]) -> None:
    """The harness asks the host what it does."""
    graded = grade(MISSES.format(patience=30), Look(asleep=True))
    assert (graded.result.verdict, len(graded.requests)) == (Verdict.FAILED, 1)
    assert graded.result.evidence.findings[0].expected == "2 calls to upstreams at once"


def test_a_candidate_that_is_busy_is_asked_again(grade: Callable[..., Graded]) -> None:
    """For something else, since it may have been on its way; and then nobody knows."""
    graded = grade(MISSES.format(patience=0.5), Look(asleep=False, cpu_seconds=1))
    assert (graded.result.verdict, len(set(graded.requests))) == (Verdict.INCONCLUSIVE, 2)


def test_a_function_of_the_pack_answers(grade: Callable[..., Graded]) -> None:
    """In the process, with what the check has given it."""
    assert grade(COMPUTES).result.verdict is Verdict.PASSED


def test_a_function_that_fails_is_no_fault_of_the_candidate(grade: Callable[..., Graded]) -> None:
    """Though the application answers 502, and the check says that this is wrong."""
    result = grade(FAILS).result
    assert result.verdict is Verdict.ERROR
    assert "catalog GET /a: KeyError: 'amount'" in result.evidence.note
