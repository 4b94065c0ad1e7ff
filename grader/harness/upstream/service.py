"""The process that plays upstreams, from the harness's side: it is started once, and bound to the ports of each job."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from grader.harness.line import Line
from grader.harness.upstream.control import Looking, nobody_looks
from grader.harness.upstream.ledger import Ledger
from grader.harness.upstream.upstreams import Upstreams


class UpstreamService:
    """The process. It ends when this end of its socket pair is closed, at the latest with the harness.

    Attributes:
        names: of the upstreams that it plays now.
    """

    def __init__(self) -> None:
        self.names: tuple[str, ...] = ()
        self._end, other = socket.socketpair()
        with other:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "grader.harness.upstream", str(other.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=sys.stderr,
                pass_fds=[other.fileno()],
            )

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def bind(self, ports: Mapping[str, int]) -> None:
        """Take ports of 127.0.0.1, name → port; none gives up those of before.

        Raises:
            HarnessFault: one cannot be had, or the process is gone.
        """
        asyncio.run(self._once("bind", ports=dict(ports)))
        self.names = tuple(ports)

    @asynccontextmanager
    async def opened(self, look: Looking = nobody_looks) -> AsyncIterator[Upstreams]:
        """The upstreams for one check, in its event loop. Nothing of it is left on leaving.

        Args:
            look: asks the host what the candidate is doing.
        """
        async with self._ledger() as ledger:
            upstreams = Upstreams(self.names, ledger, look)
            await upstreams.reset()
            try:
                yield upstreams
            finally:
                await ledger.command("rest")

    def close(self) -> None:
        """End it."""
        self._end.close()
        self._process.wait()

    @asynccontextmanager
    async def _ledger(self) -> AsyncIterator[Ledger]:
        ledger = Ledger(await Line.open(self._end))
        try:
            yield ledger
        finally:
            await ledger.close()

    async def _once(self, do: str, **details: Any) -> None:
        async with self._ledger() as ledger:
            await ledger.command(do, **details)


_kept: list[UpstreamService] = []
"""The process of this harness, once there is one: a harness that takes job after job starts it once."""


@contextmanager
def serving(ports: Mapping[str, int]) -> Iterator[UpstreamService | None]:
    """Upstreams at these ports while the block lasts; None where there are none.

    Args:
        ports: name → TCP port on 127.0.0.1. All are bound on entering.

    Raises:
        HarnessFault: a port cannot be had, or the process does not run.
    """
    if not ports:
        yield None
        return
    service = _service()
    service.bind(ports)
    try:
        yield service
    finally:
        if service.runs:
            service.bind({})


def _service() -> UpstreamService:
    if _kept and not _kept[0].runs:
        _kept.pop().close()
    if not _kept:
        _kept.append(UpstreamService())
    return _kept[0]
