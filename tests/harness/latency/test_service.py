"""The driver's process, as the harness has it."""

import asyncio
import os
import signal
import socket

import pytest

from grader.harness.fault import HarnessFault
from grader.harness.latency.block import Block, Prepared
from grader.harness.latency.service import driving

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
BLOCK = Block((Prepared("GET", "/"),), (0, 0, 0), 100.0, 5.0, 10)


def test_blocks_are_driven_one_after_another_in_any_event_loop() -> None:
    """A check has a loop of its own, the process outlives it."""

    async def work() -> list[int | None]:
        async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while await reader.readline():
                await reader.readuntil(b"\r\n\r\n")
                writer.write(OK)
            writer.close()

        server = await asyncio.start_server(take, "127.0.0.1", port)
        async with server:
            seen = await service.drive(BLOCK)
        return [sample.status for sample in seen.samples]

    with driving("127.0.0.1", port := _free_port()) as service:
        assert [asyncio.run(work()) for _ in range(2)] == [[200] * 3] * 2


def test_a_driver_that_has_ended_is_no_fault_of_the_candidate() -> None:
    """Whoever has killed it."""
    with driving("127.0.0.1", 9) as service:
        os.kill(service._process.pid, signal.SIGKILL)
        service._process.wait()
        with pytest.raises(HarnessFault, match="driver has ended"):
            asyncio.run(service.drive(BLOCK))


def test_nothing_is_left_of_it() -> None:
    """It ends with its end of the line."""
    with driving("127.0.0.1", 9) as service:
        process = service._process
        assert process.poll() is None
    assert process.poll() == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
