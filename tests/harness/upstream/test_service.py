"""The process: when its ports are bound, what it survives, and when it ends."""

import signal
import socket
import subprocess
import sys
from typing import Any

import pytest

from grader.harness.fault import HarnessFault
from grader.harness.upstream.script import answer
from grader.harness.upstream.service import UpstreamService, serving
from grader.harness.upstream.stage import MAX_CALLS

pytestmark = pytest.mark.anyio

HARNESS = """
import sys
from grader.harness.upstream.service import serving

with serving({"catalog": int(sys.argv[1])}):
    print("bound", flush=True)
    sys.stdin.read()
"""


def accepts(port: int) -> bool:
    """Whether somebody listens there."""
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return False
    return True


def pid(service: Any) -> int:
    """Of its process."""
    number: int = service._process.pid
    return number


def test_ports_are_bound_while_the_block_lasts(ports: list[int]) -> None:
    """From its first instruction on; afterwards anybody can have them."""
    with serving({"catalog": ports[0], "pricing": ports[1]}):
        assert [accepts(port) for port in ports[:2]] == [True, True]
    for port in ports[:2]:
        socket.create_server(("127.0.0.1", port)).close()


def test_jobs_share_a_process(ports: list[int]) -> None:
    """It starts once; without upstreams there is none to be had."""
    with serving({}) as none:
        assert none is None
    pids = []
    for port in ports[:2]:
        with serving({"catalog": port}) as service:
            pids.append(pid(service))
            assert service.names == ("catalog",)
    assert pids[0] == pids[1]


def test_a_process_that_has_ended_is_replaced(ports: list[int]) -> None:
    """The next job has another; what has ended under a job ends quietly."""
    with serving({"catalog": ports[0]}) as service:
        service._process.kill()
        service._process.wait()
    with serving({"catalog": ports[0]}) as other:
        assert (other is service, accepts(ports[0])) == (False, True)


def test_a_port_that_is_taken_is_a_fault(ports: list[int]) -> None:
    """The grader's own; the next job finds the process as before."""
    with (
        socket.create_server(("127.0.0.1", ports[1])),
        pytest.raises(HarnessFault, match="in use"),
        serving({"catalog": ports[0], "pricing": ports[1]}),
    ):
        pytest.fail("it must not begin")
    with serving({"catalog": ports[0], "pricing": ports[1]}):
        assert [accepts(port) for port in ports[:2]] == [True, True]


@pytest.mark.parametrize("way", ["its input ends", "it is killed"])
def test_it_ends_with_the_harness(ports: list[int], way: str) -> None:
    """However the harness ends: nobody has to end the process, and its port is free."""
    command = [sys.executable, "-c", HARNESS, str(ports[0])]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as harness:  # type: ignore[call-overload]
        assert harness.stdout.readline() == b"bound\n"
        if way == "it is killed":
            harness.send_signal(signal.SIGKILL)
        else:
            harness.stdin.close()
        # The process writes to the same standard error: its end is the end of both.
        assert harness.stderr.read() == b""
    socket.create_server(("127.0.0.1", ports[0])).close()


async def test_a_process_that_dies_under_a_check_is_a_fault(ports: list[int]) -> None:
    """At once, and not when the check's time is up."""
    service = UpstreamService()

    async def check() -> None:
        async with service.opened() as upstreams:
            service._process.kill()
            while True:
                await upstreams.settled()

    with pytest.raises(HarnessFault, match="gone"):
        await check()
    service.close()
    assert not service.runs
    assert not accepts(ports[0])


async def test_it_survives_a_flood(bound: UpstreamService, dial: Any, ports: list[int]) -> None:
    """More calls than are recorded, on one connection, without a pause; the next check is like any other."""
    count = MAX_CALLS + 50
    async with bound.opened() as upstreams:
        await upstreams["catalog"].on("GET", "/a", answer({}))
        caller = await dial(ports[0])
        await caller.call("/a", headers="X: first\n")
        for _ in range(0, count, 50):
            await caller.send(b"GET /a HTTP/1.1\r\nhost: x\r\n\r\n" * 50)
        await caller.call("/last", headers="Connection: close\n")
        assert (await caller.rest()).count(b"HTTP/1.1 200") == count + 1
        calls = await upstreams.settled()
        assert (len(calls), upstreams.peak, upstreams._ledger.abused) == (MAX_CALLS, 1, True)
    async with bound.opened() as upstreams:
        await upstreams["catalog"].on("GET", "/a", answer({}))
        assert (await (await dial(ports[0])).ask("/a")).status == 200
        assert (len(await upstreams.settled()), upstreams._ledger.abused) == (1, False)


async def test_what_comes_between_checks_is_not_the_next_ones(
    bound: UpstreamService, dial: Any, ports: list[int]
) -> None:
    """Calls of megabytes, while nobody listens, leave nothing on the line that the next check would trip over."""
    caller = await dial(ports[0])
    for _ in range(3):
        async with bound.opened() as upstreams:
            assert await upstreams.settled() == []
        assert (await caller.ask("/late", method="POST", body=b"\xff" * 3_000_000)).status == 404


def test_nothing_of_a_check_is_left(bound: UpstreamService) -> None:
    """No descriptor for each: a kept harness runs thousands."""
    import asyncio  # noqa: PLC0415 - only here
    import os  # noqa: PLC0415

    async def check() -> None:
        async with bound.opened() as upstreams:
            await upstreams.settled()

    def descriptors() -> int:
        return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0  # noqa: PTH112, PTH208

    asyncio.run(check())
    before = descriptors()
    for _ in range(5):
        asyncio.run(check())
    assert descriptors() == before
