"""What is known of the upstreams: commands that are done, calls that are written down, news, and faults."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from grader.harness.fault import HarnessFault
from grader.harness.line import Line
from grader.harness.upstream import ledger as module
from grader.harness.upstream.ledger import Ledger

pytestmark = pytest.mark.anyio

ARRIVED = {
    "event": "arrived",
    "upstream": "catalog",
    "connection": 1,
    "method": "GET",
    "target": "/a",
    "path": "/a",
    "headers": [],
    "body": "",
    "attempt": 1,
    "routed": True,
    "in_flight": 1,
    "gate": None,
    "at": 10.0,
}


class Process:
    """The other end of the line, steered by a test."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def tell(self, event: str, **details: Any) -> None:
        self._line.send({"event": event, **details})

    def arrive(self, number: int, **details: Any) -> None:
        self._line.send({**ARRIVED, "number": number, **details})

    async def obey(self, problem: str = "") -> dict[str, Any]:
        """Take one command, and say that it is done."""
        command = await self._line.receive()
        assert command
        self.tell("done", id=command["id"], problem=problem)
        return command

    async def die(self) -> None:
        await self._line.close()


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    here, there = socket.socketpair()
    with here, there:
        yield here, there


@pytest.fixture
async def process(ends: Any) -> AsyncIterator[Process]:
    with ends[1]:
        process = Process(await Line.open(ends[1]))
    yield process
    await process.die()


@pytest.fixture
async def ledger(ends: Any) -> AsyncIterator[Ledger]:
    ledger = Ledger(await Line.open(ends[0]))
    yield ledger
    await ledger.close()


async def commanded(ledger: Ledger, process: Process, problem: str = "") -> None:
    """A command is given, and done."""
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        group.create_task(ledger.command("sync"))
        group.create_task(process.obey(problem))


async def test_what_was_told_before_is_known_when_a_command_returns(ledger: Ledger, process: Process) -> None:
    """So whoever waits for a command knows all that had happened by then."""
    process.arrive(7)
    process.tell("accepted", upstream="catalog", connection=1)
    process.tell("passed", number=7, at=11.0)
    process.tell("ended", number=7, outcome="answered 200", at=12.0)
    await commanded(ledger, process)
    (call,) = ledger.calls
    assert (call.number, call.passed_at, call.outcome, call.ended_at) == (7, 11.0, "answered 200", 12.0)
    assert (ledger.accepts["catalog"], ledger.accepts["pricing"], ledger.news) == (1, 0, 4)


async def test_what_ends_of_an_earlier_check_is_nobodys_business(ledger: Ledger, process: Process) -> None:
    """Its calls are forgotten."""
    process.arrive(7)
    await commanded(ledger, process)
    ledger.clear()
    process.tell("passed", number=7, at=11.0)
    process.tell("ended", number=7, outcome="reset", at=12.0)
    await commanded(ledger, process)
    assert (ledger.calls, ledger.accepts.total()) == ([], 0)


async def test_what_cannot_be_done_is_the_graders_fault(ledger: Ledger, process: Process) -> None:
    """It says why, and the next command is given all the same."""
    with pytest.raises(ExceptionGroup) as caught:
        await commanded(ledger, process, problem="bind: port 9 is taken")
    assert caught.group_contains(HarnessFault, match="port 9 is taken")
    await commanded(ledger, process)


async def test_a_script_that_failed_is_a_fault_from_then_on(ledger: Ledger, process: Process) -> None:
    """Whoever waits or asks hears of it, until the next check; commands are done all the same."""
    known = ledger.news
    process.tell("failed", problem="catalog GET /a: KeyError: 'id'")
    process.tell("failed", problem="a consequence")
    with pytest.raises(HarnessFault, match="catalog GET /a: KeyError"):
        await ledger.change(known)
    with pytest.raises(ExceptionGroup) as caught:
        await commanded(ledger, process)
    assert caught.group_contains(HarnessFault, match="KeyError")
    ledger.clear()
    await commanded(ledger, process)


@pytest.mark.parametrize("way", ["dies", "talks nonsense"])
async def test_a_process_that_is_gone_is_a_fault_and_no_wait(ledger: Ledger, process: Process, way: str) -> None:
    """For those who wait already, and for those who ask later."""
    asking = asyncio.create_task(ledger.command("sync"))
    hearing = asyncio.create_task(ledger.change(ledger.news))
    await process._line.receive()
    if way == "dies":
        await process.die()
    else:
        process._line._writer.write(b"no JSON\n")
    async with asyncio.timeout(60):
        outcomes = await asyncio.gather(asking, hearing, return_exceptions=True)
        outcomes += await asyncio.gather(ledger.command("sync"), ledger.change(ledger.news), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [HarnessFault] * 4


async def test_no_news_is_missed(ledger: Ledger, process: Process) -> None:
    """What came between asking and waiting ends the wait at once, for each of several that wait."""
    known = ledger.news
    process.arrive(1)
    await commanded(ledger, process)
    async with asyncio.timeout(60):
        await ledger.change(known)
        waiting = [asyncio.create_task(ledger.change(ledger.news)) for _ in range(3)]
        process.arrive(2)
        await asyncio.gather(*waiting)
    assert ledger.news == known + 2


async def test_a_command_that_nobody_waits_for_any_more_harms_nobody(ledger: Ledger, process: Process) -> None:
    """A check may end in the midst of it."""
    asking = asyncio.create_task(ledger.command("sync"))
    await asyncio.sleep(0)
    asking.cancel()
    await process.obey()
    await commanded(ledger, process)
    assert ledger._answers == {}


@pytest.mark.parametrize("event", ["arrived", "accepted", "abused"])
async def test_who_floods_the_upstreams_is_known(
    ledger: Ledger, process: Process, monkeypatch: pytest.MonkeyPatch, event: str
) -> None:
    """By calls, by connections, or by what no client sends: it has no claim to time in this check."""
    monkeypatch.setattr(module, "MAX_CALLS", 2)
    details = {"arrived": ARRIVED, "accepted": {"upstream": "catalog", "connection": 1}}.get(event, {})
    assert not ledger.abused
    for number in range(2):
        process.tell(**{**details, "event": event, "number": number})
    await commanded(ledger, process)
    assert ledger.abused
    ledger.clear()
    assert not ledger.abused
