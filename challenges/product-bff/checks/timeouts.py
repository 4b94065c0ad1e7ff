"""Time limits. The candidate's own clock is the one that counts, and upstreams that keep well away from the limit.

A limit that runs out costs its seconds, so the cases of a check are tried at the same time.
"""

from __future__ import annotations

from asyncio import Task
from typing import TYPE_CHECKING

from grader.harness import Reply, Tally, Upstreams, check, sending
from grader.harness.probes.calling import at_once, on_their_clock, times_out
from grader.harness.probes.faults import after, behind, in_pieces, never, status, trickled

if TYPE_CHECKING:
    from conftest import Product, Shop

IN_TIME = 0.5
"""Of the limit; such an answer must be used."""
TOO_LATE = 1.5
"""Of the limit; such an answer must not be used."""
DRIP = 0.1
"""Of the limit, between two bytes."""


@check("timeouts.upstreams", category="async", level="mid", weight=3, requires=("products.read.ok",))
async def slow_upstreams_time_out(shop: Shop) -> Tally:
    """Catalog or pricing not answering within `UPSTREAM_TIMEOUT` is answered with 504.

    Without a limit, a slow service makes slow all that ask it; a client's default of five seconds is not the limit that
    was asked for.
    """
    faults = {"never answers": never, "answers after one and a half times the limit": after(TOO_LATE * shop.limit)}
    products = {
        f"{name} {kind}": await shop.stock(**{name: fault})
        for name in ("catalog", "pricing")
        for kind, fault in faults.items()
    }
    expected = f"504, since the answer does not come within {shop.limit:g} s"
    return await at_once(
        {name: times_out(shop.read(product), 504, expected=expected) for name, product in products.items()}
    )


@check("timeouts.reviews", category="async", level="mid", weight=2, requires=("reviews.degraded",))
async def slow_reviews_are_left_out(shop: Shop) -> Tally:
    """Reviews not answering within `UPSTREAM_TIMEOUT` make the product degraded, and not fail.

    What is optional has a limit too: a page that waits for stars for ever has neither.
    """
    faults = {"never answers": never, "answers after one and a half times the limit": after(TOO_LATE * shop.limit)}
    products = {name: await shop.stock(reviews=fault) for name, fault in faults.items()}
    return await at_once({name: on_their_clock(_degraded(shop, product)) for name, product in products.items()})


async def _degraded(shop: Shop, product: Product) -> None:
    product.degraded((await shop.read(product)).expect(200).json())


@check("timeouts.body", category="async", level="senior", weight=2, requires=("timeouts.upstreams", "timeouts.reviews"))
async def slow_bodies_time_out(shop: Shop) -> Tally:
    """The limit holds to the end of the body: an upstream that sends headers and then a byte now and then exceeds it.

    A read timeout starts anew with each chunk, so an upstream that is slow enough is waited for for ever.
    """
    drip = trickled(DRIP * shop.limit)
    catalog, pricing = await shop.stock(catalog=drip), await shop.stock(pricing=drip)
    expected = f"504, since the body is not complete within {shop.limit:g} s"
    return await at_once(
        {
            "catalog": times_out(shop.read(catalog), 504, expected=expected),
            "pricing": times_out(shop.read(pricing), 504, expected=expected),
            "reviews": on_their_clock(_degraded(shop, await shop.stock(reviews=drip))),
        }
    )


@check(
    "timeouts.list",
    category="async",
    level="mid",
    requires=("timeouts.upstreams", "timeouts.reviews", "list.fails", "list.degraded"),
)
async def limits_hold_in_lists(shop: Shop) -> Tally:
    """A list with a product whose catalog or pricing is too slow is answered with 504; with slow reviews, degraded.

    The rules for one product are the rules for each of many.
    """
    others = await shop.stocked(2)
    catalog, pricing, reviews = [await shop.stock(**{name: never}) for name in ("catalog", "pricing", "reviews")]
    expected = "504, since one product's calls exceed the limit"
    return await at_once(
        {
            "catalog": times_out(shop.list([others[0], catalog, others[1]]), 504, expected=expected),
            "pricing": times_out(shop.list([others[0], pricing, others[1]]), 504, expected=expected),
            "reviews": on_their_clock(_degraded_item(shop, [others[0], reviews, others[1]])),
        }
    )


