"""One operation, and how quick it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import Api, Latency, Mix, Reply, Request, Tally, check

if TYPE_CHECKING:
    import random


@check("items.read.ok", category="behaviour", level="junior")
async def item_is_read(api: Api, rng: random.Random) -> None:
    """An item is read with 200.

    It is all that there is.
    """
    number = rng.randrange(10**6)
    (await api.get(f"/items/{number}")).expect(200).json()["id"].equals(number)


@check("items.read.latency", category="latency", level="mid", requires=("items.read.ok",))
async def reading_is_quick(latency: Latency, rng: random.Random) -> Tally:
    """Reading an item takes at most twice as long as in the reference, at 100 requests a second.

    Whoever reads waits for it, and slow answers pile up when many do.
    """
    numbers = [rng.randrange(10**6) for _ in range(50)]
    loads = [Request("GET", f"/items/{number}") for number in numbers]

    def is_right(reply: Reply, number: int) -> None:
        reply.expect(200).json()["id"].equals(numbers[number])

    return await latency.compare(Mix(100, loads, is_right))
