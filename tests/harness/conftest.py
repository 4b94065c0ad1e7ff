"""Servers that answer as no framework would."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

Behave = Callable[[socket.socket, bytes], None]
"""Gets the connection and the request as far as it was read; the connection is closed when it returns."""


class RawServer:
    """Listens on loopback, a thread for each connection.

    Attributes:
        requests: raw requests, in the order in which they were whole.
        connections: how many were accepted.
    """

    def __init__(self, behave: Behave, *, read: bool = True) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self._behave = behave
        self._read = read
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._socket.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            request = read_request(connection) if self._read else b""
            if request or not self._read:
                self.requests.append(request)
                self._behave(connection, request)


def read_request(connection: socket.socket) -> bytes:
    """Read one request, body included; what there is of it if the client closes first."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        piece = connection.recv(65536)
        if not piece:
            break
        body += piece
    return head + b"\r\n\r\n" + body


@pytest.fixture
def serve() -> Iterator[Callable[..., RawServer]]:
    """Start a server that sends these bytes and closes, or behaves like this function (`read=False`: at once)."""
    servers: list[RawServer] = []

    def start(answer: bytes | Behave, *, read: bool = True) -> RawServer:
        behave = answer if callable(answer) else lambda connection, _: connection.sendall(answer)
        servers.append(RawServer(behave, read=read))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def free_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
