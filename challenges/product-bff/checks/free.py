"""What goes on while requests are held, because upstreams do not answer."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from grader.harness import Missed, Upstreams, check, sending
from grader.harness.probes.faults import good, status

if TYPE_CHECKING:
    from conftest import Shop

HELD = 20
LEAST_IN_FLIGHT = 4
"""Of one list; see `overlap.py`."""


@check("async.free.health", category="async", level="mid", weight=3, requires=("products.read.ok", "service.health"))
async def health_is_answered_meanwhile(shop: Shop, upstreams: Upstreams) -> None:
    """While a product is held at an upstream, `GET /health` is answered.

    A blocking call in `async def` stops everybody: the service looks dead to whoever asks, and is restarted.
    """
    product = await shop.stock()
    async with await upstreams.hold(*shop.at(product)) as gate, sending(shop.read(product)) as [request]:
        await gate.arrived(of=request, expected="an upstream is asked")
        reply = await gate.meanwhile(shop.health(), "GET /health is answered while an upstream is waited for")
        reply.expect(200)
        await gate.release()
        await shop.finish([request])


@check(
    "async.free.products",
    category="async",
    level="mid",
    weight=3,
    requires=("async.free.health", "list.ok", "prices.changed.ok"),
)
async def others_are_answered_meanwhile(shop: Shop, upstreams: Upstreams) -> None:
    """While twenty products are held at upstreams, others are answered: products, lists and price changes.

    One slow product must not take the quick ones with it: not their threads, not their connections.
    """
    held, others = await shop.stocked(HELD), await shop.stocked(4)
    reads = [shop.read(product) for product in held]
    async with await upstreams.hold(*shop.at(*held)) as gate, sending(*reads) as requests:
        await gate.arrived(HELD, expected=f"{HELD} products are asked for at upstreams at the same time")
        await shop.linger(2)
        (await gate.meanwhile(shop.read(others[0]), "another product is answered meanwhile")).expect(200)
        (await gate.meanwhile(shop.list(others[1:]), "a list is answered meanwhile")).expect(200)
        change = shop.post({"id": held[0].id, **held[0].price})
        await gate.meanwhile(change, "a price change is answered meanwhile")
        await gate.release()
        await shop.finish(requests)


@check(
    "async.free.lists",
    category="async",
    level="senior",
    weight=2,
    requires=("async.free.products", "async.list.overlap", "async.list.bound-own"),
)
async def others_are_answered_beside_lists(shop: Shop, upstreams: Upstreams) -> None:
    """While twenty lists are held at upstreams, other products and lists are answered.

    Twenty lists of two products are 120 calls: whatever pool or executor they share has an end, often at a hundred, and
    whoever comes then waits for strangers.
    """
    lists = [await shop.stocked(2) for _ in range(HELD)]
    others = await shop.stocked(4)
    calls = shop.at(*(product for products in lists for product in products))
    async with await upstreams.hold(*calls) as gate, sending(*map(shop.list, lists)) as requests:
        await gate.arrived(HELD * LEAST_IN_FLIGHT, expected=f"{HELD} lists are asked for at upstreams at the same time")
        await shop.linger(2)
        (await gate.meanwhile(shop.read(others[0]), "a product is answered meanwhile")).expect(200)
        (await gate.meanwhile(shop.list(others[1:]), "another list is answered meanwhile")).expect(200)
        await gate.release()
        await shop.finish(requests)


@check("async.free.pause", category="async", level="senior", requires=("async.free.products", "retry.once"))
async def pause_before_second_attempt_is_free(shop: Shop, upstreams: Upstreams) -> None:
    """While many second attempts are due, `GET /health` is answered: no kind of waiting stops the others.

    `time.sleep` before a retry hides well: it does no harm until many calls fail together, which is when it matters.
    """
    products = await shop.stocked(HELD, **{name: (status(503), good) for name in upstreams})
    calls, reads = shop.at(*products), [shop.read(product) for product in products]
    async with await upstreams.hold(*calls) as first, sending(*reads) as requests:
        await first.arrived(HELD, expected=f"{HELD} products are asked for at upstreams at the same time")
        await shop.linger(2)
        # Whatever comes once the first gate has opened waits at the second.
        async with await upstreams.hold(*calls) as second:
            await first.release()
            # Once the first of them has come, the others are under way: their pauses have begun. That it comes soon is
            # another check's matter.
            with suppress(Missed):
                await second.arrived(expected="second attempts are made")
            reply = await second.meanwhile(shop.health(), "GET /health is answered while second attempts are due")
            reply.expect(200)
        await shop.finish(requests)
