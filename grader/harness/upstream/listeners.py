"""Ports that accept connections, refuse them, and accept them again, and are never anybody else's meanwhile."""

import asyncio
import itertools
import socket
from typing import Any, Final

from grader.harness.upstream.connection import NO_LINGER, Connection
from grader.harness.upstream.stage import Stage

HOST: Final = "127.0.0.1"
BACKLOG: Final = 512
MAX_OPEN: Final = 500
"""Connections at once; a candidate that never closes any must not use up the process's descriptors."""


class Listeners:
    """The upstreams' ports; a `Register` of their connections.

    Each has two sockets of one port (SO_REUSEPORT, see socket(7)): one listens, the other only holds the port. When the
    first is closed, connections are refused, and nobody else can take the port: the kernel demands the same user.

    Args:
        stage: what the connections share.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._numbers = itertools.count(1)
        self._holders: dict[str, socket.socket] = {}
        self._listening: dict[str, socket.socket] = {}
        self._open: set[Connection] = set()
        self._arriving: set[asyncio.Task[Any]] = set()

    async def bind(self, ports: dict[str, int]) -> None:
        """Take these ports, and give up those of before.

        Raises:
            OSError: one of them cannot be had.
        """
        await self.unbind()
        for name, port in ports.items():
            self._holders[name] = _holding(port)
            await self.up(name)

    async def unbind(self) -> None:
        """Give up all ports, and close all connections."""
        for name in list(self._listening):
            await self.down(name)
        for holder in self._holders.values():
            holder.close()
        self._holders.clear()

    async def down(self, name: str) -> None:
        """Refuse connections, and reset those that are there; all of this has happened when it returns.

        Raises:
            KeyError: there is no such upstream.
        """
        with self._listening.pop(name) as listening:
            asyncio.get_running_loop().remove_reader(listening)
        for connection in [one for one in self._open if one.upstream == name]:
            connection.abort()
        if self._arriving:
            await asyncio.wait(self._arriving)
        await asyncio.sleep(0)  # transports close their sockets in the loop's next turn

    async def up(self, name: str) -> None:
        """Accept connections.

        Raises:
            KeyError: there is no such upstream.
            OSError: its port cannot be had.
        """
        if name in self._listening:
            return
        listening = self._listening[name] = _bound(self._holders[name].getsockname()[1])
        listening.setblocking(False)
        listening.listen(BACKLOG)
        # Not `create_server`: what that has accepted a moment before it is closed is neither served nor closed.
        asyncio.get_running_loop().add_reader(listening, self._accept, name, listening)

    # --- what connections say

    def opened(self, connection: Connection) -> None:
        """See `connection.Register`. One that was accepted just before its upstream went down comes too late."""
        self._open.add(connection)
        if connection.upstream not in self._listening:
            connection.abort()

    def closed(self, connection: Connection) -> None:
        """See `connection.Register`."""
        self._open.discard(connection)

    def _accept(self, name: str, listening: socket.socket) -> None:
        try:
            accepted, _ = listening.accept()
        except OSError:  # the caller has gone again
            return
        number = next(self._numbers)
        self._stage.accepted(name, number)
        if len(self._open) + len(self._arriving) >= MAX_OPEN:
            accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            accepted.close()
            return
        loop, connection = asyncio.get_running_loop(), Connection(name, number, self._stage, self)
        arriving = loop.create_task(loop.connect_accepted_socket(lambda: connection, accepted))
        self._arriving.add(arriving)
        arriving.add_done_callback(self._arriving.discard)


def _holding(port: int) -> socket.socket:
    one = _bound(port)
    # While a holder allows it, whoever sets it too can have the port that nobody listens on, whatever the user.
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
    return one


def _bound(port: int) -> socket.socket:
    # The protocol is named, since asyncio sends at once (TCP_NODELAY) on no other: each answer would be 40 ms late.
    one = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        # Connections of an earlier server that linger (TIME_WAIT) are in nobody's way.
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        one.bind((HOST, port))
    except (OSError, OverflowError):
        one.close()
        raise
    return one
