"""A submission's own server on port 8000: some paths get raw bytes from it, the rest goes on to the honest application.

It is handed in as `front.py` by attacks that need bytes which no framework would send.
"""

import base64
import hashlib
import os
import socket
import struct
import threading
import time
from collections.abc import Callable

import uvicorn

BEHIND = 8001
Behave = Callable[[socket.socket, bytes], None]
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"


def serve(behaviours: dict[str, Behave]) -> None:
    """Take port 8000 before uvicorn does, and have that listen behind it.

    Args:
        behaviours: path → what is done to a connection that asks for it; gets the request's head.
    """
    startup = uvicorn.Server.startup

    async def behind(self: uvicorn.Server, *rest: object, **named: object) -> None:
        self.config.port = BEHIND
        await startup(self, *rest, **named)  # type: ignore[arg-type]
        listener = socket.create_server(("127.0.0.1", 8000), backlog=512)
        threading.Thread(target=_accept, args=(listener, behaviours), daemon=True).start()

    uvicorn.Server.startup = behind  # type: ignore[method-assign]


def _accept(listener: socket.socket, behaviours: dict[str, Behave]) -> None:
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_handle, args=(connection, behaviours), daemon=True).start()


def _handle(connection: socket.socket, behaviours: dict[str, Behave]) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    data = b""
    while b" " not in data.partition(b" ")[2]:
        if not (piece := connection.recv(65536)):
            return
        data += piece
    path = data.split(b" ")[1].decode().partition("?")[0]
    behave = next((behaviours[each] for each in behaviours if path == each or path.startswith(f"{each}/")), passed_on)
    try:
        with connection:
            behave(connection, data)
    except OSError:
        return  # the client has gone


def passed_on(connection: socket.socket, data: bytes) -> None:
    with socket.create_connection(("127.0.0.1", BEHIND)) as behind:
        behind.sendall(data)
        up = threading.Thread(target=_pipe, args=(connection, behind), daemon=True)
        up.start()
        _pipe(behind, connection)
        up.join()


def _pipe(source: socket.socket, sink: socket.socket) -> None:
    try:
        while piece := source.recv(65536):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return


# --- behaviours


def says(*pieces: bytes) -> Behave:
    """These bytes, and the end."""

    def behave(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"".join(pieces))
        _gone(connection)

    return behave


def whole(body: bytes, *headers: bytes) -> Behave:
    """A well-formed 200 with this body."""
    head = b"".join(header + b"\r\n" for header in (b"content-type: application/json", *headers))
    return says(OK, head, b"content-length: %d\r\n\r\n" % len(body), body)


def endless(piece: bytes, start: bytes = b"") -> Behave:
    """The start, then the piece as long as anybody takes it."""

    def behave(connection: socket.socket, _: bytes) -> None:
        connection.sendall(start)
        many = piece * max(1, 65536 // len(piece))
        while True:
            connection.sendall(many)

    return behave


def trickle(start: bytes, piece: bytes, seconds: float = 0.5) -> Behave:
    """The start, then the piece again and again, with pauses."""

    def behave(connection: socket.socket, _: bytes) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(piece)
            time.sleep(seconds)

    return behave


def reset(start: bytes) -> Behave:
    """The start, then a TCP reset."""

    def behave(connection: socket.socket, _: bytes) -> None:
        connection.sendall(start)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return behave


def half_closed(start: bytes) -> Behave:
    """The start, then nothing more from this side, while it keeps its ears open."""

    def behave(connection: socket.socket, _: bytes) -> None:
        connection.sendall(start)
        connection.shutdown(socket.SHUT_WR)
        time.sleep(60)

    return behave


def silent(connection: socket.socket, _: bytes) -> None:
    """Never an answer."""
    while connection.recv(65536):
        pass
    time.sleep(60)


def unread(_: socket.socket, __: bytes) -> None:
    """Neither read nor answered."""
    time.sleep(60)


def dies(_: socket.socket, __: bytes) -> None:
    """The whole process ends."""
    os._exit(0)


# --- WebSockets (RFC 6455)


def accepted(request: bytes, *headers: bytes, accept: bytes = b"") -> bytes:
    """A valid 101 to a handshake, unless another key is given."""
    key = next(line.partition(b":")[2].strip() for line in request.split(b"\r\n") if b"websocket-key:" in line.lower())
    digest = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11", usedforsecurity=False).digest()
    lines = (b"connection: upgrade", b"upgrade: websocket", b"sec-websocket-accept: " + (accept or _base64(digest)))
    return b"HTTP/1.1 101 Switching Protocols\r\n" + b"".join(line + b"\r\n" for line in (*lines, *headers)) + b"\r\n"


def frame(opcode: int, payload: bytes = b"", *, first: int = 0x80) -> bytes:
    """A frame of a server; `first` holds its other leading bits."""
    size = len(payload)
    form, mark = ("!Q", b"\x7f") if size > 65535 else ("!H", b"\x7e") if size > 125 else ("!B", b"")
    return bytes([first | opcode]) + mark + struct.pack(form, size) + payload


def talks(*pieces: bytes, forever: bytes = b"", seconds: float = 0.0, headers: tuple[bytes, ...] = ()) -> Behave:
    """Accept, send these, then one of them as long as anybody takes it; without a pause many at a time."""

    def behave(connection: socket.socket, request: bytes) -> None:
        connection.sendall(accepted(request, *headers) + b"".join(pieces))
        many = forever if seconds else forever * max(1, 65536 // max(1, len(forever)))
        while forever:
            connection.sendall(many)
            time.sleep(seconds)
        _gone(connection)

    return behave


def refuses_the_key(connection: socket.socket, request: bytes) -> None:
    """A 101 with another key."""
    connection.sendall(accepted(request, accept=_base64(bytes(20))))
    _gone(connection)


def never_closes(connection: socket.socket, request: bytes) -> None:
    """All is well, but for the answer to a close frame."""
    connection.sendall(accepted(request) + frame(1, b'{"got": 7}'))
    while connection.recv(65536):
        pass
    time.sleep(60)


def vanishes(*pieces: bytes) -> Behave:
    """Accept, send these, and end with a TCP reset."""

    def behave(connection: socket.socket, request: bytes) -> None:
        reset(accepted(request) + b"".join(pieces))(connection, request)

    return behave


def _base64(data: bytes) -> bytes:
    return base64.b64encode(data)


def _gone(connection: socket.socket) -> None:
    """Close only once the client has, or has been given time: unread bytes would turn the close into a reset."""
    connection.shutdown(socket.SHUT_WR)
    connection.settimeout(5)
    while connection.recv(65536):
        pass
