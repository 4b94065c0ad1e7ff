"""Calls that are made at the same time: enough of them, and never too many."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from grader.harness import Missed, Tally, Upstreams, check, sending
from grader.harness.probes.faults import good, status
from grader.harness.probes.rendezvous import fans_out, keeps_bound

if TYPE_CHECKING:
    from conftest import Shop

MOST_IN_FLIGHT = 8
"""Of one list."""
LEAST_IN_FLIGHT = 4
"""More than one product has: calls for different products overlap."""
IDS = 12
"""36 calls."""


@check("async.fan-out", category="async", level="mid", weight=3, requires=("products.read.ok",))
async def three_calls_are_concurrent(shop: Shop, upstreams: Upstreams) -> None:
    """The three calls for a product are made concurrently: none waits for the answer to another.

    One after another, the slowest page is the sum of three services; together, it is the slowest of them.
    """
    product = await shop.stock()
    expected = "catalog, pricing and reviews are asked at the same time"
    await fans_out(upstreams, shop.read(product), 3, *shop.at(product), expected=expected)


@check("async.list.overlap", category="async", level="mid", weight=2, requires=("list.ok",))
async def products_of_a_list_overlap(shop: Shop, upstreams: Upstreams) -> Tally:
    """In a list, a product's three calls are concurrent, and calls for different products overlap.

    Twenty products one after another are a page that nobody waits for.
    """
    tally = Tally()
    with tally.case("one product: its three calls"):
        product = await shop.stock()
        expected = "catalog, pricing and reviews are asked at the same time"
        await fans_out(upstreams, shop.list([product]), 3, *shop.at(product), expected=expected)
    with tally.case("six products: more than three calls"):
        products = await shop.stocked(6)
        expected = "calls for different products are in flight at the same time"
        await fans_out(upstreams, shop.list(products), LEAST_IN_FLIGHT, *shop.at(*products), expected=expected)
    return tally


@check("async.list.bound", category="async", level="mid", weight=3, requires=("async.list.overlap",))
async def list_keeps_its_bound(shop: Shop, upstreams: Upstreams) -> None:
    """A list never has more than 8 calls to upstreams in flight, over all upstreams and all its ids.

    Without a bound, one request for twenty products is sixty calls at once, and a few of them are an attack.
    """
    products = await shop.stocked(IDS)
    request = shop.list(products)
    await keeps_bound(upstreams, request, MOST_IN_FLIGHT, LEAST_IN_FLIGHT, shop.health, *shop.at(*products))


@check(
    "async.list.bound-attempts",
    category="async",
    level="senior",
    requires=("async.list.bound", "retry.once", "async.free.pause"),
)
async def second_attempts_keep_the_bound(shop: Shop, upstreams: Upstreams) -> None:
    """Second attempts count like first ones: a list whose calls are all answered 503 keeps to 8 in flight.

    A retry that is made outside of the limit doubles the load just when the upstream has said that it is too much.
    """
    products = await shop.stocked(IDS, **{name: (status(503), good) for name in upstreams})
    alone = await shop.stock(catalog=(status(503), good))
    calls, others = shop.at(*products), shop.at(alone, only="catalog")
    requests = shop.list(products), shop.read(alone)
    async with await upstreams.hold(*calls, *others) as first, sending(*requests) as under_way:
        await first.arrived(LEAST_IN_FLIGHT + 1, of=under_way[0])
        await shop.linger(2)
        # Whatever comes once the first gate has opened waits at the second.
        async with await upstreams.hold(*calls) as second:
            await first.release()
            await second.arrived(LEAST_IN_FLIGHT, of=under_way[0])
            # A product alone, which got its 503 together with them, is answered: so their pauses are over as well.
            with suppress(Missed):
                await second.meanwhile(under_way[1], "a product beside the list is answered")
            await second.never_arrives(MOST_IN_FLIGHT, control=shop.health)
        await shop.finish(under_way)


@check("async.list.bound-own", category="async", level="mid", weight=2, requires=("async.list.bound",))
async def each_list_has_a_bound_of_its_own(shop: Shop, upstreams: Upstreams) -> None:
    """The bound is for each request by itself: while one list has all its calls in flight, another is answered.

    Where all share one limit, a single slow page stops all others, and it looks as if every upstream were down.
    """
    slow, quick = await shop.stocked(IDS), await shop.stocked(3)
    async with await upstreams.hold(*shop.at(*slow)) as gate, sending(shop.list(slow)) as [request]:
        await gate.arrived(LEAST_IN_FLIGHT, of=request)
        await shop.linger(2)
        reply = await gate.meanwhile(shop.list(quick), "another list is answered while one waits for its upstreams")
        reply.expect(200)
        await gate.release()
        await shop.finish([request])
