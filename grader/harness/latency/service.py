"""The driver's process, from the harness's side."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from grader.harness.fault import HarnessFault
from grader.harness.latency.block import Block, Seen
from grader.harness.line import Line

STDERR = 2
"""Its descriptor: while checks run, `sys.stderr` is a buffer."""


class DriverService:
    """The process. It ends when this end of its socket pair is closed, at the latest with the harness.

    Args:
        host: IPv4 address of the application.
        port: its TCP port.
    """

    def __init__(self, host: str, port: int) -> None:
        self._address = {"host": host, "port": port}
        self._end, other = socket.socketpair()
        with other:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "grader.harness.latency", str(other.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=STDERR,
                pass_fds=[other.fileno()],
            )

    async def drive(self, block: Block) -> Seen:
        """Send a block; in any event loop, one at a time.

        Raises:
            HarnessFault: the process is gone.
        """
        line = await Line.open(self._end)
        try:
            line.send({**self._address, "block": block.as_json()})
            seen = await line.receive()
        finally:
            await line.close()
        if seen is None:
            raise HarnessFault("the latency driver has ended")
        return Seen.of(seen)

    def close(self) -> None:
        """End it."""
        self._end.close()
        self._process.wait()


@contextmanager
def driving(host: str, port: int) -> Iterator[DriverService]:
    """A driver's process while the block lasts."""
    service = DriverService(host, port)
    try:
        yield service
    finally:
        service.close()
