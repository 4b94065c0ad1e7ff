"""Ports: bound, refused, bound again, and never anybody else's."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from grader.harness.upstream import listeners as module
from grader.harness.upstream.script import answer, no_answer
from grader.harness.upstream.stage import CLOSED

pytestmark = pytest.mark.anyio


def refused(port: int) -> bool:
    """Whether a connection is refused (ECONNREFUSED)."""
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return True
    return False


def others_can_have(port: int) -> bool:
    """Whether somebody else can listen there. Another user cannot share it, whoever asks so (SO_REUSEPORT)."""
    for reuse in (0, 1):
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, reuse)
            try:
                other.bind(("127.0.0.1", port))
                other.listen()
            except OSError:
                continue
            return True
    return False


async def turns_until(so: Callable[[], bool]) -> None:
    """Let the loop turn until it is so."""
    async with asyncio.timeout(60):
        while not so():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0)


async def test_a_port_that_is_up_is_nobody_elses(stand: Any) -> None:
    """From the moment that it is bound."""
    assert not refused(stand.port)
    assert not others_can_have(stand.port)


async def test_down_is_refused_and_still_nobody_elses(stand: Any, connect: Any) -> None:
    """As often as one likes; connections that stand are reset, those that wait for a call as well."""
    stand.route("/items/a", answer({}))
    for _ in range(3):
        idle = await connect()
        assert (await idle.ask("/items/a")).status == 200
        await stand.listeners.down("catalog")
        assert refused(stand.port)
        assert not others_can_have(stand.port)
        with pytest.raises(ConnectionResetError):
            await idle.rest()
        await stand.listeners.up("catalog")
        assert not others_can_have(stand.port)
        assert (await (await connect()).ask("/items/a")).status == 200


async def test_going_down_ends_what_is_in_flight(stand: Any, connect: Any) -> None:
    """It is not the caller that has given it up, and it counts no more."""
    stand.route("/items/a", no_answer())
    caller = await connect()
    await caller.call("/items/a")
    await stand.until("arrived")
    await stand.listeners.down("catalog")
    assert stand.outcomes() == ["reset"] != [CLOSED]
    assert stand.stage._in_flight == []


async def test_what_was_accepted_a_moment_before_going_down_is_not_served(stand: Any) -> None:
    """The loop accepts in one turn, and hands over in a later one."""
    stand.route("/items/a", answer({}))
    with socket.create_connection(("127.0.0.1", stand.port)) as late:
        late.sendall(b"GET /items/a HTTP/1.1\r\nhost: x\r\n\r\n")
        await turns_until(lambda: bool(stand.told("accepted")))
        await stand.listeners.down("catalog")
        late.settimeout(10)
        with pytest.raises(ConnectionResetError):
            await asyncio.to_thread(late.recv, 1)
    assert stand.told("arrived") == []
    assert stand.listeners._open == set()


async def test_one_upstream_goes_down_alone(stand: Any, ports: list[int], dial: Any) -> None:
    """The others' connections stand."""
    await stand.listeners.bind({"catalog": ports[0], "pricing": ports[1]})
    pricing = await dial(ports[1])
    await stand.listeners.down("catalog")
    assert (await pricing.ask("/none")).status == 404
    await stand.listeners.up("catalog")
    await stand.listeners.up("catalog")
    assert not refused(ports[0])


@pytest.mark.parametrize("do", ["up", "down"])
async def test_an_unknown_upstream_is_said(stand: Any, do: str) -> None:
    """A wrong name is the pack's fault."""
    with pytest.raises(KeyError):
        await getattr(stand.listeners, do)("nobody")


async def test_binding_anew_gives_up_what_was_bound(stand: Any, ports: list[int], connect: Any) -> None:
    """Another job has other ports, or none; connections of before are gone."""
    before = await connect()
    await stand.listeners.bind({"pricing": ports[1]})
    with pytest.raises(ConnectionResetError):
        await before.ask("/none")
    assert (others_can_have(ports[0]), refused(ports[1])) == (True, False)
    await stand.listeners.bind({})
    assert [others_can_have(port) for port in ports[:2]] == [True, True]


async def test_a_port_that_is_taken_is_said(stand: Any, ports: list[int]) -> None:
    """And nothing of the attempt is left once the next one is made."""
    with socket.create_server(("127.0.0.1", ports[1])), pytest.raises(OSError, match="in use"):
        await stand.listeners.bind({"catalog": ports[0], "pricing": ports[1]})
    await stand.listeners.bind({"catalog": ports[0], "pricing": ports[1]})
    assert not refused(ports[1])


async def test_a_port_whose_connections_linger_can_be_had(stand: Any, connect: Any) -> None:
    """Those that this side closed first stay for a minute (TIME_WAIT), also under an earlier owner."""
    await (await connect()).call("/none", headers="Connection: close\n")
    await stand.until("ended")
    for _ in range(2):
        await stand.listeners.bind({"catalog": stand.port})
        assert not refused(stand.port)


async def test_open_connections_are_bounded(stand: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever never closes any has what is beyond reset, and is counted; then others are served again."""
    monkeypatch.setattr(module, "MAX_OPEN", 3)
    with ExitStack() as stack:
        for _ in range(6):
            stack.enter_context(socket.create_connection(("127.0.0.1", stand.port)))
        await stand.until("accepted", 6)
        await turns_until(lambda: len(stand.listeners._open) == 3)
    await turns_until(lambda: not stand.listeners._open)


async def test_answers_are_sent_at_once(stand: Any, connect: Any) -> None:
    """Else the kernel holds a body back until its head is acknowledged (Nagle), and who keeps connections is slowed."""
    await (await connect()).ask("/")
    (connection,) = stand.listeners._open
    assert connection._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_connections_have_numbers_of_their_own(stand: Any, ports: list[int], dial: Any) -> None:
    """Over all upstreams, in the order in which they were accepted."""
    await stand.listeners.bind({"catalog": ports[0], "pricing": ports[1]})
    for port in (ports[0], ports[1], ports[0]):
        await (await dial(port)).ask("/")
    assert [(one["upstream"], one["connection"]) for one in stand.told("accepted")] == [
        ("catalog", 1),
        ("pricing", 2),
        ("catalog", 3),
    ]
