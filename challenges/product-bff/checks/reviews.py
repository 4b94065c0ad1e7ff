"""Reviews are optional: what goes wrong with them costs the product its rating and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import Tally, Upstreams, check
from grader.harness.probes.faults import BROKEN, NONSENSE, lacking, status

if TYPE_CHECKING:
    from conftest import Shop


@check("reviews.degraded", category="behaviour", level="junior", weight=2, requires=("products.read.ok",))
async def product_is_degraded(shop: Shop) -> None:
    """Where reviews answer 500, the product is answered with 200, without its rating, and says that it is degraded.

    A page without stars sells; a page that says "error" does not.
    """
    product = await shop.stock(reviews=status(500))
    product.degraded((await shop.read(product)).expect(200).json())


@check("reviews.faults", category="behaviour", level="mid", weight=2, requires=("reviews.degraded",))
async def reviews_never_fail_a_product(shop: Shop, upstreams: Upstreams) -> Tally:
    """Whatever else goes wrong with reviews, another status, a broken connection or nonsense, the product is degraded.

    "Whatever" is more than an error status: each kind of fault arrives at a line of its own.
    """
    faults = {
        **{f"status {code}": status(code) for code in (404, 400, 429, 502, 201)},
        **BROKEN,
        **NONSENSE,
        **{f"no `{name}`": lacking(name) for name in ("rating", "count")},
    }
    tally = Tally()
    for name, fault in faults.items():
        with tally.case(name):
            product = await shop.stock(reviews=fault)
            product.degraded((await shop.read(product)).expect(200).json())
    with tally.case("refused"):
        product = await shop.stock()
        async with upstreams["reviews"].down():
            product.degraded((await shop.read(product)).expect(200).json())
    return tally


@check("list.degraded", category="behaviour", level="mid", requires=("reviews.degraded", "list.members"))
async def items_are_degraded_one_by_one(shop: Shop) -> Tally:
    """In a list, the product whose reviews fail is degraded, and the others are whole.

    A flag that belongs to one item and is kept for all of them tells lies about the others.
    """
    whole, degraded = await shop.stocked(3), await shop.stock(reviews=status(500))
    asked = [*whole[:2], degraded, whole[2]]
    reply = await shop.list(asked)
    tally = Tally()
    with tally.case("the one whose reviews fail"):
        degraded.degraded(shop.item(reply, degraded))
    for number, product in enumerate(whole, 1):
        with tally.case(f"another, {number} of {len(whole)}"):
            product.whole(shop.item(reply, product))
    return tally
