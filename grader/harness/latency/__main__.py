"""`python -m grader.harness.latency DESCRIPTOR`: sends blocks, one after another, and tells what was seen of each."""

import asyncio
import os
import socket
import sys

from grader.harness.latency.block import Block
from grader.harness.latency.driver import drive
from grader.harness.line import Line


async def serve(end: socket.socket) -> None:
    """Take orders until the other end is closed.

    Args:
        end: of a socket pair; the orders are objects with `host`, `port` and `block`.
    """
    line = await Line.open(end)
    while order := await line.receive():
        seen = await drive(Block.of(order["block"]), order["host"], order["port"])
        line.send(seen.as_json())
    await line.close()


if __name__ == "__main__":
    # The application is kept off it where there are more.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
    with socket.socket(fileno=int(sys.argv[1])) as mine:
        asyncio.run(serve(mine))
