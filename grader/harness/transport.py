"""The guarded transport: one connection a request, everything bounded by a deadline, nothing trusted.

No redirects, cookies, proxies or decompression: there is no code here that could follow, keep or inflate anything.
"""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass, field
from enum import StrEnum

from grader.harness.dial import dial
from grader.harness.request import Outgoing
from grader.harness.wire import (
    READ_BYTES,
    Allowance,
    ConnectionEnded,
    Limits,
    ResponseReader,
    WireError,
    in_words,
    serialize,
)

Clock = Callable[[], float]
Stilled = Callable[[], AbstractAsyncContextManager[None]]


class Broken(StrEnum):
    """In which way a request got no response."""

    LOST = "lost"
    """Refused, reset or closed: the process may be gone."""
    MALFORMED = "malformed"
    """What came is no HTTP response, or one beyond the limits."""
    DEADLINE = "deadline"
    """It was not whole in time."""
    HELD = "held"
    """It was never completed, because another of its burst failed first."""


@dataclass(slots=True)
class Outcome:
    """What became of one request.

    Attributes:
        outgoing: the request.
        since: when it began, in seconds of the transport's clock.
        until: when it ended, likewise.
        status: None if no status arrived.
        headers: what arrived of them.
        body: what arrived of it.
        broken: why there is no whole response; None if there is one.
        error: the same in words.
    """

    outgoing: Outgoing
    since: float
    until: float = 0.0
    status: int | None = None
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    broken: Broken | None = None
    error: str = ""


GivenUp = Callable[[Outcome], object]
ReadUntil = Callable[[bytes], Coroutine[None, None, Outcome]]


class GuardedTransport:
    """Sends requests to one address.

    Args:
        host: IPv4 address.
        port: TCP port.
        limits: what a response may be, and all responses of one transport together.
        clock: seconds; injectable for tests.
    """

    def __init__(self, host: str, port: int, limits: Limits | None = None, clock: Clock = time.monotonic) -> None:
        self._host = host
        self._port = port
        self._limits = limits or Limits()
        self._allowance = Allowance(self._limits)
        self._clock = clock

    async def exchange(self, outgoing: Outgoing, seconds: float, given_up: GivenUp) -> Outcome:
        """Send one request and read its response.

        Args:
            outgoing: the request.
            seconds: until the whole response must be there.
            given_up: told what there is if the check is ended meanwhile.
        """
        call = self._call(outgoing, seconds)
        with _in_flight([call], given_up):
            await call.step(call.open)
            await call.step(call.send_all)
            await call.step(call.receive)
        return call.outcome

    async def burst(
        self, outgoings: Sequence[Outgoing], seconds: float, given_up: GivenUp, stilled: Stilled = nullcontext
    ) -> list[Outcome]:
        """Send requests at once: all but the last byte of each first, then all last bytes without a pause between.

        If a connection cannot be opened or filled, none is completed and the others are `Broken.HELD`.

        Args:
            outgoings: the requests.
            seconds: until all whole responses must be there.
            given_up: told what there is of each if the check is ended meanwhile.
            stilled: the application stands still while its context lasts, which is while the last bytes are sent.

        Returns:
            The outcomes in the order of the requests.
        """
        calls = [self._call(outgoing, seconds) for outgoing in outgoings]
        with _in_flight(calls, given_up):
            await _together(call.step(call.open) for call in calls)
            await _together(call.step(call.send_held) for call in calls)
            if any(call.outcome.broken for call in calls):
                for call in calls:
                    call.hold()
            async with stilled():
                for call in calls:
                    call.release()
            await _together(call.step(call.receive) for call in calls)
        return [call.outcome for call in calls]

    @asynccontextmanager
    async def stream(self, outgoing: Outgoing, seconds: float, given_up: GivenUp) -> AsyncIterator["ReadUntil"]:
        """Send one request; its response is read piece by piece while the block lasts.

        Args:
            outgoing: the request.
            seconds: until the last piece must be there.
            given_up: told what there is if the check is ended meanwhile.

        Yields:
            A function that reads on until the body holds some bytes, or ends, and gives the outcome so far.
        """
        call = self._call(outgoing, seconds)

        async def until(wanted: bytes) -> Outcome:
            with _told([call], given_up):
                await call.step(lambda: call.receive(wanted))
            return call.outcome

        with _in_flight([call], given_up):
            await call.step(call.open)
            await call.step(call.send_all)
            yield until

    def _call(self, outgoing: Outgoing, seconds: float) -> "_Call":
        reading = serialize(outgoing, self._limits, self._allowance)
        return _Call(outgoing, (self._host, self._port), reading, self._clock, seconds)


