"""Ports that accept connections, refuse them, and accept them again, and are never anybody else's meanwhile."""

import asyncio
import itertools
import socket
from typing import Final

from grader.harness.upstream.connection import Connection
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
        self._servers: dict[str, asyncio.Server] = {}
        self._open: set[Connection] = set()

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
        for name in list(self._servers):
            await self.down(name)
        for holder in self._holders.values():
            holder.close()
        self._holders.clear()

    async def down(self, name: str) -> None:
        """Refuse connections, and reset those that are there; all of this has happened when it returns.

        Raises:
            KeyError: there is no such upstream.
        """
        self._servers.pop(name).close()
        for connection in [one for one in self._open if one.upstream == name]:
            connection.abort()
        await asyncio.sleep(0)  # transports close their sockets in the loop's next turn

    async def up(self, name: str) -> None:
        """Accept connections.

        Raises:
            KeyError: there is no such upstream.
            OSError: its port cannot be had.
        """
        if name in self._servers:
            return
        listening = _bound(self._holders[name].getsockname()[1])
        loop = asyncio.get_running_loop()
        self._servers[name] = await loop.create_server(lambda: self._accept(name), sock=listening, backlog=BACKLOG)

    # --- what connections say

    def opened(self, connection: Connection) -> None:
        """See `connection.Register`. One that was accepted just before its upstream went down comes too late."""
        self._open.add(connection)
        if connection.upstream not in self._servers or len(self._open) > MAX_OPEN:
            connection.abort()

    def closed(self, connection: Connection) -> None:
        """See `connection.Register`."""
        self._open.discard(connection)

    def _accept(self, name: str) -> Connection:
        number = next(self._numbers)
        self._stage.accepted(name, number)
        return Connection(name, number, self._stage, self)


def _holding(port: int) -> socket.socket:
    one = _bound(port)
    # While a holder allows it, whoever sets it too can have the port that nobody listens on, whatever the user.
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
    return one


def _bound(port: int) -> socket.socket:
    one = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # Connections of an earlier server that linger (TIME_WAIT) are in nobody's way.
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        one.bind((HOST, port))
    except OSError:
        one.close()
        raise
    return one
