"""The client that checks use. Whatever a server can do to it ends in a `Reply` or a `Mismatch`."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any

import httpx

from grader.harness.mismatch import DeadlinePassed, Mismatch
from grader.harness.recording import Recording
from grader.harness.reply import Reply
from grader.harness.request import UNSET, Headers, Outgoing, Params, Request, Unsendable, Unset, encode
from grader.harness.transport import Broken, Clock, GuardedTransport, Outcome, ReadUntil, Stilled
from grader.harness.websocket import Handshake, Socket, SocketClient, SocketLimits
from grader.harness.wire import Limits

BURST_SHARE = 1 / 15
"""How much longer than one request a burst may take, for each of its requests, since they share the application."""

_EXPECTED = "a whole HTTP response"


class Api:
    """Talks to the candidate's application: a new connection for every request, no redirects, no cookies.

    Args:
        host: its IPv4 address.
        port: its port.
        recording: where exchanges are written down; a fresh one if None.
        limits: what a response may be, and how long it may take.
        ends_at: when the check's time is up, in seconds of the clock; no request outlasts it.
        clock: monotonic seconds.
        stilled: while its context lasts the application stands still, so that what a burst sends has arrived when the
            application goes on.
    """

    def __init__(  # noqa: PLR0913 - all but the address have defaults that serve
        self,
        host: str = "127.0.0.1",
        port: int = 8000,
        *,
        recording: Recording | None = None,
        limits: Limits | None = None,
        ends_at: float = float("inf"),
        clock: Clock = time.monotonic,
        stilled: Stilled = nullcontext,
    ) -> None:
        self.recording = recording or Recording()
        self._host = host
        self._port = port
        self._limits = limits or Limits()
        self._ends_at = ends_at
        self._clock = clock
        self._stilled = stilled
        self._transport = GuardedTransport(host, port, self._limits, clock)
        self._sockets = SocketClient(
            (host, port),
            self.recording,
            limits=self._limits,
            socket_limits=SocketLimits(),
            seconds=lambda: self._seconds(self._limits.seconds),
            clock=clock,
        )

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: Any | Unset = UNSET,
        content: bytes | None = None,
        headers: Headers | None = None,
    ) -> Reply:
        """Send a request.

        Args:
            method: such as "GET".
            path: begins with a slash.
            params: query parameters, added to those in `path`.
            json: body to be sent as JSON; `None` is the JSON value null.
            content: raw body, instead of `json`.
            headers: replace the ordinary ones of the same name.

        Raises:
            Mismatch: there was no whole and valid response in time.
        """
        outgoing = self._encode(Request(method, path, params, json, content, headers))
        outcome = await self._transport.exchange(outgoing, self._seconds(self._limits.seconds), self.recording.add)
        return self._settle([outcome])[0]

    async def get(self, path: str, **options: Any) -> Reply:
        """`request` with GET."""
        return await self.request("GET", path, **options)

    async def post(self, path: str, **options: Any) -> Reply:
        """`request` with POST."""
        return await self.request("POST", path, **options)

    async def patch(self, path: str, **options: Any) -> Reply:
        """`request` with PATCH."""
        return await self.request("PATCH", path, **options)

    async def put(self, path: str, **options: Any) -> Reply:
        """`request` with PUT."""
        return await self.request("PUT", path, **options)

    async def delete(self, path: str, **options: Any) -> Reply:
        """`request` with DELETE."""
        return await self.request("DELETE", path, **options)

    async def burst(self, requests: Sequence[Request]) -> list[Reply]:
        """Send requests at once: each is complete but for its last byte before any is completed.

        The application stands still while the last bytes are sent, so that all have arrived before it can read one.

        Args:
            requests: at least one.

        Returns:
            The replies in the order of the requests.

        Raises:
            Mismatch: one of them got no whole and valid response in time.
        """
        outgoings = [self._encode(request) for request in requests]
        seconds = self._seconds(self._limits.seconds * (1 + BURST_SHARE * len(outgoings)))
        return self._settle(await self._transport.burst(outgoings, seconds, self.recording.add, self._stilled))

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator["Stream"]:
        """Send a request whose answer is read piece by piece while the block lasts.

        Args:
            request: the request.
        """
        outgoing = self._encode(request)
        seconds = self._seconds(self._limits.seconds)
        async with self._transport.stream(outgoing, seconds, self.recording.add) as read_until:
            yield Stream(read_until, self.recording)

    def handshake(
        self,
        path: str,
        *,
        params: Params | None = None,
        headers: Headers | None = None,
        read_buffer: int | None = None,
    ) -> AbstractAsyncContextManager[Handshake]:
        """Ask for a WebSocket, and see whether it is accepted; on leaving, what is open is closed.

        Args:
            path: begins with a slash.
            params: query parameters, added to those in `path`.
            headers: replace the ordinary ones of the same name.
            read_buffer: bytes that the kernel keeps for it while it does not read; None for as many as usual.
        """
        return self._sockets.handshake(path, params, headers, read_buffer)

    @asynccontextmanager
    async def websocket(self, path: str, **options: Any) -> AsyncIterator[Socket]:
        """Open a WebSocket; options as for `handshake`.

        Raises:
            Mismatch: the handshake was refused, or not answered in time.
        """
        async with self.handshake(path, **options) as handshake:
            yield handshake.accepted()

    def _encode(self, request: Request) -> Outgoing:
        try:
            return encode(request, self._host, self._port)
        except Unsendable as error:
            raise self.recording.blame(error) from error

    def _seconds(self, wanted: float) -> float:
        return max(0.0, min(wanted, self._ends_at - self._clock()))

    def _settle(self, outcomes: list[Outcome]) -> list[Reply]:
        """Record all, then raise for the one that failed, if any: rather for what is certain than for the clock."""
        replies = [_reply(outcome, self.recording) for outcome in outcomes]
        problems = [reply for reply in replies if isinstance(reply, Mismatch)]
        if problems:
            raise min(problems, key=lambda problem: isinstance(problem, DeadlinePassed))
        return [reply for reply in replies if isinstance(reply, Reply)]


class Stream:
    """An answer that is read piece by piece.

    Args:
        read_until: reads on.
        recording: where the exchange is written down, after each piece.
    """

    def __init__(self, read_until: ReadUntil, recording: Recording) -> None:
        self._read_until = read_until
        self._recording = recording

    async def until(self, wanted: bytes) -> Reply:
        """Read on until the body holds these bytes.

        Returns:
            The reply with the body so far.

        Raises:
            Mismatch: it ended without them, or they did not come in time.
        """
        reply = _reply(await self._read_until(wanted), self._recording)
        if not isinstance(reply, Reply):
            raise reply or Mismatch(_EXPECTED, "nothing")
        if wanted not in reply.body:
            raise reply.mismatch(f"a body that holds {wanted!r}", f"it ended after {len(reply.body)} bytes")
        return reply


def _reply(outcome: Outcome, recording: Recording) -> Reply | Mismatch | None:
    """What a check gets of an outcome; None for a request that was held back because of another's failure."""
    exchange = recording.add(outcome)
    match outcome.broken:
        case None:
            return Reply(outcome.status or 0, httpx.Headers(outcome.headers), outcome.body, exchange)
        case Broken.HELD:
            return None
        case Broken.DEADLINE:
            return DeadlinePassed(_EXPECTED, outcome.error, since=outcome.since, until=outcome.until, exchange=exchange)
    return Mismatch(_EXPECTED, outcome.error, exchange=exchange)
