"""One more attempt after a 503, and after nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import Tally, check
from grader.harness.probes.calling import on_their_clock
from grader.harness.probes.faults import good, never, status

if TYPE_CHECKING:
    from conftest import Product, Shop

UPSTREAMS = ("catalog", "pricing", "reviews")
UNAVAILABLE = status(503)
FAILURE = 500
"""Statuses from here on: which of them it is, is another check's matter."""


@check("retry.once", category="behaviour", level="mid", weight=2, requires=("products.read.members",))
async def unavailable_is_asked_once_more(shop: Shop) -> Tally:
    """An upstream that answers 503 is asked once more, and what it then answers is used; reviews as well.

    503 says "not now": a deployment, a full queue. Half a second later all is well, and nobody need know.
    """
    tally = Tally()
    for name in UPSTREAMS:
        with tally.case(name):
            product = await shop.stock(**{name: (UNAVAILABLE, good)})
            reply = await shop.read(product)
            product.whole(reply.expect(200).json())
            await shop.attempts(name, product, 2, reply)
    return tally


@check(
    "retry.second",
    category="behaviour",
    level="mid",
    weight=2,
    requires=("retry.once", "reviews.degraded", "products.unknown"),
)
async def second_attempt_counts(shop: Shop) -> Tally:
    """What the second attempt brings, counts: a second 503 is a failure, and there is no third attempt.

    Attempts multiply: three layers that try three times each make 27 calls of one, just when the last one is down.
    """
    second = {"503": UNAVAILABLE, "500": status(500)}
    tally = Tally()
    for kind, fault in second.items():
        for name in UPSTREAMS:
            with tally.case(f"{name}: {kind} after a 503"):
                product = await shop.stock(**{name: (UNAVAILABLE, fault, good)})
                reply = await shop.read(product)
                if name == "reviews":
                    product.degraded(reply.expect(200).json())
                elif reply.status < FAILURE:
                    raise reply.mismatch("502", f"status {reply.status}")
                await shop.attempts(name, product, 2, reply)
    with tally.case("catalog: 404 after a 503"):
        product = await shop.stock(catalog=(UNAVAILABLE, status(404), good))
        (await shop.read(product)).expect(404)
    return tally


@check("retry.others", category="behaviour", level="mid", weight=2, requires=("products.read.ok",))
async def other_statuses_are_not_retried(shop: Shop) -> Tally:
    """No other status is retried: the upstream sees exactly one request.

    A 500 is a bug that a second request finds again, and a 429 asks for fewer requests, not for one more.
    """
    tally = Tally()
    for name in UPSTREAMS:
        for code in (500, 502, 504, 429, 404, 408):
            with tally.case(f"{name} answers {code}"):
                product = await shop.stock(**{name: status(code)})
                reply = await shop.read(product)
                await shop.linger(2)
                await shop.attempts(name, product, 1, reply)
    return tally


@check("retry.soon", category="async", level="mid", requires=("retry.once", "timeouts.reviews", "async.fan-out"))
async def second_attempt_comes_soon(shop: Shop) -> None:
    """The second attempt is sent soon after the 503: long before another call of the same request exceeds its limit.

    Somebody waits at a page. A pause that suits a nightly job is longer than anybody looks at an empty screen.
    """
    product = await shop.stock(catalog=(UNAVAILABLE, good), reviews=never)
    await on_their_clock(_soon(shop, product))


async def _soon(shop: Shop, product: Product) -> None:
    reply = (await shop.read(product)).expect(200)
    first, second = await shop.attempts("catalog", product, 2, reply)
    given_up = max(call.ended_at or second.at for call in await shop.called(product) if call.upstream == "reviews")
    if second.at > given_up:
        raise reply.mismatch("a second attempt within 0.3 s", f"it came {second.at - first.at:.1f} s after the first")
