"""The server's side of a WebSocket in bytes, to misbehave with: handshake (RFC 6455, 4.2.2) and frames (5.2)."""

import socket
import struct
from collections.abc import Callable

from websockets.utils import accept_key

ANSWERED = b"HTTP/1.1 101 Switching Protocols\r\n"
Behave = Callable[[socket.socket, bytes], None]


def key_of(request: bytes) -> str:
    lines = request.decode().split("\r\n")
    return next(line.partition(": ")[2] for line in lines if line.lower().startswith("sec-websocket-key"))


def switch(request: bytes, *, upgrade: bytes = b"websocket", more: bytes = b"") -> bytes:
    """A valid answer to the handshake."""
    accept = accept_key(key_of(request)).encode()
    head = b"Connection: Upgrade\r\nUpgrade: %b\r\nSec-WebSocket-Accept: %b\r\n" % (upgrade, accept)
    return ANSWERED + head + more + b"\r\n"


def frame(opcode: int, payload: bytes = b"", *, first: int = 0x80) -> bytes:
    length = len(payload)
    size = bytes([length]) if length < 126 else b"\x7e" + struct.pack("!H", length)
    return bytes([first | opcode]) + (size if length < 65536 else b"\x7f" + struct.pack("!Q", length)) + payload


TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA


def until_closed(connection: socket.socket) -> bytes:
    data = b""
    while piece := connection.recv(65536):
        data += piece
    return data


def says(*pieces: bytes, forever: bytes = b"", stay: bool = True) -> Behave:
    """Accept, send these, then one of them for ever; and wait for the client to go."""

    def behave(connection: socket.socket, request: bytes) -> None:
        connection.sendall(switch(request) + b"".join(pieces))
        while forever:
            connection.sendall(forever)
        if stay:
            until_closed(connection)

    return behave
