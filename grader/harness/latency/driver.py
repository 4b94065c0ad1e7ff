"""The open-loop driver: each request goes out at its instant, whether or not the ones before were answered.

A client that waits for an answer before it sends the next request hides every stall: while nothing is answered, nothing
is measured ("coordinated omission", Gil Tene, https://github.com/giltene/wrk2). So a latency counts from the instant at
which its request was due.
"""

import asyncio
import gc
import time
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Final

import aiohttp
from yarl import URL

from grader.harness.latency.block import Block, Prepared, Sample, Seen

BODY_BYTES: Final = 2 * 1024 * 1024
"""Of an answer; more is not read."""
READ_BYTES: Final = 64 * 1024
SPIN_SECONDS: Final = 0.002
"""Timers of event loops round up to a millisecond (epoll_wait(2) takes whole ones): the rest is waited for awake."""
LEAD_SECONDS: Final = 0.02
"""From the order to the first instant."""
TOO_LONG: Final = f"its body is longer than {BODY_BYTES} bytes"
UNANSWERED: Final = "no whole answer until the end of the block"


async def drive(block: Block, host: str, port: int) -> Seen:
    """Send a block, on connections that are kept alive within it and that nobody else uses.

    Args:
        block: what to send.
        host: IPv4 address of the application.
        port: its TCP port.
    """
    with _no_collection():
        async with _session(host, port) as session:
            return await _Run(block, session).run()


class _Run:
    """One block under way."""

    def __init__(self, block: Block, session: aiohttp.ClientSession) -> None:
        self._block = block
        self._session = session
        self._began = 0.0
        self._samples: dict[int, Sample] = {}
        self._outstanding: dict[asyncio.Task[None], int] = {}
        self._unsent = 0

    async def run(self) -> Seen:
        self._began = time.perf_counter() + LEAD_SECONDS
        for number in range(len(self._block.order)):
            await _until(self._began + number / self._block.rate)
            if len(self._outstanding) >= self._block.most:
                self._unsent += 1
            else:
                self._send(number)
        await self._rest()
        return Seen(tuple(self._samples[number] for number in sorted(self._samples)), self._unsent)

    def _send(self, number: int) -> None:
        task = asyncio.get_running_loop().create_task(self._ask(number))
        self._outstanding[task] = number
        task.add_done_callback(self._outstanding.pop)

    async def _rest(self) -> None:
        """Wait for what is outstanding as long as it counts, and give up what is left."""
        if self._outstanding:
            await asyncio.wait(list(self._outstanding), timeout=self._block.patience)
        left = list(self._outstanding)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _ask(self, number: int) -> None:
        """Send one, and note what became of it."""
        index, due, sent = self._block.order[number], number / self._block.rate, self._now()
        status: int | None = None
        headers: tuple[tuple[str, str], ...] = ()
        body, error = b"", ""
        try:
            async with _request(self._session, self._block.requests[index]) as response:
                status, headers = response.status, tuple(response.headers.items())
                body, error = await _body(response)
        except (aiohttp.ClientError, OSError, ValueError) as failure:
            error = f"{type(failure).__name__}: {failure}"
        except asyncio.CancelledError:
            error = UNANSWERED
        self._samples[number] = Sample(index, due, sent, self._now(), status, headers, body, error)

    def _now(self) -> float:
        return time.perf_counter() - self._began


def _session(host: str, port: int) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        f"http://{host}:{port}",
        connector=aiohttp.TCPConnector(limit=0),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),
        auto_decompress=False,
        trust_env=False,
        headers={"Accept-Encoding": "identity"},
    )


def _request(
    session: aiohttp.ClientSession, request: Prepared
) -> "AbstractAsyncContextManager[aiohttp.ClientResponse]":
    url = URL(request.target, encoded=True)
    return session.request(request.method, url, headers=list(request.headers), data=request.body, allow_redirects=False)


async def _body(response: aiohttp.ClientResponse) -> tuple[bytes, str]:
    """The body, and what is wrong with it."""
    body = bytearray()
    async for piece in response.content.iter_chunked(READ_BYTES):
        body += piece
        if len(body) > BODY_BYTES:
            return bytes(body[:BODY_BYTES]), TOO_LONG
    return bytes(body), ""


async def _until(instant: float) -> None:
    """Wait for an instant of the performance counter: asleep at first, awake for the last bit."""
    if (coarse := instant - time.perf_counter() - SPIN_SECONDS) > 0:
        await asyncio.sleep(coarse)
    while time.perf_counter() < instant:  # noqa: ASYNC110 - nothing tells of an instant
        await asyncio.sleep(0)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Collect garbage before, and not meanwhile: a collection would make the driver late."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
