"""JSON lines over one end of a socket pair."""

import asyncio
import json
import socket
from contextlib import suppress
from typing import Any

MAX_LINE_BYTES = 64 * 1024 * 1024


class Line:
    """One end, in the event loop that it was opened in.

    Args:
        reader: of the end.
        writer: of the end.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, end: socket.socket) -> "Line":
        """Use an end, which stays open when the line is closed."""
        mine = end.dup()
        mine.setblocking(False)
        return cls(*await asyncio.open_unix_connection(sock=mine, limit=MAX_LINE_BYTES))

    def send(self, message: dict[str, Any]) -> None:
        """Send one message, at once as far as the kernel takes it."""
        self._writer.write(json.dumps(message, separators=(",", ":")).encode() + b"\n")

    async def receive(self) -> dict[str, Any] | None:
        """The next message; None once the other end is closed."""
        try:
            line = await self._reader.readuntil(b"\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        message: dict[str, Any] = json.loads(line)
        return message

    async def close(self) -> None:
        """Use it no more in this event loop."""
        self._writer.close()
        with suppress(OSError):  # the other end may be closed
            await self._writer.wait_closed()
