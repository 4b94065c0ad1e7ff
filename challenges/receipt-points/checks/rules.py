"""What a receipt is worth, one rule at a time; the items' descriptions have a file of their own."""

from __future__ import annotations

import random
import string
from typing import TYPE_CHECKING

from grader.harness import Tally, check

if TYPE_CHECKING:
    from conftest import Rules, Score, Shop


@check(
    "points.retailer",
    category="behaviour",
    level="junior",
    weight=2,
    requires=("receipts.points.ok", "receipts.retailer.accepted"),
)
async def letters_and_digits_count(shop: Shop, rules: Rules) -> Tally:
    """A retailer earns 1 point for each letter or digit; blanks, `-` and `&` earn none.

    The length of the name is nearly the same number, which is why nobody notices.
    """
    body = shop.body()
    base = await shop.scored(body)
    one, two, digits = shop.text(3), shop.text(5), shop.text(4, string.digits)
    tally = Tally()
    for retailer in (one, two + one + two, digits, f"{one}{digits}", f"{one} {two}", f"{one}&{two} - {digits}", "&"):
        with tally.case(repr(retailer)):
            score = await shop.scored({**body, "retailer": retailer})
            more = rules.name(retailer) - rules.name(body["retailer"])
            score.gains(base, more, than=f"with the retailer {body['retailer']!r}")
    return tally


@check("points.retailer.underscore", category="behaviour", level="junior", requires=("points.retailer",))
async def underscores_do_not_count(shop: Shop) -> Tally:
    """An underscore in a retailer is neither a letter nor a digit, and earns nothing.

    For regular expressions it is a word character: to drop what is no word character leaves it in.
    """
    name = shop.text(6)
    body = shop.body(retailer=name)
    base = await shop.scored(body)
    tally = Tally()
    for retailer in (f"{name[:3]}_{name[3:]}", f"_{name}__", "_".join(name)):
        with tally.case(repr(retailer)):
            (await shop.scored({**body, "retailer": retailer})).gains(base, 0, than=f"with the retailer {name!r}")
    return tally


async def _paid(shop: Shop, amount: str) -> tuple[Score, Score]:
    """The points of a receipt over this amount, and of the same over some cents that earn nothing."""
    base = shop.costing(f"{amount.partition('.')[0]}.38")
    return await shop.scored(shop.costing(amount, base)), await shop.scored(base)


@check("points.total.no-cents", category="behaviour", level="junior", weight=2, requires=("receipts.points.ok",))
async def round_totals_count(shop: Shop) -> Tally:
    """A total without cents earns 50 points; one with cents does not.

    Cents are exact: what `int(float(total) * 100)` makes of 2.01 is 200.
    """
    tally = Tally()
    for amount in (f"{shop.units()}.00", "101.00", "2.00"):
        with tally.case(amount):
            score, base = await _paid(shop, amount)
            # 25 more are those for a multiple of 0.25, which is a check of its own.
            score.gains(base, 50, 75, than="with 38 cents")
    for amount in (f"{shop.units()}.10", f"{shop.units()}.50", f"{shop.units()}.01", f"{shop.units()}.99", "2.01"):
        with tally.case(amount):
            score, base = await _paid(shop, amount)
            score.gains(base, 0, 25, than="with 38 cents")
    return tally


@check("points.total.quarters", category="behaviour", level="junior", weight=2, requires=("receipts.points.ok",))
async def quarters_count(shop: Shop) -> Tally:
    """A total that is a multiple of 0.25 earns 25 points: 25, 50 and 75 cents; no other does.

    Amounts in floats are nearly right: what `int(float(total) * 100)` makes of 2.26 is 225.
    """
    tally = Tally()
    for cents in ("25", "50", "75"):
        with tally.case(f"{cents} cents"):
            score, base = await _paid(shop, f"{shop.units()}.{cents}")
            score.gains(base, 25, 75, than="with 38 cents")
    others = [f"{shop.units()}.{cents}" for cents in ("01", "20", "24", "26", "55", "74", "99")]
    for amount in (*others, "2.26", "2.51"):
        with tally.case(amount):
            score, base = await _paid(shop, amount)
            score.gains(base, 0, 50, than="with 38 cents")
    return tally


@check(
    "points.total.both",
    category="behaviour",
    level="junior",
    requires=("points.total.no-cents", "points.total.quarters"),
)
async def no_cents_are_quarters_too(shop: Shop) -> Tally:
    """A total without cents is a multiple of 0.25 as well, and earns 50 + 25 points.

    Two rules that overlap are not alternatives: `elif` makes them so.
    """
    tally = Tally()
    for amount in (f"{shop.units()}.00", f"{shop.units()}.00", "102.00"):
        with tally.case(amount):
            score, base = await _paid(shop, amount)
            score.gains(base, 75, than="with 38 cents")
    return tally


