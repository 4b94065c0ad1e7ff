"""What checks use: routes, calls, faults, and a fresh start for each check."""

import socket
from typing import Any

import pytest

from grader.harness import Upstreams
from grader.harness.fault import HarnessFault
from grader.harness.upstream.script import answer, closed, no_answer
from grader.harness.upstream.service import UpstreamService
from grader.harness.upstream.stage import CLOSED
from grader.harness.upstream.upstreams import OVERSTAYED_SHARE

pytestmark = pytest.mark.anyio

OK = answer({})


async def test_each_upstream_has_its_own_routes_and_calls(upstreams: Upstreams, dial: Any, ports: list[int]) -> None:
    """The same path at two of them is two things."""
    await upstreams["catalog"].on("GET", "/a", OK)
    for port, status in zip(ports[:2], (200, 404), strict=True):
        assert (await (await dial(port)).ask("/a")).status == status
    calls = await upstreams.settled()
    assert [(call.upstream, call.target) for call in calls] == [("catalog", "/a")]
    assert (list(upstreams), len(upstreams), "pricing" in upstreams) == (["catalog", "pricing"], 2, True)
    with pytest.raises(KeyError):
        upstreams["nobody"]


async def test_calls_are_found_by_their_path(upstreams: Upstreams, dial: Any, ports: list[int]) -> None:
    """All that have a route; or those to a path, whether it has one or not."""
    await upstreams["catalog"].on("GET", "/items/{id}", answer(1), answer(2))
    caller = await dial(ports[0])
    for target in ("/items/a", "/items/b", "/items/a?x=1", "/none"):
        await caller.ask(target)
    await upstreams.settled()
    catalog = upstreams["catalog"]
    assert [call.target for call in catalog.calls()] == ["/items/a", "/items/b", "/items/a?x=1"]
    assert [call.target for call in catalog.calls("/items/a")] == ["/items/a", "/items/a?x=1"]
    assert [call.outcome for call in catalog.calls("/none")] == ["answered 404"]
    assert catalog.accepts == 1


async def test_attempts_are_told_apart_by_a_header(upstreams: Upstreams, dial: Any, ports: list[int]) -> None:
    """Calls of two requests for the same thing each begin with the first script."""
    await upstreams["catalog"].on("GET", "/a", answer(1), answer(2))
    await upstreams.tag("X-Request-ID")
    caller = await dial(ports[0])
    bodies = [(await caller.ask("/a", headers=f"X-Request-ID: {name}\n")).body for name in "aabb"]
    assert bodies == [b"1", b"2", b"1", b"2"]


async def test_the_peak_is_the_most_at_once(upstreams: Upstreams, dial: Any, ports: list[int]) -> None:
    """Over all upstreams, though they are over when it is asked."""
    for upstream in upstreams.values():
        await upstream.on("GET", "/a", OK)
    async with await upstreams.hold() as gate:
        callers = [await dial(port) for port in (ports[0], ports[1], ports[0])]
        for caller in callers:
            await caller.call("/a")
        await gate.arrived(3)
    for caller in callers:
        await caller.answer()
        await caller.ask("/a")
    await upstreams.settled()
    assert upstreams.peak == 3
    assert len({call.connection for call in upstreams.calls}) == 3


def connects(port: int) -> bool:
    """Whether a connection is accepted."""
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return False
    return True


async def test_down_lasts_as_long_as_the_block(upstreams: Upstreams, dial: Any, ports: list[int]) -> None:
    """Connections are refused, also for a client that had one. The other is up, and so is this one in the end."""
    idle = await dial(ports[0])
    await idle.ask("/")
    async with upstreams["catalog"].down():
        assert [connects(port) for port in ports[:2]] == [False, True]
        with pytest.raises(ConnectionResetError):
            await idle.rest()
    assert connects(ports[0])


async def test_down_is_over_however_the_block_is_left(upstreams: Upstreams, ports: list[int]) -> None:
    """The next check finds it up."""

    async def fails() -> None:
        async with upstreams["catalog"].down():
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails()
    assert connects(ports[0])


