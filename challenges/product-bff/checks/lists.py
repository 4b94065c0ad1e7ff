"""Several products at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import Api, Reply, Tally, Upstreams, check, sending
from grader.harness.probes.faults import BROKEN, status

if TYPE_CHECKING:
    from conftest import Product, Shop

FAILURE = 500


def _shown(reply: Reply, *products: Product) -> None:
    """`Mismatch` unless the items are these products, in this order."""
    shown = [item["id"].value for item in reply.expect(200).json()["items"].array()]
    asked = [product.id for product in products]
    if shown != asked:
        raise reply.mismatch(f"items in the order {', '.join(asked)}", ", ".join(map(str, shown)) or "no items")


@check("list.ok", category="behaviour", level="junior", requires=("products.read.ok",))
async def list_has_its_products(shop: Shop) -> None:
    """`GET /products?ids=` answers 200 with the products that were asked for, in whatever order.

    A page with twenty products should not need twenty requests from a browser.
    """
    products = await shop.stocked(3)
    reply = await shop.list(products)
    for product in products:
        product.named(shop.item(reply, product))


@check("list.members", category="behaviour", level="junior", requires=("list.ok", "products.read.members"))
async def items_have_all_members(shop: Shop) -> Tally:
    """Each item of a list has all the members of a product, with values of its own.

    Answers that are put together by their position go wrong as soon as one of them is missing.
    """
    products = await shop.stocked(4)
    reply = await shop.list(products)
    tally = Tally()
    for number, product in enumerate(products, 1):
        with tally.case(f"product {number}"):
            product.whole(shop.item(reply, product))
    return tally


@check("list.order", category="behaviour", level="junior", weight=2, requires=("list.ok",))
async def items_stand_as_asked_for(shop: Shop, upstreams: Upstreams) -> Tally:
    """Items stand in the order in which their ids were asked for, whichever upstream answers first.

    Who takes results as they complete has an order that changes with the network's mood.
    """
    tally = Tally()
    with tally.case("all answer at once"):
        products = await shop.stocked(6)
        _shown(await shop.list(products), *products)
    with tally.case("the first product's catalog answers last"):
        products = await shop.stocked(2)
        first = shop.at(products[0], only="catalog")
        async with await upstreams.hold(*first) as gate, sending(shop.list(products)) as [request]:
            await gate.arrived(of=request, expected="the catalog is asked for the first product")
            await shop.linger_at(gate)
            await gate.release()
            _shown(await request, *products)
    return tally


@check("list.unknown", category="behaviour", level="junior", weight=2, requires=("list.ok",))
async def unknown_ids_are_left_out(shop: Shop) -> Tally:
    """Ids that the catalog does not know are left out of a list; where it knows none, the list is empty.

    One product that was taken off the catalog must not take the page with it.
    """
    known, unknown = await shop.stocked(3), await shop.stocked(3, catalog=status(404))
    tally = Tally()
    with tally.case("some are unknown"):
        reply = await shop.list([known[0], unknown[0], known[1], unknown[1], known[2]])
        for product in known:
            product.named(shop.item(reply, product))
        count = len(reply.json()["items"].array())
        if count != len(known):
            raise reply.mismatch("just the three products that the catalog knows", f"{count} items")
    with tally.case("all are unknown"):
        (await shop.list(unknown)).expect(200).json()["items"].equals([])
    return tally


@check(
    "list.unknown.wins",
    category="behaviour",
    level="mid",
    requires=("list.unknown", "products.unknown.wins"),
)
async def unknown_ids_do_not_fail_the_list(shop: Shop, upstreams: Upstreams) -> None:
    """An id that the catalog does not know is left out even where pricing has failed for it before.

    Pricing need not know what the catalog does not; one stale link would take the whole page down.
    """
    known, unknown = await shop.stock(), await shop.stock(catalog=status(404), pricing=status(500))
    held = shop.at(unknown, only="catalog")
    async with await upstreams.hold(*held) as gate, sending(shop.list([unknown, known])) as [request]:
        await gate.arrived(of=request, expected="the catalog is asked, whatever pricing does")
        await shop.linger_at(gate)
        await gate.release()
        _shown(await request, known)


@check("list.ids", category="validation", level="junior", weight=2, requires=("list.ok",))
async def ids_are_bounded(api: Api, shop: Shop) -> Tally:
    """A list of 20 ids is accepted; one of more, or a request without `ids`, is refused with 422.

    Each id costs three calls: a list without a bound lets one request ask for all the catalog.
    """
    products = await shop.stocked(22)
    tally = Tally()
    with tally.case("20 ids"):
        (await shop.list(products[:20])).expect(200)
    for count in (21, 22):
        with tally.case(f"{count} ids"):
            (await shop.list(products[:count])).expect(422)
    with tally.case("no `ids`"):
        (await api.get("/products", headers=shop.bearer())).expect(422)
    return tally


@check("list.fails", category="status_codes", level="mid", requires=("list.ok", "products.read.ok"))
async def one_failure_fails_the_list(shop: Shop) -> Tally:
    """One product whose catalog or pricing fails makes the whole list fail, with the code of that product alone.

    A list that silently lacks a product looks complete, and nobody will ask again.
    """
    faults = {
        "pricing answers 500": {"pricing": status(500)},
        "the catalog answers 500": {"catalog": status(500)},
        "the catalog breaks off": {"catalog": BROKEN["closed without an answer"]},
    }
    tally = Tally()
    for name, fault in faults.items():
        with tally.case(name):
            before, failing, after = await shop.stock(), await shop.stock(**fault), await shop.stock()
            alone = await shop.read(failing)
            # Which code a failure has is another check's matter; a list has the same.
            (await shop.list([before, failing, after])).expect(alone.status if alone.status >= FAILURE else 502)
    return tally