@check(
    "points.total.zero",
    category="behaviour",
    level="junior",
    weight=0.5,
    requires=("points.total.both", "points.description.length", "receipts.amounts.accepted"),
)
async def zero_counts_as_both(shop: Shop) -> None:
    """A total of 0.00 has no cents and is a multiple of 0.25: it earns 75 points.

    Zero is where `if total and …` forgets that there is a value.
    """
    body = shop.costing("0.38")
    base = await shop.scored(body)
    (await shop.scored(shop.costing("0.00", body))).gains(base, 75, than="with 38 cents")


@check("points.pairs", category="behaviour", level="junior", weight=2, requires=("receipts.points.ok",))
async def every_two_items_count(shop: Shop) -> Tally:
    """Every two items earn 5 points: the second, the fourth and so on add 5, the others nothing.

    Whole pairs: three items are one pair, not one and a half.
    """
    price = f"{shop.units()}.01"  # up to nine of them make neither round cents nor quarters
    same = shop.text(5)
    lists = {"": [shop.text(5) for _ in range(9)], ", all the same": [same] * 5}
    tally = Tally()
    for even, kind in ((2, ""), (4, ""), (8, ""), (2, ", all the same"), (4, ", all the same")):
        body = shop.body()
        with tally.case(f"{even} items{kind}"):
            below, score, above = [
                await shop.scored({**body, **_list(shop, lists[kind][:count], price)})
                for count in (even - 1, even, even + 1)
            ]
            # What an item may earn by itself, by mistake, is added by the odd one as well.
            step = above.points - score.points
            if score.points - below.points != step + 5:
                counts = f"{below.points:g}, {score.points:g} and {above.points:g}"
                raise score.receipt.reply.mismatch(
                    f"item {even} to add 5 points, item {even + 1} none",
                    f"{counts} points for {even - 1}, {even} and {even + 1} items",
                )
    return tally


def _list(shop: Shop, descriptions: list[str], price: str) -> dict[str, object]:
    whole = shop.body(items=shop.items(descriptions, price))
    return {"items": whole["items"], "total": whole["total"]}


@check(
    "points.day",
    category="behaviour",
    level="junior",
    weight=2,
    requires=("receipts.points.ok", "receipts.date.accepted"),
)
async def odd_days_count(shop: Shop, rng: random.Random) -> Tally:
    """An odd day of purchase earns 6 points, an even one none, whatever month and year it is in.

    The day is the last part of the date; its month, year and place in the year have other parities.
    """
    body = shop.body(purchaseDate="2022-02-02")
    base = await shop.scored(body)
    year = rng.randrange(2001, 2024)
    odd = ("02-01", "05-31", "12-29", "03-11", f"08-{rng.randrange(3, 30, 2):02}")
    even = ("03-02", "07-30", "10-10", "06-28", f"11-{rng.randrange(2, 30, 2):02}")
    tally = Tally()
    for points, days in ((6, odd), (0, even)):
        for at, text in enumerate(days):
            day = f"{year + at % 2}-{text}"
            with tally.case(day):
                score = await shop.scored({**body, "purchaseDate": day})
                score.gains(base, points, than="on 2022-02-02")
    return tally


@check(
    "points.time",
    category="behaviour",
    level="junior",
    weight=2,
    requires=("receipts.points.ok", "receipts.time.accepted"),
)
async def afternoons_count(shop: Shop, rng: random.Random) -> Tally:
    """A purchase between 14:00 and 16:00 earns 10 points, and none at other times of day.

    Two hours of the afternoon, and not those of the night that a 12-hour clock writes alike.
    """
    body = shop.body(purchaseTime="08:13")
    base = await shop.scored(body)
    inside = (f"14:{rng.randrange(2, 60):02}", "15:00", f"15:{rng.randrange(1, 58):02}", "14:30")
    around = (f"13:{rng.randrange(58):02}", f"16:{rng.randrange(2, 60):02}")
    outside = ("00:00", "02:30", "03:15", *around, "17:30", "23:59")
    tally = Tally()
    for points, times in ((10, inside), (0, outside)):
        for time in times:
            with tally.case(time):
                score = await shop.scored({**body, "purchaseTime": time})
                score.gains(base, points, than="at 08:13")
    return tally


@check("points.time.bounds", category="behaviour", level="junior", weight=2, requires=("points.time",))
async def afternoons_have_strict_bounds(shop: Shop) -> Tally:
    """The 10 points are for strictly after 14:00 and strictly before 16:00: 14:01 and 15:59 are the first and last.

    `hour in (14, 15)` reads well and counts 14:00.
    """
    body = shop.body(purchaseTime="08:13")
    base = await shop.scored(body)
    tally = Tally()
    for time, points in {"13:59": 0, "14:00": 0, "14:01": 10, "15:59": 10, "16:00": 0, "16:01": 0}.items():
        with tally.case(time):
            score = await shop.scored({**body, "purchaseTime": time})
            score.gains(base, points, than="at 08:13")
    return tally
