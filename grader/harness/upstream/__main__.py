"""`python -m grader.harness.upstream DESCRIPTOR`: play upstreams, as told on that socket, until it is closed."""

import asyncio
import socket
import sys
from typing import Any

from grader.harness.line import Line
from grader.harness.upstream.listeners import Listeners
from grader.harness.upstream.stage import Stage


class Player:
    """Does what the harness says, in the order in which it says it.

    Args:
        line: to the harness.
    """

    def __init__(self, line: Line) -> None:
        self._line = line
        self._stage = Stage(line.send)
        self._listeners = Listeners(self._stage)

    async def follow(self) -> None:
        """Take commands until the harness is gone; then all ports are given up."""
        while command := await self._line.receive():
            self._line.send({"event": "done", "id": command["id"], "problem": await self._tried(command)})
        await self._listeners.unbind()

    async def _tried(self, command: dict[str, Any]) -> str:
        try:
            await self._obey(**command)
        except Exception as error:  # noqa: BLE001 - the harness decides; a route may load a file of the pack
            return f"{command['do']}: {type(error).__name__}: {error}"
        return ""

    async def _obey(self, do: str, id: int, **details: Any) -> None:  # noqa: A002, ARG002 - as it is on the wire
        match do:
            case "bind":
                await self._listeners.bind(**details)
            case "down":
                await self._listeners.down(**details)
            case "up":
                await self._listeners.up(**details)
            case "reset" | "rest" | "route" | "gate" | "open" | "tag":
                getattr(self._stage, do)(**details)
            case "sync":
                pass
            case _:
                raise ValueError("no such command")


async def play(end: socket.socket) -> None:
    """Play until the other end is closed."""
    line = await Line.open(end)
    await Player(line).follow()
    await line.close()


if __name__ == "__main__":
    asyncio.run(play(socket.socket(fileno=int(sys.argv[1]))))
