"""The open-loop driver: each request goes out at its instant, whether or not the ones before were answered.

A client that waits for an answer before it sends the next request hides every stall: while nothing is answered, nothing
is measured ("coordinated omission", Gil Tene, https://github.com/giltene/wrk2). So a latency counts from the instant at
which its request was due.
"""

import asyncio
import functools
import gc
import time
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Final

import aiohttp
from aiohttp.client_proto import ResponseHandler
from yarl import URL

from grader.harness.latency.block import Block, Prepared, Sample, Seen

BODY_BYTES: Final = 2 * 1024 * 1024
"""Of an answer; more is not read."""
BLOCK_BYTES: Final = 4 * 1024 * 1024
"""Of all that is received in a block, and `ANSWER_BYTES` more for each request: a flood would make the driver late, and
a late driver tells nothing of an application."""
ANSWER_BYTES: Final = 32 * 1024
ARRIVAL_BYTES: Final = 1024
"""What an arrival counts for besides its bytes: a body that is sent byte by byte takes the driver as long."""
PIECES: Final = 200
"""Chunks of a body; each takes the driver's time, however small it is."""
SPIN_SECONDS: Final = 0.002
"""Timers of event loops round up to a millisecond (epoll_wait(2) takes whole ones): the rest is waited for awake."""
LEAD_SECONDS: Final = 0.02
"""From the order to the first instant."""
TOO_LONG: Final = f"its body is longer than {BODY_BYTES} bytes"
TOO_MUCH: Final = "more has come, or in smaller pieces, than all answers of a block need"
TOO_MANY: Final = f"its body is cut into more than {PIECES} chunks"
UNANSWERED: Final = "no whole answer until the end of the block"


async def drive(block: Block, host: str, port: int) -> Seen:
    """Send a block, on connections that are kept alive within it and that nobody else uses.

    Args:
        block: what to send.
        host: IPv4 address of the application.
        port: its TCP port.
    """
    meter = _Meter(BLOCK_BYTES + ANSWER_BYTES * len(block.order))
    with _no_collection():
        async with _session(host, port, meter) as session:
            return await _Run(block, session, meter).run()


class _Meter:
    """How many bytes may still come, on all connections of a block together."""

    def __init__(self, allowed: int) -> None:
        self._left = allowed

    def count(self, data: bytes) -> None:
        self._left -= len(data) + ARRIVAL_BYTES

    @property
    def passed(self) -> bool:
        return self._left < 0


class _Metered(ResponseHandler):
    """A connection that ends once the meter has passed, whatever the bytes are: bodies, heads, interim responses."""

    def __init__(self, loop: asyncio.AbstractEventLoop, meter: _Meter) -> None:
        super().__init__(loop=loop)
        self._meter = meter

    def data_received(self, data: bytes) -> None:
        self._meter.count(data)
        if not self._meter.passed:
            super().data_received(data)
        elif self.transport:
            self.transport.abort()


class _Run:
    """One block under way."""

    def __init__(self, block: Block, session: aiohttp.ClientSession, meter: _Meter) -> None:
        self._block = block
        self._session = session
        self._meter = meter
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
        body, error, broken = b"", "", False
        try:
            async with _request(self._session, self._block.requests[index]) as response:
                status, headers = response.status, tuple(response.headers.items())
                body = await _body(response)
        except asyncio.CancelledError:
            error = UNANSWERED
        except Exception as failure:  # noqa: BLE001 - whatever the client raises here, the server's bytes made it so
            error, broken = self._why(failure)
        self._samples[number] = Sample(index, due, sent, self._now(), status, headers, body, error, broken)

    def _why(self, failure: Exception) -> tuple[str, bool]:
        """What is wrong, and whether that is certain: a connection that is lost may be one too many for a slow one."""
        if self._meter.passed:
            return TOO_MUCH, True
        lost = isinstance(failure, OSError | aiohttp.ClientConnectionError)
        return _in_words(failure), not lost

    def _now(self) -> float:
        return time.perf_counter() - self._began


def _session(host: str, port: int, meter: _Meter) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(limit=0)
    # It has no parameter for this.
    connector._factory = functools.partial(_Metered, loop=asyncio.get_running_loop(), meter=meter)  # type: ignore[assignment]  # noqa: SLF001
    return aiohttp.ClientSession(
        f"http://{host}:{port}",
        connector=connector,
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


async def _body(response: aiohttp.ClientResponse) -> bytes:
    body, pieces = bytearray(), 0
    async for piece, ends in response.content.iter_chunks():
        body += piece
        pieces += ends
        if len(body) > BODY_BYTES:
            raise ValueError(TOO_LONG)
        if pieces > PIECES:
            raise ValueError(TOO_MANY)
    return bytes(body)


def _in_words(failure: Exception) -> str:
    match failure:
        case aiohttp.ClientResponseError(message=message):
            return f"malformed HTTP: {' '.join(message.split())}"
        case aiohttp.ClientPayloadError():
            return f"malformed HTTP: {failure}"
        case ValueError():
            return str(failure)
    return f"{type(failure).__name__}: {failure}"


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
