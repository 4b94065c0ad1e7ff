"""One connection of a WebSocket, which ends in words whatever the server does to it."""

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

from grader.harness.dial import dial
from grader.harness.transport import Broken
from grader.harness.websocket.frames import Frames, Message, SocketLimits
from grader.harness.websocket.opening import Opening
from grader.harness.websocket.transcript import Transcript
from grader.harness.wire import ConnectionEnded, WireError, in_words

NORMAL_CLOSURE = 1000
SMALL_READ_BUFFER = 1024
"""Bytes; the kernel raises it to the least that it can work with."""
SMALL_SEGMENT_BYTES = 536
"""A sender's kernel buffers in proportion to the size of segments, and on loopback those are of 64 KiB. They also have
to fit into the window that a small buffer leaves: what does not, Linux sends only when a timer has run out."""

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a connection ended.

    Attributes:
        words: for people.
        code: of the server's close frame (RFC 6455 section 7.4), 1005 for one without a code; None if there was none.
        broken: why it is the server's failure, if it is certain to be one.
    """

    words: str
    code: int | None = None
    broken: Broken | None = None


class Connection(asyncio.Protocol):
    """From the handshake to the end, as asyncio drives it.

    It reads by itself until it is told not to, keeps what came, and answers pings and the server's close.

    Args:
        opening: the handshake; its request is sent as soon as the connection is there.
        limits: what the server may send after it.

    Attributes:
        answered: whether the answer to the handshake is whole.
        messages: those that nobody has taken yet.
        full: whether so much waits to be sent that no more should be added.
        transcript: all that was said.
        ending: how it ended; None while it lasts.
    """

    def __init__(self, opening: Opening, limits: SocketLimits) -> None:
        self.answered = False
        self.messages: deque[Message] = deque()
        self.full = False
        self.transcript = Transcript()
        self.ending: Ending | None = None
        self._opening = opening
        self._frames = Frames(limits)
        self._transport: asyncio.Transport | None = None
        self._closing = False
        self._changed = asyncio.Event()
        self._lost = asyncio.Event()

    async def connect(self, address: tuple[str, int], read_buffer: int | None) -> None:
        """Connect, and send the request.

        Args:
            address: host and port.
            read_buffer: bytes that the kernel keeps for a reader that does not read; None for as many as usual.

        Raises:
            OSError: it was refused.
        """
        loop = asyncio.get_running_loop()
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            made.setblocking(False)
            if read_buffer is not None:
                _narrow(made, read_buffer)
            await dial(made, address)
            await loop.create_connection(lambda: self, sock=made)
        except BaseException:
            made.close()
            raise

    async def until(self, ready: Callable[[], bool], seconds: float | None = None) -> bool:
        """Wait until something is so, or the connection has ended.

        Args:
            ready: tells whether it is so.
            seconds: how long, at most.

        Returns:
            False if the time passed first.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not ready() and self.ending is None:
                    self._changed.clear()
                    await self._changed.wait()
        return ready() or self.ending is not None

    # --- what a check does to it

    @property
    def opened(self) -> bool:
        """Whether the answer was that there is a WebSocket."""
        return self.answered and self._opening.accepted

    def send_text(self, text: str) -> None:
        """Send a message, or keep it until the server reads."""
        self.transcript.sent(text)
        self._frames.send_text(text)
        self._flush()

    def start_closing(self) -> None:
        """Send a close frame; the server's answer ends the connection."""
        if self.ending is None and not self._closing:
            self._closing = True
            self.transcript.sent(f"(close {NORMAL_CLOSURE})")
            self._frames.send_close(NORMAL_CLOSURE)
            self._flush()

    def reset(self) -> None:
        """End it with a TCP reset, without a close frame."""
        if self._transport and self.ending is None:
            self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._end(Ending("reset by the client"))

    def set_reading(self, *, wanted: bool) -> None:
        """Stop reading, or go on; while stopped, the kernel keeps what comes, and soon takes no more."""
        if self._transport and self.ending is None and self._transport.is_reading() != wanted:
            (self._transport.resume_reading if wanted else self._transport.pause_reading)()

    async def leave(self) -> None:
        """Go away as a browser does whose page is closed: a close frame, and no waiting for the answer."""
        if self.opened:
            self.start_closing()
        self._end(Ending("left by the client"))
        if self._transport:
            await self._lost.wait()

    # --- what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The request goes out."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._opening.request)

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        self._guarded(lambda: self._take(data))

    def eof_received(self) -> None:
        """The server will send no more, which may be how the answer to the handshake ends; asyncio closes then."""
        if not self.answered:
            self._guarded(lambda: self._take(b""))

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        words = in_words(exc) if exc else "the connection ended without a close frame"
        self._end(Ending(words, broken=None if self._closing else Broken.LOST))
        self._lost.set()

    def pause_writing(self) -> None:
        """The server reads too slowly."""
        self.full = True

    def resume_writing(self) -> None:
        """It has read."""
        self.full = False
        self._changed.set()

    # --- inside

    def _guarded(self, step: Callable[[], None]) -> None:
        if self.ending:
            return
        try:
            step()
        except ConnectionEnded as error:
            self._end(Ending(str(error), broken=Broken.LOST))
        except WireError as error:
            self._end(Ending(str(error), broken=Broken.MALFORMED))
        self._changed.set()

    def _take(self, data: bytes) -> None:
        if not self.answered:
            self.answered = self._opening.feed(data)
            data = self._opening.rest
            if self.answered and not self.opened:
                self._end(Ending("the handshake was refused"))
        for message in self._frames.feed(data):
            self.transcript.received(message.data, binary=message.binary)
            self.messages.append(message)
        self._flush()
        if close := self._frames.close:
            self._end(Ending(f"closed by the server: {close}", code=close.code))

    def _flush(self) -> None:
        if self._transport and (data := self._frames.outgoing()):
            self._transport.write(data)

    def _end(self, ending: Ending) -> None:
        if self.ending is None:
            self.ending = ending
            self.transcript.happened(ending.words)
            self._changed.set()
        if self._transport:
            # What the server does not take now, such as the answer to its close frame, it will not get.
            self._transport.abort()


def _narrow(made: socket.socket, read_buffer: int) -> None:
    """Keep the kernels' buffers small, this one's and the sender's; must be done before connecting."""
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, read_buffer)
    with suppress(OSError):  # some systems let nobody choose it; the buffers are larger then
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SMALL_SEGMENT_BYTES)
