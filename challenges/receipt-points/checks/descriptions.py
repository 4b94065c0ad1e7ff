"""What an item's description and price are worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import Tally, check

if TYPE_CHECKING:
    from conftest import Rules, Shop

PRICE = "12.25"
NOTHING = "ABCD"
"""A description that earns nothing."""
COUNTS = "ABC"
"""One that earns a fifth of the price."""


@check(
    "points.description.length",
    category="behaviour",
    level="junior",
    weight=2,
    requires=("receipts.points.ok", "receipts.description.accepted"),
)
async def multiples_of_three_count(shop: Shop) -> Tally:
    """An item earns points if the length of its description is a multiple of 3, and none otherwise.

    Every character counts, also the blanks and hyphens between words. How many points is another check's matter.
    """
    body = shop.costing(PRICE, shop.body(items=[shop.item(NOTHING)]))
    base = await shop.scored(body)
    one = shop.text(1)
    tally = Tally()
    for description in (*map(shop.text, (3, 6, 9, 30)), f"{one} {one}", f"{one}-{one}{one} {one}"):
        with tally.case(repr(description)):
            score = await shop.scored(shop.describing(description, body))
            score.earns(base, than=f"with the description {NOTHING!r}")
    for description in (*map(shop.text, (1, 2, 4, 5, 7, 10)), f"{one} {one}{one}", f"{one} {one}-{one}"):
        with tally.case(repr(description)):
            score = await shop.scored(shop.describing(description, body))
            score.gains(base, 0, than=f"with the description {NOTHING!r}")
    return tally


@check(
    "points.description.trimmed",
    category="behaviour",
    level="junior",
    weight=2,
    requires=("points.description.length",),
)
async def blanks_around_do_not_count(shop: Shop) -> Tally:
    """The length of a description is that without the blanks around it.

    Tills pad: with the blanks counted, the same product earns here and not there.
    """
    body = shop.costing(PRICE, shop.body(items=[shop.item(NOTHING)]))
    base = await shop.scored(body)
    three, four, five = shop.text(3), shop.text(4), shop.text(5)
    tally = Tally()
    for description in (f" {three}", f"{three} ", f"  {three}  ", f"   {shop.text(6)} "):
        with tally.case(f"{description!r} earns"):
            score = await shop.scored(shop.describing(description, body))
            score.earns(base, than=f"with the description {NOTHING!r}")
    for description in (f" {four} ", f"  {four}", f"{four}  ", f" {five}", f"{five} ", f"  {five}  "):
        with tally.case(f"{description!r} does not"):
            score = await shop.scored(shop.describing(description, body))
            score.gains(base, 0, than=f"with the description {NOTHING!r}")
    return tally


async def _prices(shop: Shop, rules: Rules, prices: list[str]) -> Tally:
    """At each price, a description that counts earns what it must more than one that does not."""
    tally = Tally()
    for price in prices:
        body = shop.costing(price, shop.body(items=[shop.item(NOTHING)]))
        with tally.case(price):
            base = await shop.scored(body)
            score = await shop.scored(shop.describing(COUNTS, body))
            score.gains(base, rules.fifth(price), than=f"with the description {NOTHING!r}")
    return tally


@check(
    "points.description.rounded-up",
    category="behaviour",
    level="junior",
    weight=2,
    requires=("points.description.length",),
)
async def fifths_are_rounded_up(shop: Shop, rules: Rules) -> Tally:
    """What an item earns is its price times 0.2, rounded up to the next whole number: 12.25 earns 3, 0.01 earns 1.

    `round` goes to the nearest, `int` goes down; and rounding to cents first loses what should have lifted 5.01 to 2.
    """
    prices = [PRICE, "0.01", "4.99", "5.01", "10.01", f"{shop.units()}.38", f"{shop.units()}.07", "97.60"]
    return await _prices(shop, rules, prices)


@check(
    "points.description.exact",
    category="behaviour",
    level="mid",
    weight=2,
    requires=("points.description.rounded-up", "receipts.amounts.accepted"),
)
async def whole_fifths_stay(shop: Shop, rules: Rules) -> Tally:
    """A fifth that is whole already is not rounded further: 5.00 earns 1, 10.00 earns 2, 0.00 earns nothing.

    `Decimal(0.2)` is a little more than a fifth, and `int(x) + 1` is not rounding up: both give one point too many.
    """
    prices = ["5.00", "10.00", "0.00", "15.00", "35.00", "70.00", f"{shop.units() // 5 * 5}.00"]
    return await _prices(shop, rules, prices)


@check(
    "points.description.each",
    category="behaviour",
    level="junior",
    requires=("points.description.rounded-up",),
)
async def each_item_counts_for_itself(shop: Shop, rules: Rules) -> Tally:
    """Every item whose description counts earns its own points, each rounded by itself, equal items included.

    The sum of what was rounded up is not the rounded sum: three times 1.01 earn 3 points, not 1.
    """
    price = "1.01"
    lists = {
        "two of two": [COUNTS, shop.text(6)],
        "three of three": [shop.text(3), shop.text(6), shop.text(9)],
        "the last of three": [NOTHING, shop.text(5), shop.text(3)],
        "the first of three": [shop.text(3), NOTHING, shop.text(5)],
        "twice the same": [COUNTS, COUNTS],
    }
    tally = Tally()
    for name, descriptions in lists.items():
        # The same list, but that nothing counts; what was equal stays equal.
        others = {each: shop.text(len(NOTHING)) for each in descriptions}
        body = shop.body(items=shop.items([others[each] for each in descriptions], price))
        with tally.case(name):
            base = await shop.scored(body)
            score = await shop.scored({**body, "items": shop.items(descriptions, price)})
            more = sum(rules.fifth(price) for each in descriptions if len(each) % 3 == 0)
            score.gains(base, more, than=f"with descriptions of {len(NOTHING)} characters")
    return tally
