"""One operation, and how quick it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import Api, Request, Tally, check
from grader.harness.latency.mix import Mix

if TYPE_CHECKING:
    from grader.harness.latency.measuring import Latency


@check("items.read.ok", category="behaviour", level="junior")
async def item_is_read(api: Api) -> None:
    """An item is read with 200.

    It is all that there is.
    """
    (await api.get("/items/1")).expect(200)


@check("items.read.latency", category="latency", level="mid", requires=("items.read.ok",))
async def reading_is_quick(latency: Latency) -> Tally:
    """Reading an item takes at most twice as long as in the reference.

    Whoever reads waits for it.
    """
    requests = [Request("GET", f"/items/{number}") for number in range(50)]
    return await latency.compare(Mix(100, requests, lambda reply: reply.expect(200).json()["id"].integer()))
