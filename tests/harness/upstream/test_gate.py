"""Calls that wait until something else has happened; the caller here is the candidate."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from grader.harness import Mismatch, Reply, Upstreams
from grader.harness.mismatch import Missed
from grader.harness.upstream import gate as module
from grader.harness.upstream.script import answer
from grader.harness.upstream.stage import CLOSED
from grader.harness.upstream.waiting import sending
from grader.verdicts import Exchange, Look

pytestmark = pytest.mark.anyio

REPLY = Reply(200, httpx.Headers(), b"", Exchange(method="GET", url="/"))
PATIENCE = 30.0
"""Seconds; what is missed is known long before, since the candidate sleeps."""


@pytest.fixture
async def catalog(upstreams: Upstreams) -> Any:
    """An upstream with any item."""
    upstreams.patience = PATIENCE
    await upstreams["catalog"].on("GET", "/items/{id}", answer({}))
    return upstreams["catalog"]


Call = Callable[..., Awaitable[Any]]


@pytest.fixture
def call(dial: Any, ports: list[int]) -> Call:
    """Sends a call on a connection of its own, which is returned."""

    async def called(target: str = "/items/a") -> Any:
        caller = await dial(ports[0])
        await caller.call(target)
        return caller

    return called


async def never() -> Reply:
    await asyncio.get_running_loop().create_future()
    return REPLY


async def replied() -> Reply:
    return REPLY


async def test_what_is_held_waits_until_it_is_released(upstreams: Upstreams, catalog: Any, call: Call) -> None:
    """In the order of its coming; other paths are answered meanwhile."""
    async with await upstreams.hold(catalog.at("/items/a"), catalog.at("/items/b")) as gate:
        callers = []
        for count, target in enumerate(("/items/a", "/items/b", "/items/a?again"), 1):
            callers.append(await call(target))
            await gate.arrived(count)
        assert (await (await call("/items/c")).answer()).status == 200
        assert [one.target for one in gate.held] == ["/items/a", "/items/b", "/items/a?again"]
        await gate.release(1)
        assert (await callers[0].answer()).status == 200
        await upstreams.settled()
        assert [one.target for one in gate.held] == ["/items/b", "/items/a?again"]
    assert [(await caller.answer()).status for caller in callers[1:]] == [200, 200]
    assert (gate.held, len(gate.calls)) == ([], 3)


async def test_a_gate_that_expects_calls_opens_by_itself(upstreams: Upstreams, catalog: Any, call: Call) -> None:
    """Once so many wait at once; nobody has to be there."""
    gate = await upstreams.expect_concurrent(2, catalog)
    first = await call("/items/a")
    await gate.arrived(1)
    second = await call("/items/b")
    assert [(await caller.answer()).status for caller in (first, second)] == [200, 200]
    assert len(await gate.arrived(2)) == 2
    assert upstreams.peak == 2


async def test_a_request_that_is_answered_first_is_a_mismatch_at_once(
    upstreams: Upstreams, catalog: Any, call: Call
) -> None:
    """Without a clock: nothing more will come, however busy the machine is."""
    async with await upstreams.hold(catalog) as gate, sending(replied()) as [one]:
        await call()
        with pytest.raises(Mismatch) as caught:
            await gate.arrived(2, of=one, expected="two at once")
    assert not isinstance(caught.value, Missed)
    assert caught.value.got == "it was answered with 200 before that: 1 came: catalog GET /items/a (held)"


@pytest.mark.usefixtures("hasty")
async def test_calls_one_after_another_are_not_at_once(
    upstreams: Upstreams, catalog: Any, call: Call, looks: Any
) -> None:
    """Though each is given up before the next one comes, and many have come in the end."""
    looks.answer = Look(asleep=True)
    async with await upstreams.expect_concurrent(2, catalog) as gate:
        for count in range(1, 4):
            await (await call()).leave()
            while [one.outcome for one in gate.calls] != [CLOSED] * count:
                await upstreams.settled()
        await call()
        with pytest.raises(Missed) as caught:
            await gate.arrived(2)
        assert len(gate.held) == 1
    assert caught.value.served


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    ("look", "served"), [(Look(asleep=True), True), (Look(asleep=False, cpu_seconds=0), False), (None, True)]
)
async def test_what_does_not_come_is_missed(
    upstreams: Upstreams, catalog: Any, call: Call, looks: Any, look: Look | None, served: bool
) -> None:
    """It counts if the candidate sleeps; if it is awake, the machine may be too busy for it."""
    looks.answer, upstreams.patience = look, 0.5
    async with await upstreams.hold(catalog) as gate, sending(never()) as [one]:
        await call()
        with pytest.raises(Missed) as caught:
            await gate.arrived(2, of=one)
    assert (caught.value.served, caught.value.expected) == (served, "2 calls to upstreams at once")


async def test_settling_ends_once_all_have_come(upstreams: Upstreams, catalog: Any, call: Call) -> None:
    """The last of them is not waited after."""
    async with await upstreams.hold(catalog) as gate:
        async with asyncio.TaskGroup() as group:
            group.create_task(gate.settle(3))
            for _ in range(3):
                await call()
        assert len(gate.calls) == 3


@pytest.mark.parametrize(("patience", "rounds"), [(PATIENCE, 2), (0.1, 10**9)], ids=["quiet", "time is up"])
async def test_settling_ends_by_itself(
    upstreams: Upstreams, catalog: Any, call: Call, monkeypatch: pytest.MonkeyPatch, patience: float, rounds: int
) -> None:
    """Once it is quiet; and however calls trickle in, before the first was held too long."""
    monkeypatch.setattr(module, "SETTLED_AFTER", rounds)
    upstreams.patience = patience
    async with await upstreams.hold(catalog) as gate:
        await call()
        await upstreams.settled()
        async with asyncio.timeout(60):
            await gate.settle(2)


@pytest.mark.usefixtures("hasty")
async def test_a_call_that_is_given_up_is_seen(upstreams: Upstreams, catalog: Any, call: Call, looks: Any) -> None:
    """While it waits at a gate, where nothing is sent that could fail."""
    looks.answer = Look(asleep=True)
    async with await upstreams.hold(catalog) as gate:
        callers = [await call(), await call()]
        await gate.arrived(2)
        await callers[0].leave()
        with pytest.raises(Missed) as caught:
            await gate.given_up()
        await callers[1].leave()
        await gate.given_up()
    assert caught.value.got == "1 held: catalog GET /items/a (held)"
    assert [one.given_up for one in gate.calls] == [True, True]


@pytest.mark.usefixtures("hasty")
async def test_something_is_answered_meanwhile_or_it_is_missed(
    upstreams: Upstreams, catalog: Any, call: Call, looks: Any
) -> None:
    """Its reply comes back; what is not answered is given up."""
    looks.answer = Look(asleep=True)
    ended = asyncio.Event()

    async def hangs() -> Reply:
        try:
            return await never()
        finally:
            ended.set()

    async def fails() -> Reply:
        raise Mismatch("status 200", "status 500")

    async with await upstreams.hold(catalog) as gate:
        with pytest.raises(Missed) as early:
            await gate.meanwhile(hangs(), "health")
        await call()
        await gate.arrived()
        assert await gate.meanwhile(replied(), "health") is REPLY
        with pytest.raises(Missed) as caught:
            await gate.meanwhile(hangs(), "health")
        with pytest.raises(Mismatch, match="500"):
            await gate.meanwhile(fails(), "health")
        assert ended.is_set()
    assert early.value.got == "no answer before the gate is opened"
    assert caught.value.got == "no answer while this is held: 1 held: catalog GET /items/a (held)"


async def test_no_more_arrive_while_a_control_is_answered(upstreams: Upstreams, catalog: Any, call: Call) -> None:
    """Each answer is an occasion for what must not come."""
    async with await upstreams.hold(catalog) as gate:
        await call()
        await gate.arrived()
        controls: list[int] = []

        async def control() -> Reply:
            controls.append(1)
            if len(controls) == 6:
                await call()
                await gate.arrived(2)  # or it is seen with the next control
            return REPLY

        await gate.never_arrives(1, control=control, times=5)
        with pytest.raises(Mismatch) as caught:
            await gate.never_arrives(1, control=control)
    assert (len(controls), caught.value.expected) == (6, "at most 1 calls to upstreams")


@pytest.mark.usefixtures("hasty")
async def test_a_control_that_is_not_answered_is_missed(
    upstreams: Upstreams, catalog: Any, call: Call, looks: Any
) -> None:
    """A candidate cannot buy time by a slow answer to it: what is held must not be held for too long."""
    looks.answer = Look(asleep=True)
    async with await upstreams.hold(catalog) as gate:
        await call()
        await gate.arrived()
        with pytest.raises(Missed, match="needs no upstream"):
            await gate.never_arrives(1, control=never)
    assert not upstreams.overstayed


async def test_leaving_opens_it(upstreams: Upstreams, catalog: Any, call: Call) -> None:
    """However it is left, nobody is held for ever."""
    callers = []

    async def fails() -> None:
        async with await upstreams.hold(catalog) as gate:
            callers.append(await call())
            await gate.arrived()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails()
    assert (await callers[0].answer()).status == 200


def test_calls_are_listed_for_people() -> None:
    """So many, and the first of them."""
    calls: Any = list(range(14))
    assert module.listed([], "came") == "0 came"
    assert module.listed(calls[:2], "came") == "2 came: 0, 1"
    assert module.listed(calls, "held") == "14 held: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 …"
