"""The connection behind the engine's `attach`: raw bytes in, framed bytes out.

https://docs.docker.com/reference/api/engine/ (Container, attach to a container, stream format).
"""

import socket
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

STDERR = 2

_HEADER = 8
_RECEIVE = 64 * 1024
_FOREVER = 86_400.0
"""Not None: with a limit, however long, Python keeps two threads on one TLS connection out of each other's way."""


class Attachment:
    """The connection behind `attach`: what the SDK hands out differs between unix sockets, TLS, ssh and pipes.

    Args:
        stream: what `attach_socket` returned.
        deadline: seconds that one `send` may take.
    """

    def __init__(self, stream: Any, deadline: float) -> None:
        self._stream = stream  # kept: the connection is closed when this is collected
        self._raw: Any = getattr(stream, "_sock", stream)
        self._deadline = deadline
        _keep_alive(self._raw)

    def send(self, chunks: Iterable[bytes]) -> None:
        """Send before anything is read; OSError if the other side no longer takes it."""
        self._raw.settimeout(self._deadline)
        for chunk in chunks:
            self._raw.sendall(chunk)
        self._raw.settimeout(_FOREVER)

    def write(self, data: bytes) -> None:
        """Send while another thread reads."""
        self._raw.sendall(data)

    def frames(self) -> Iterator[tuple[int, bytes]]:
        """What comes out, as (1 for stdout or 2 for stderr, piece); a lost connection is an end like any other."""
        # Not docker.utils.socket: it polls before each read, and so waits for bytes that TLS has already decrypted.
        with suppress(OSError):
            yield from demultiplexed(self._raw.recv)

    def close(self) -> None:
        """Close it, and wake whoever reads from it."""
        with suppress(OSError):
            self._raw.shutdown(socket.SHUT_RDWR)
        # The SDK hangs the HTTP response on the stream where it can; closing that one closes the stream under it.
        getattr(self._stream, "_response", self._stream).close()


def demultiplexed(receive: Callable[[int], bytes]) -> Iterator[tuple[int, bytes]]:
    """Take frames apart: (stream, piece), as they come.

    Args:
        receive: gives at most so many bytes, or none at the end.
    """
    pending = bytearray()
    stream, left = 0, 0
    while data := receive(_RECEIVE):
        pending += data
        while pending and (left or len(pending) >= _HEADER):
            if not left:
                stream, left = struct.unpack(">BxxxL", pending[:_HEADER])
                del pending[:_HEADER]
            piece = bytes(pending[:left])
            del pending[: len(piece)]
            left -= len(piece)
            if piece:
                yield stream, piece


def _keep_alive(raw: Any) -> None:
    """A remote engine that vanished without a word is noticed within half a minute."""
    if isinstance(raw, socket.socket) and raw.family in {socket.AF_INET, socket.AF_INET6}:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3)):
            if hasattr(socket, option):
                raw.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