@contextmanager
def _in_flight(calls: "Sequence[_Call]", given_up: GivenUp) -> Iterator[None]:
    try:
        with _told(calls, given_up):
            yield
    finally:
        for call in calls:
            call.close()


@contextmanager
def _told(calls: "Sequence[_Call]", given_up: GivenUp) -> Iterator[None]:
    try:
        yield
    except asyncio.CancelledError:
        for call in calls:
            if call.give_up():
                given_up(call.outcome)
        raise


async def _together(steps: Iterable[Coroutine[None, None, None]]) -> None:
    async with asyncio.TaskGroup() as group:
        for step in steps:
            group.create_task(step)


class _Call:
    """One request in flight, in steps; once a step fails, the later ones do nothing."""

    def __init__(
        self,
        outgoing: Outgoing,
        address: tuple[str, int],
        reading: tuple[bytes, ResponseReader],
        clock: Clock,
        seconds: float,
    ) -> None:
        self.outcome = Outcome(outgoing, since=clock())
        self._address = address
        self._clock = clock
        self._seconds = seconds
        self._deadline = asyncio.get_running_loop().time() + seconds
        self._data, self._reader = reading
        self._whole = False
        self._given_up = False
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setblocking(False)

    async def step(self, action: Callable[[], Coroutine[None, None, None]]) -> None:
        if self.outcome.broken:
            return
        try:
            async with asyncio.timeout_at(self._deadline):
                await action()
        except TimeoutError:
            self._break(Broken.DEADLINE, f"no whole response within {round(self._seconds, 1):g} s")
        except ConnectionEnded as error:
            self._break(Broken.LOST, str(error))
        except WireError as error:
            self._break(Broken.MALFORMED, str(error))
        except ConnectionError as error:
            self._break(Broken.LOST, in_words(error))

    async def open(self) -> None:
        # Without this, the held-back byte would wait for the acknowledgement of the bytes before it (Nagle).
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await dial(self._socket, self._address)

    async def send_all(self) -> None:
        await self._send(self._data)
        self._data = b""

    async def send_held(self) -> None:
        await self._send(self._data[:-1])
        self._data = self._data[-1:]

    def release(self) -> None:
        """Send the held-back byte now, if the kernel takes it; else `receive` sees to it."""
        if self.outcome.broken:
            return
        try:
            sent = self._socket.send(self._data)
        except (BlockingIOError, ConnectionError):
            return
        self._data = self._data[sent:]

    async def receive(self, wanted: bytes | None = None) -> None:
        """Read the response to its end, or until its body holds what is wanted."""
        loop = asyncio.get_running_loop()
        if self._data:
            await self._send(self._data)
        while not self._whole and not (wanted and wanted in self._reader.body):
            self._whole = self._reader.feed(await loop.sock_recv(self._socket, READ_BYTES))
        self._settle()

    def hold(self) -> None:
        if not self.outcome.broken:
            self._break(Broken.HELD, "not completed, since another request of the burst could not be sent")

    def give_up(self) -> bool:
        """End it where it is; False if that was done before."""
        if not self.outcome.until:
            self._break(Broken.DEADLINE, "no whole response by the time it was given up")
        already, self._given_up = self._given_up, True
        return not already

    def close(self) -> None:
        self._socket.close()

    async def _send(self, data: bytes) -> None:
        try:
            await asyncio.get_running_loop().sock_sendall(self._socket, data)
        except ConnectionError:
            # A server may answer and close before it has read everything (413); what it said is still to be read.
            return

    def _break(self, broken: Broken, error: str) -> None:
        self.outcome.broken, self.outcome.error = broken, error
        self._settle()

    def _settle(self) -> None:
        reader, outcome = self._reader, self.outcome
        outcome.status, outcome.headers, outcome.body = reader.status, reader.headers, bytes(reader.body)
        outcome.until = self._clock()