async def _degraded_item(shop: Shop, products: list[Product]) -> None:
    reply = await shop.list(products)
    products[1].degraded(shop.item(reply, products[1]))


@check("timeouts.patience", category="async", level="mid", weight=2, requires=("products.read.members",))
async def answers_in_time_are_used(shop: Shop) -> Tally:
    """An answer that is complete in half of the limit is used, that of reviews as well.

    A limit is a promise in both directions: whoever gives up earlier fails where nothing was wrong.
    """
    faults = {"after half of the limit": after(IN_TIME * shop.limit), "in pieces": in_pieces(IN_TIME / 2 * shop.limit)}
    products = {
        f"{name} answers {kind}": await shop.stock(**{name: fault})
        for name in ("catalog", "pricing", "reviews")
        for kind, fault in faults.items()
    }
    return await at_once({name: on_their_clock(_whole(shop, product)) for name, product in products.items()})


async def _whole(shop: Shop, product: Product) -> None:
    product.whole((await shop.read(product)).expect(200).json())


@check(
    "timeouts.attempt",
    category="async",
    level="senior",
    requires=("timeouts.upstreams", "timeouts.patience", "retry.once", "async.free.health"),
)
async def each_attempt_has_its_own_limit(shop: Shop, upstreams: Upstreams) -> Tally:
    """After a 503 the second attempt has the whole limit for itself, however long the first one took.

    Half of the limit for the first and more than half for the second: a limit on both together ends it, though no
    attempt was too slow.
    """
    gate = await upstreams.gate()
    faults = after(IN_TIME * shop.limit, status(503)), behind(gate)
    products = {name: await shop.stock(**{name: faults}) for name in ("catalog", "pricing", "reviews")}
    silent = await shop.stock(catalog=never)
    first = await upstreams.hold(*(call for name, each in products.items() for call in shop.at(each, only=name)))
    async with gate, first, sending(*map(shop.read, products.values())) as requests:
        await first.arrived(len(requests), expected="all three products are asked for at upstreams")
        await first.release()
        # The application has begun with them before it begins with the silent one. So when that one's limit has passed,
        # by the application's own clock, a limit of theirs that is not for an attempt has passed as well.
        expected = f"504, since the catalog does not answer within {shop.limit:g} s"
        await times_out(shop.read(silent), 504, expected=expected)
        await gate.release()
        return await at_once(
            {
                name: on_their_clock(_answered(request, product))
                for (name, product), request in zip(products.items(), requests, strict=True)
            }
        )


async def _answered(request: Task[Reply], product: Product) -> None:
    product.whole((await request).expect(200).json())


@check(
    "timeouts.waiting",
    category="async",
    level="senior",
    requires=("timeouts.upstreams", "timeouts.patience", "async.list.bound", "list.members"),
)
async def waiting_for_a_place_is_no_attempt(shop: Shop) -> None:
    """Waiting for one of the 8 places is no part of an attempt: a list may take longer than the limit.

    Nine products are 27 calls, four rounds of eight. Each call is answered well within the limit, all of them are not:
    a limit that begins before the place is had makes the last ones fail.
    """
    late = after(0.4 * shop.limit)
    products = await shop.stocked(9, catalog=late, pricing=late, reviews=late)
    await on_their_clock(_all_whole(shop, products))


async def _all_whole(shop: Shop, products: list[Product]) -> None:
    reply = await shop.list(products)
    for product in products:
        product.whole(shop.item(reply, product))
