"""A socket between the grader and its engine: it sees what passes, and can be cut, slowed down or made to refuse."""

import os
import re
import selectors
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PATIENCE = 240
"""Seconds in which what is waited for must have come, on a busy machine too."""
Deed = Callable[[socket.socket], bool]
"""Is given the grader's end of the connection; whether what passed is swallowed."""


@dataclass
class _Rule:
    pattern: re.Pattern[bytes]
    deed: Deed | None
    passes: int
    seen: threading.Event = field(default_factory=threading.Event)

    def applies(self, data: bytes) -> bool:
        """Whether it is time to act; the first few times may pass."""
        if not self.pattern.search(data):
            return False
        self.passes -= 1
        return self.passes < 0


class Relay:
    """A Docker socket that passes everything on to the real one.

    Args:
        path: of the socket; it must be short.
        target: path of the real one.
    """

    def __init__(self, path: Path, target: str) -> None:
        self.path = path
        self.env = {"DOCKER_HOST": f"unix://{path}"}
        self.delay = 0.0
        """Seconds that everything from the engine takes longer."""
        self._target = target
        self._rules: list[_Rule] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._pairs: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def on(self, pattern: bytes, deed: Deed | None = None, *, passes: int = 0) -> threading.Event:
        """Do something each time that something passes, in either direction.

        Args:
            pattern: regular expression for a piece of the traffic.
            deed: what is done; nothing but looking, without one.
            passes: how often it may pass before.

        Returns:
            Is set once it was done.
        """
        rule = _Rule(re.compile(pattern), deed, passes)
        self._rules.append(rule)
        return rule.seen

    def cut_on(self, pattern: bytes, *, passes: int = 0) -> threading.Event:
        """As if the engine died at that moment."""

        def deed(_near: socket.socket) -> bool:
            self.cut()
            return True

        return self.on(pattern, deed, passes=passes)

    def refuse(self, pattern: bytes, status: int, message: str, *, passes: int = 0) -> threading.Event:
        """Let the engine answer a request with an error."""
        body = f'{{"message":"{message}"}}'.encode()
        head = f"HTTP/1.1 {status} No\r\nContent-Type: application/json\r\nConnection: close\r\n"

        def deed(near: socket.socket) -> bool:
            near.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            return True

        return self.on(pattern, deed, passes=passes)

    def hold(self, pattern: bytes) -> tuple[threading.Event, threading.Event]:
        """Keep back what passes, and all that follows on its connection.

        Returns:
            Is set once it is kept back; and the one to set for it to go on.
        """
        reached, release = threading.Event(), threading.Event()

        def deed(_near: socket.socket) -> bool:
            reached.set()
            release.wait(PATIENCE)
            return False

        self.on(pattern, deed)
        return reached, release

    def cut(self) -> None:
        """As if the engine had died: nothing listens, and every connection is closed."""
        self._listener.close()
        self.path.unlink(missing_ok=True)
        for end in self._pairs:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect(self._target)
            self._pairs += [near, far]
            threading.Thread(target=self._pump, args=(near, far), daemon=True).start()

    def _pump(self, near: socket.socket, far: socket.socket) -> None:
        with near, far, selectors.DefaultSelector() as selector:
            selector.register(near, selectors.EVENT_READ, far)
            selector.register(far, selectors.EVENT_READ, near)
            with suppress(OSError, KeyError):
                while selector.get_map():
                    for key, _ in selector.select():
                        self._pass_on(selector, key.fileobj, key.data, near)  # type: ignore[arg-type]

    def _pass_on(
        self, selector: selectors.BaseSelector, source: socket.socket, sink: socket.socket, near: socket.socket
    ) -> None:
        data = source.recv(65536)
        if not data:
            selector.unregister(source)
            sink.shutdown(socket.SHUT_WR)
            return
        if self.delay and source is not near:
            threading.Event().wait(self.delay)
        if not self._swallowed(data, near):
            sink.sendall(data)

    def _swallowed(self, data: bytes, near: socket.socket) -> bool:
        swallowed = False
        for rule in self._rules:
            if rule.applies(data):
                swallowed |= bool(rule.deed and rule.deed(near))
                rule.seen.set()
        return swallowed


def engine_socket() -> str:
    """The path of the real engine's socket; skips the test where it has none."""
    address = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if not address.startswith("unix://"):
        pytest.skip("the relay speaks to Unix sockets only")
    return address.removeprefix("unix://")
