"""How quick it is, beside the reference on the same machine."""

from __future__ import annotations

from asyncio import gather
from typing import TYPE_CHECKING

from grader.harness import Latency, Mix, Reply, Request, Tally, check

if TYPE_CHECKING:
    from conftest import Shop

RATE = 150.0
RECEIPTS, AT_ONCE = 500, 10


@check("receipts.points.latency", category="latency", level="mid", requires=("receipts.points.ok",))
async def reading_is_quick(latency: Latency, shop: Shop) -> Tally:
    """Reading the points of one of 500 receipts takes at most twice as long as in the reference, 150 times a second.

    Points never change, so whoever looks through all receipts, or works hard for each answer, does so for nothing.
    """
    receipts = []
    for _ in range(RECEIPTS // AT_ONCE):
        receipts += await gather(*(shop.process(shop.body()) for _ in range(AT_ONCE)))
    first: dict[int, float] = {}

    def is_right(reply: Reply, number: int) -> None:
        # Whether they are the right points is the matter of others; here, they are always the same.
        points = shop.score(receipts[number], reply).points
        if first.setdefault(number, points) != points:
            raise reply.mismatch(f"{first[number]:g} points, as before", f"{points:g}")

    return await latency.compare(Mix(RATE, [Request("GET", receipt.path) for receipt in receipts], is_right))
