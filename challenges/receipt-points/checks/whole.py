"""All rules at once. Where one of them fails by itself, these are not asked."""

from __future__ import annotations

import random
import string
from typing import TYPE_CHECKING, Any

from grader.harness import Tally, check

if TYPE_CHECKING:
    from conftest import Rules, Shop

TARGET: dict[str, Any] = {
    "retailer": "Target",
    "purchaseDate": "2022-01-01",
    "purchaseTime": "13:01",
    "items": [
        {"shortDescription": "Mountain Dew 12PK", "price": "6.49"},
        {"shortDescription": "Emils Cheese Pizza", "price": "12.25"},
        {"shortDescription": "Knorr Creamy Chicken", "price": "1.26"},
        {"shortDescription": "Doritos Nacho Cheese", "price": "3.35"},
        {"shortDescription": "   Klarbrunn 12-PK 12 FL OZ  ", "price": "12.00"},
    ],
    "total": "35.35",
}
CORNER: dict[str, Any] = {
    "retailer": "M&M Corner Market",
    "purchaseDate": "2022-03-20",
    "purchaseTime": "14:33",
    "items": [{"shortDescription": "Gatorade", "price": "2.25"}] * 4,
    "total": "9.00",
}


@check(
    "points.examples",
    category="behaviour",
    level="junior",
    requires=(
        "points.retailer",
        "points.total.both",
        "points.pairs",
        "points.description.trimmed",
        "points.description.rounded-up",
        "points.description.each",
        "points.day",
        "points.time",
    ),
)
async def worked_examples_hold(shop: Shop) -> Tally:
    """The two worked examples of the brief earn 28 and 109 points.

    They are the first test that the brief hands you; all the rules meet in them.
    """
    tally = Tally()
    for body, points in ((TARGET, 28), (CORNER, 109)):
        with tally.case(body["retailer"]):
            (await shop.scored(body)).equals(points)
    return tally


@check(
    "points.together",
    category="behaviour",
    level="junior",
    weight=2,
    requires=(
        "points.retailer.underscore",
        "points.total.both",
        "points.pairs",
        "points.description.trimmed",
        "points.description.exact",
        "points.description.each",
        "points.day",
        "points.time.bounds",
        "receipts.total.free",
    ),
)
async def rules_add_up(shop: Shop, rules: Rules, rng: random.Random) -> Tally:
    """Receipts drawn at random earn the sum of all rules.

    Rules that hold one by one may still shut each other out, or share a limit that nobody asked for.
    """
    tally = Tally()
    for number in range(1, 13):
        body = _anything(shop, rng, number)
        with tally.case(f"receipt {number}"):
            (await shop.scored(body)).equals(rules.points(body))
    return tally


def _anything(shop: Shop, rng: random.Random, number: int) -> dict[str, Any]:
    """A receipt for which any rule may apply; its number sees to it that day and time meet in all four ways."""
    day = 2 * rng.randrange(1, 15) - number % 2
    hour = rng.choice((14, 15)) if number % 4 in {0, 1} else rng.choice((0, 2, 9, 13, 16, 23))
    cents = ("00", "25", "10", "50", "75", f"{rng.randrange(100):02}")[number % 6]
    characters = string.ascii_letters + string.digits + " -&_"
    return {
        "retailer": shop.text(rng.randrange(8, 30), characters) + shop.text(1),
        "purchaseDate": f"{rng.randrange(1900, 2024)}-{rng.randrange(1, 13):02}-{day:02}",
        "purchaseTime": f"{hour:02}:{rng.randrange(1, 60):02}",
        "items": [_item(shop, rng) for _ in range(rng.randrange(1, 12))],
        "total": f"{rng.randrange(1, 100_000)}.{cents}",
    }


def _item(shop: Shop, rng: random.Random) -> dict[str, str]:
    words = " ".join(shop.text(rng.randrange(1, 8)) for _ in range(rng.randrange(1, 5)))
    cents = rng.choice(("00", f"{rng.randrange(100):02}"))
    return shop.item(" " * rng.randrange(3) + words + " " * rng.randrange(3), f"{rng.randrange(400)}.{cents}")
