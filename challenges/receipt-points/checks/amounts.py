"""Amounts: the form of a total and a price."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import Tally, check

if TYPE_CHECKING:
    from conftest import Shop

FORMS = ("6.4", "6", "6.", ".49", "6.490", "6,49", "1,006.49", "1e2", "1_0.00", "$6.49", "6.49 USD", "six", "")
SIGNS = ("-6.49", "-0.01", "-0.00", "+6.49")


@check("receipts.amounts.accepted", category="validation", level="junior", requires=("receipts.process.ok",))
async def amounts_are_accepted(shop: Shop) -> Tally:
    """Every amount of digits, a point and two digits is accepted, from 0.00 to 1000000000.00.

    Free items are on real receipts, and a bound that nobody asked for is found by the largest customer.
    """
    amounts = ("0.00", "0.01", f"{shop.units()}.00", f"{shop.units()}.99", "999999.99", "1000000000.00")
    return await shop.accepts({amount: shop.costing(amount) for amount in amounts})


@check("receipts.total.free", category="validation", level="junior", requires=("receipts.process.ok",))
async def total_need_not_be_the_sum(shop: Shop) -> Tally:
    """A total that differs from the sum of the items is accepted.

    Taxes, discounts and deposits stand between the two. A rule that seems obvious is still not in the contract.
    """
    totals = {"less": "0.07", "more": f"{shop.units()}07.13"}
    bodies = {f"{name} than the sum": shop.body(total=total) for name, total in totals.items()}
    return await shop.accepts(bodies)


@check("receipts.total.form", category="validation", level="junior", weight=2, requires=("receipts.process.ok",))
async def total_has_one_form(shop: Shop) -> Tally:
    """A total that is not written with digits, a point and exactly two digits is refused.

    `Decimal` and `float` read `6.4`, `1e2` and even `1_0.00`; that they can does not make them valid.
    """
    return await shop.refuses({repr(text): shop.body(total=text) for text in FORMS})


@check("receipts.price.form", category="validation", level="junior", weight=2, requires=("receipts.process.ok",))
async def price_has_one_form(shop: Shop) -> Tally:
    """A price that is not written with digits, a point and exactly two digits is refused, in every item.

    Prices are amounts like the total, one level further down.
    """
    bodies = {repr(text): shop.pricing(text) for text in FORMS}
    second = {**shop.body(), "items": [shop.item(), shop.item(price="6.4")]}
    return await shop.refuses(bodies | {"'6.4' in the second item": second})


@check("receipts.amounts.sign", category="validation", level="junior", requires=("receipts.process.ok",))
async def amounts_have_no_sign(shop: Shop) -> Tally:
    """A total or price with a sign is refused.

    A negative price would take points away, or money.
    """
    bodies = {f"total {text}": shop.body(total=text) for text in SIGNS}
    return await shop.refuses(bodies | {f"price {text}": shop.pricing(text) for text in SIGNS})


@check(
    "receipts.values.whole",
    category="validation",
    level="mid",
    requires=("receipts.process.ok",),
)
async def values_match_as_a_whole(shop: Shop) -> Tally:
    """A line break or blank before or after an amount, a date or a time makes it invalid.

    In Python `$` matches before a final line break as well: `re.match` with `$` is not `re.fullmatch`.
    """
    samples = {"total": "6.49", "purchaseDate": "2022-01-02", "purchaseTime": "08:13"}
    bodies = {}
    for kind, written in (("a line break after", "{}\n"), ("a blank after", "{} "), ("a blank before", " {}")):
        bodies[f"price: {kind}"] = shop.pricing(written.format("6.49"))
        for name, text in samples.items():
            bodies[f"{name}: {kind}"] = shop.body(**{name: written.format(text)})
    return await shop.refuses(bodies)