async def test_each_check_begins_anew(bound: UpstreamService, dial: Any, ports: list[int]) -> None:
    """Without routes, gates, tags, calls and accepts; a connection that stands is used on, and not counted."""
    async with bound.opened() as upstreams:
        caller, silent = await dial(ports[0]), await dial(ports[0])
        await upstreams["catalog"].on("GET", "/a", no_answer())
        await upstreams["catalog"].on("GET", "/b", OK)
        await upstreams.tag("x")
        assert (await caller.ask("/b")).status == 200
        gate = await upstreams.hold()
        await silent.call("/a")
        await gate.arrived()
        assert upstreams["catalog"].accepts == 2
    with pytest.raises(ConnectionResetError):
        await silent.rest()
    async with bound.opened() as upstreams:
        assert (await upstreams.settled(), upstreams["catalog"].accepts, upstreams.facts()) == ([], 0, [])
        await upstreams["catalog"].on("GET", "/a", OK)
        assert (await caller.ask("/a")).status == 200
        (call,) = await upstreams.settled()
        assert (call.attempt, call.in_flight, call.gate, upstreams["catalog"].accepts) == (1, 1, None, 0)


async def test_facts_are_of_all_calls(upstreams: Upstreams, dial: Any, ports: list[int]) -> None:
    """Also of those without a route; numbers and times count from the first."""
    await upstreams["catalog"].on("GET", "/a", closed())
    await (await dial(ports[0])).ask("/none")
    await (await dial(ports[0])).ask("/a")
    await upstreams.settled()
    facts = upstreams.facts()
    assert [(fact.number, fact.target, fact.outcome) for fact in facts] == [
        (1, "/none", "answered 404"),
        (2, "/a", "cut off"),
    ]
    assert facts[0].seconds == 0 <= facts[1].seconds


@pytest.mark.parametrize(
    ("share", "changes", "overstayed"),
    [
        pytest.param(OVERSTAYED_SHARE, {}, True, id="held for too long"),
        pytest.param(OVERSTAYED_SHARE / 2, {}, False, id="held for a while"),
        pytest.param(
            OVERSTAYED_SHARE, {"passed_at": 0.1, "ended_at": 99}, False, id="let through, and then answered late"
        ),
        pytest.param(OVERSTAYED_SHARE, {"outcome": CLOSED, "ended_at": 0.1}, False, id="given up soon"),
        pytest.param(OVERSTAYED_SHARE, {"gate": None}, False, id="never held"),
    ],
)
async def test_what_is_held_for_too_long_says_nothing(
    upstreams: Upstreams, dial: Any, ports: list[int], share: float, changes: dict[str, Any], overstayed: bool
) -> None:
    """The candidate may have given up by right; but only the time at a gate counts, not what a script takes."""
    upstreams.patience = 1000.0
    await upstreams["catalog"].on("GET", "/a", OK)
    async with await upstreams.hold() as gate:
        await (await dial(ports[0])).call("/a")
        (call,) = await gate.arrived()
        began = call.at
        call.at = began - 1000 * share
        for name, value in changes.items():
            setattr(call, name, call.at + value if name.endswith("_at") else value)
        assert upstreams.overstayed is overstayed
        upstreams._ledger._nonsense = True
        assert not upstreams.overstayed


async def test_a_script_that_fails_is_the_graders_fault(bound: UpstreamService, dial: Any, ports: list[int]) -> None:
    """Whoever asks what has happened hears of it, though the candidate saw nothing but a broken connection."""

    async def check() -> None:
        async with bound.opened() as upstreams:
            await upstreams["catalog"].on("GET", "/a", [["head", 200, []], ["dance"]])
            caller = await dial(ports[0])
            await caller.call("/a")
            with pytest.raises(ConnectionResetError):
                await caller.rest()
            await upstreams.settled()

    with pytest.raises(HarnessFault, match="catalog GET /a: ValueError: no such step"):
        await check()
    async with bound.opened() as upstreams:
        assert await upstreams.settled() == []


async def test_a_route_that_cannot_be_is_the_graders_fault(upstreams: Upstreams) -> None:
    """Known where it is set up."""
    with pytest.raises(HarnessFault, match="route"):
        await upstreams["catalog"].on("GET", "/{id}/{id}", OK)
    with pytest.raises(ValueError, match="at least one"):
        await upstreams["catalog"].on("GET", "/a")
