"""How quick it is, beside the reference on the same machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import Latency, Mix, Reply, Request, Tally, check

if TYPE_CHECKING:
    from conftest import Shop

RATE = 80.0
PRODUCTS = 500


@check("products.read.latency", category="latency", level="mid", requires=("products.read.ok",))
async def reading_is_quick(latency: Latency, shop: Shop) -> Tally:
    """Reading a product takes at most twice as long as in the reference, 80 times a second, while upstreams are quick.

    What this service adds to three quick calls is its own: a client that is made for each request, a connection for
    each call, a token that is checked more often than once.
    """
    products = await shop.stocked(PRODUCTS)

    def is_right(reply: Reply, number: int) -> None:
        products[number].named(reply.expect(200).json())

    headers = shop.bearer()
    return await latency.compare(Mix(RATE, [Request("GET", each.path, headers=headers) for each in products], is_right))
