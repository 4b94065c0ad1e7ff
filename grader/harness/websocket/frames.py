"""WebSocket frames as bytes, without input or output: a stranger's frames in, whole messages out, within bounds."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from websockets.exceptions import PayloadTooBig
from websockets.frames import Close, Frame, Opcode
from websockets.protocol import Protocol, Side

from grader.harness.wire import WireError

SLICE_BYTES = 4 * 1024
"""Frames are counted after each slice: of one large piece, thousands of pings would be answered before that."""


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """What a server may send on one WebSocket.

    Attributes:
        message_bytes: of one message, however many fragments it has.
        total_bytes: of all that is received, headers of frames included.
        frames: how many: messages, fragments, pings and pongs.
    """

    message_bytes: int = 1024 * 1024
    total_bytes: int = 4 * 1024 * 1024
    frames: int = 20_000


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the server.

    Attributes:
        data: its payload; valid UTF-8 if it is a text.
        binary: whether it is one of bytes instead of text.
    """

    data: bytes
    binary: bool = False


class Frames:
    """Both directions of an open WebSocket; pings and the server's close are answered by themselves.

    Args:
        limits: what the server may send.

    Attributes:
        close: the server's close frame; None until it is there.
    """

    def __init__(self, limits: SocketLimits) -> None:
        self.close: Close | None = None
        self._limits = limits
        self._protocol = Protocol(Side.CLIENT, max_size=limits.message_bytes)
        self._bytes = 0
        self._frames = 0
        self._parts: list[bytes] = []
        self._binary = False

    def feed(self, data: bytes) -> Iterator[Message]:
        """Take what was received, and give the messages that are whole now.

        Raises:
            WireError: it is no WebSocket, or beyond the limits.
        """
        self._bytes += len(data)
        if self._bytes > self._limits.total_bytes:
            raise WireError(f"more than {self._limits.total_bytes} bytes on one WebSocket")
        for start in range(0, len(data), SLICE_BYTES):
            self._protocol.receive_data(data[start : start + SLICE_BYTES])
            for frame in self._protocol.events_received():
                yield from self._take(cast(Frame, frame))  # requests and responses come before
            self._judge()

    def outgoing(self) -> bytes:
        """What is to be sent now."""
        return b"".join(self._protocol.data_to_send())

    def send_text(self, text: str) -> None:
        """Send a message."""
        self._protocol.send_text(text.encode("utf-8"))

    def send_close(self, code: int) -> None:
        """Send a close frame."""
        self._protocol.send_close(code)

    def _take(self, frame: Frame) -> Iterator[Message]:
        self._frames += 1
        if self._frames > self._limits.frames:
            raise WireError(f"more than {self._limits.frames} frames on one WebSocket")
        match frame.opcode:
            case Opcode.TEXT | Opcode.BINARY:
                self._binary = frame.opcode is Opcode.BINARY
                self._parts = [bytes(frame.data)]
            case Opcode.CONT:
                self._parts.append(bytes(frame.data))
            case Opcode.CLOSE:
                self.close = self._protocol.close_rcvd
                return
            case _:
                return
        if frame.fin:
            yield self._whole()

    def _whole(self) -> Message:
        data = b"".join(self._parts)
        if not self._binary:
            try:
                data.decode("utf-8")
            except UnicodeDecodeError as error:
                raise WireError(f"malformed WebSocket: a text that is not UTF-8: {error.reason}") from error
        return Message(data, self._binary)

    def _judge(self) -> None:
        match self._protocol.parser_exc:
            case None:
                return
            case PayloadTooBig():
                raise WireError(f"a message of more than {self._limits.message_bytes} bytes")
            case error:
                raise WireError(f"malformed WebSocket: {error}") from error
