"""Opens WebSockets to the candidate's application, and tells what became of each handshake."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from grader.harness.mismatch import DeadlinePassed, Mismatch
from grader.harness.recording import Recording
from grader.harness.reply import Reply
from grader.harness.request import Headers, Params, Unsendable
from grader.harness.transport import Broken, Clock, Outcome
from grader.harness.websocket.connection import Connection
from grader.harness.websocket.entry import Entry
from grader.harness.websocket.frames import SocketLimits
from grader.harness.websocket.opening import Opening
from grader.harness.websocket.socket import Patience, Socket
from grader.harness.wire import Limits, in_words

_EXPECTED = "an answer to the WebSocket handshake"
_NO_ANSWER = "no answer to the handshake"


@dataclass(frozen=True, slots=True)
class Handshake:
    """What became of an opening handshake.

    Attributes:
        outcome: the open WebSocket; or the whole response that refused it; or why there is neither.
    """

    outcome: Socket | Reply | Mismatch

    def accepted(self) -> Socket:
        """The WebSocket; `Mismatch` if there is none."""
        match self.outcome:
            case Socket() as socket:
                return socket
            case Reply() as reply:
                raise reply.mismatch("the WebSocket handshake is accepted: status 101", f"status {reply.status}")
            case failure:
                raise failure

    def refused(self, *statuses: int) -> Reply:
        """The response that refused it, if it has one of these statuses; any will do if none is named."""
        match self.outcome:
            case Reply() as reply:
                return reply.expect(*statuses) if statuses else reply
            case Socket() as socket:
                raise socket.mismatch("the WebSocket handshake is refused", "it was accepted: status 101")
            case failure:
                raise failure


class SocketClient:
    """Opens WebSockets to one address.

    Args:
        address: host and port.
        recording: where they are written down.
        limits: what an answer to a handshake may be.
        socket_limits: what may come after it.
        seconds: says how long a wait may last, from now; fewer near the end of the check.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        address: tuple[str, int],
        recording: Recording,
        *,
        limits: Limits,
        socket_limits: SocketLimits,
        seconds: Callable[[], float],
        clock: Clock,
    ) -> None:
        self._address = address
        self._recording = recording
        self._limits = limits
        self._socket_limits = socket_limits
        self._patience = Patience(seconds, clock)

    @asynccontextmanager
    async def handshake(
        self, path: str, params: Params | None, headers: Headers | None, read_buffer: int | None
    ) -> AsyncIterator[Handshake]:
        """Shake hands; on leaving, what is open is closed.

        Args:
            path: begins with a slash.
            params: query parameters, added to those in `path`.
            headers: replace the ordinary ones of the same name.
            read_buffer: bytes that the kernel keeps while the WebSocket does not read; None for as many as usual.

        Raises:
            Mismatch: an answer that came before has named what no request can carry.
        """
        opening = self._opening(path, params, headers)
        connection = Connection(opening, self._socket_limits)
        outcome = Outcome(opening.outgoing, since=self._patience.clock())
        try:
            await self._shake(connection, outcome, read_buffer)
        except BaseException:
            await connection.leave()
            raise
        finally:
            outcome.status, outcome.headers, outcome.body = opening.status, opening.headers, bytes(opening.body)
            outcome.until = self._patience.clock()
            entry = Entry(self._recording, outcome, connection, headers)
        try:
            yield Handshake(self._result(outcome, connection, entry))
        finally:
            await connection.leave()
            entry.update()

    def _opening(self, path: str, params: Params | None, headers: Headers | None) -> Opening:
        try:
            return Opening(path, params, headers, self._address, self._limits)
        except Unsendable as error:
            raise self._recording.blame(error) from error

    async def _shake(self, connection: Connection, outcome: Outcome, read_buffer: int | None) -> None:
        seconds = self._patience.seconds()
        try:
            async with asyncio.timeout(seconds):
                await connection.connect(self._address, read_buffer)
                await connection.until(lambda: connection.answered)
        except TimeoutError:
            outcome.broken, outcome.error = Broken.DEADLINE, f"{_NO_ANSWER} within {round(seconds, 1):g} s"
        except ConnectionError as error:
            outcome.broken, outcome.error = Broken.LOST, in_words(error)
        except asyncio.CancelledError:
            outcome.broken, outcome.error = Broken.DEADLINE, f"{_NO_ANSWER} before the check's time was up"
            raise
        else:
            if connection.ending and not connection.answered:
                outcome.broken, outcome.error = connection.ending.broken, connection.ending.words

    def _result(self, outcome: Outcome, connection: Connection, entry: Entry) -> Socket | Reply | Mismatch:
        exchange = entry.exchange()
        match outcome.broken:
            case None if connection.opened:
                return Socket(connection, entry, self._patience)
            case None:
                return Reply(outcome.status or 0, httpx.Headers(outcome.headers), outcome.body, exchange)
            case Broken.DEADLINE:
                since, until = outcome.since, outcome.until
                return DeadlinePassed(_EXPECTED, outcome.error, since=since, until=until, exchange=exchange)
        return Mismatch(_EXPECTED, outcome.error, exchange=exchange)
