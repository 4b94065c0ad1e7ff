"""A server whose latency is known: `known_server.py fixed|bimodal|stall`. Prints its port, then serves until killed.

It answers every request on kept connections after a delay of its own; with `stall` it answers at once, but stands still
for half a second every five, as a garbage collector or a full disk would have it.
"""

import asyncio
import random
import sys
import time

FIXED = 0.010
FAST, SLOW, SLOW_SHARE = 0.004, 0.040, 0.10
STALL, EVERY = 0.5, 5.0
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


async def serve(mode: str) -> None:
    """Serve until cancelled."""
    rng = random.Random(1)  # noqa: S311 - it must repeat

    def delay() -> float:
        if mode == "fixed":
            return FIXED
        return SLOW if mode == "bimodal" and rng.random() < SLOW_SHARE else FAST if mode == "bimodal" else 0.0

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline():
            while await reader.readline() != b"\r\n":
                pass
            if seconds := delay():
                await _precisely(seconds)
            writer.write(ANSWER)
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    while True:
        await asyncio.sleep(EVERY - STALL)
        if mode == "stall":
            time.sleep(STALL)  # noqa: ASYNC251 - that is what is shown


async def _precisely(seconds: float) -> None:
    """Sleep as long as it says: timers round up to a millisecond."""
    until = time.perf_counter() + seconds
    await asyncio.sleep(max(0.0, seconds - 0.002))
    while time.perf_counter() < until:  # noqa: ASYNC110 - nothing tells of an instant
        await asyncio.sleep(0)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
