"""One product, joined from what three upstreams know."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

from grader.harness import Tally, Upstreams, check, sending
from grader.harness.probes.faults import BROKEN, NONSENSE, lacking, status

if TYPE_CHECKING:
    from conftest import Shop


@check("products.read.ok", category="behaviour", level="junior")
async def product_can_be_read(shop: Shop) -> None:
    """`GET /products/{id}` with a good token answers 200 with the id and title that the catalog knows.

    Nearly everything else rests on it: what cannot be read when all is well cannot be judged when it is not.
    """
    product = await shop.stock()
    product.named((await shop.read(product)).expect(200).json())


@check("products.read.members", category="behaviour", level="junior", weight=2, requires=("products.read.ok",))
async def product_has_its_members(shop: Shop) -> Tally:
    """A product has its price, its rating and its number of reviews as the upstreams say them, and is not degraded.

    A price that became a number has lost its last digit, and a rating of 0 is not the same as none.
    """
    tally = Tally()
    for kind, members in {"": {}, ", nobody has rated it": {"rating": 0.0, "count": 0, "amount": "0.90"}}.items():
        product = await shop.stock(shop.product(**members))
        body = (await shop.read(product)).expect(200).json()
        with tally.case(f"price{kind}"):
            product.priced(body)
        with tally.case(f"rating{kind}"):
            body["rating"].equals(product.rating)
        with tally.case(f"review_count{kind}"):
            body["review_count"].equals(product.count)
        with tally.case(f"degraded{kind}"):
            body["degraded"].equals([])
    return tally


@check("products.read.ids", category="validation", level="junior", requires=("products.read.ok",))
async def ids_are_opaque(shop: Shop) -> Tally:
    """An id may be any text of 1 to 300 letters, digits and hyphens, and reaches the upstreams as it is.

    The ids are somebody else's: a service in the middle that has an opinion on them breaks when they change.
    """
    ids = {
        "digits": shop.text(9, "123456789"),
        "capitals": shop.text(12, string.ascii_uppercase),
        "letters of either case": shop.text(12),
        "one letter": shop.text(1),
        "with hyphens": f"{shop.text(4)}-{shop.text(4)}--{shop.text(4)}",
        "300 characters": shop.text(300),
    }
    tally = Tally()
    for name, product_id in ids.items():
        with tally.case(name):
            product = await shop.stock(shop.product(id=product_id))
            product.named((await shop.read(product)).expect(200).json())
    return tally


@check("products.unknown", category="status_codes", level="junior", requires=("products.read.ok",))
async def unknown_product_is_not_found(shop: Shop) -> None:
    """A product that the catalog does not know is answered with 404.

    A client must be able to tell "there is none" from "something broke".
    """
    product = await shop.stock(catalog=status(404))
    (await shop.read(product)).expect(404)


@check("products.unknown.wins", category="status_codes", level="mid", weight=2, requires=("products.unknown",))
async def not_found_wins_over_pricing(shop: Shop, upstreams: Upstreams) -> Tally:
    """The catalog's 404 is answered with 404 even where pricing has failed before.

    The first error to arrive is not the most telling one: who asks for what does not exist shall hear just that.
    """
    faults = {
        "pricing answers 404": status(404),
        "pricing answers 500": status(500),
        "pricing breaks off": BROKEN["reset"],
        "pricing answers nonsense": NONSENSE["a page of HTML"],
    }
    tally = Tally()
    for name, fault in faults.items():
        product = await shop.stock(catalog=status(404), pricing=fault)
        with tally.case(name):
            async with (
                await upstreams.hold(*shop.at(product, only="catalog")) as gate,
                sending(shop.read(product)) as [request],
            ):
                await gate.arrived(of=request, expected="the catalog is asked, whatever pricing does")
                await shop.linger_at(gate)
                await gate.release()
                (await request).expect(404)
    return tally


@check("upstreams.status", category="status_codes", level="mid", weight=2, requires=("products.read.ok",))
async def other_statuses_are_bad_gateway(shop: Shop) -> Tally:
    """Catalog or pricing answering any status but 200, and the catalog's 404, is answered with 502.

    To the caller the fault is behind this service, whatever its number there: not the caller's 400, not a missing page.
    """
    statuses = {
        "catalog": (500, 502, 504, 400, 401, 403, 410, 429, 201),
        "pricing": (500, 504, 400, 403, 404, 429, 202),
    }
    tally = Tally()
    for upstream, codes in statuses.items():
        for code in codes:
            with tally.case(f"{upstream} answers {code}"):
                product = await shop.stock(**{upstream: status(code)})
                (await shop.read(product)).expect(502)
    return tally


@check("upstreams.connection", category="status_codes", level="mid", weight=2, requires=("products.read.ok",))
async def broken_connections_are_bad_gateway(shop: Shop, upstreams: Upstreams) -> Tally:
    """Catalog or pricing refusing the connection, or breaking it before the answer is complete, is answered with 502.

    Each of these is an exception of its own kind in the client; the one that was not thought of becomes a 500.
    """
    tally = Tally()
    for name in ("catalog", "pricing"):
        for kind, fault in BROKEN.items():
            with tally.case(f"{name}: {kind}"):
                product = await shop.stock(**{name: fault})
                (await shop.read(product)).expect(502)
        with tally.case(f"{name}: refused"):
            product = await shop.stock()
            async with upstreams[name].down():
                (await shop.read(product)).expect(502)
    return tally


@check("upstreams.body", category="status_codes", level="mid", requires=("products.read.ok",))
async def nonsense_is_bad_gateway(shop: Shop) -> Tally:
    """Catalog or pricing answering 200 with a body that is no JSON, or lacks a member, is answered with 502.

    What comes from another service is input like any other; unlooked at, it becomes a KeyError and a 500.
    """
    members = {"catalog": ("id", "title"), "pricing": ("amount", "currency")}
    tally = Tally()
    for upstream, names in members.items():
        faults = {**NONSENSE, **{f"no `{name}`": lacking(name) for name in names}}
        for kind, fault in faults.items():
            with tally.case(f"{upstream}: {kind}"):
                product = await shop.stock(**{upstream: fault})
                (await shop.read(product)).expect(502)
    return tally
