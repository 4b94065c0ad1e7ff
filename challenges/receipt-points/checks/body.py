"""The shape of a receipt: what must be there, and of which type."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from grader.harness import Tally, check
from grader.harness.contract import Contract
from grader.harness.probes.cases import body_cases

if TYPE_CHECKING:
    from conftest import Shop

KEY = "POST /receipts/process"
MEMBERS = ("retailer", "purchaseDate", "purchaseTime", "items", "total")


def _without(body: dict[str, Any], name: str) -> dict[str, Any]:
    return {each: value for each, value in body.items() if each != name}


@check("receipts.body.missing", category="validation", level="junior", weight=2, requires=("receipts.process.ok",))
async def members_are_required(shop: Shop) -> Tally:
    """A receipt without one of its five members is refused.

    A default that steps in for what was forgotten makes points out of nothing.
    """
    return await shop.refuses({f"without `{name}`": _without(shop.body(), name) for name in MEMBERS})


@check("receipts.items.missing", category="validation", level="junior", requires=("receipts.process.ok",))
async def members_of_items_are_required(shop: Shop) -> Tally:
    """An item without a description or a price is refused, wherever in the list it stands.

    Rules that hold for the outer object are easily forgotten for the inner ones.
    """
    good = shop.item()
    bodies = {f"an item without `{name}`": shop.body() | {"items": [_without(good, name)]} for name in good}
    for name in good:
        bodies[f"the last item without `{name}`"] = shop.body() | {"items": [good, good, _without(good, name)]}
    bodies["an item that is empty"] = shop.body() | {"items": [{}]}
    return await shop.refuses(bodies)


@check("receipts.body.null", category="validation", level="junior", requires=("receipts.process.ok",))
async def nothing_is_null(shop: Shop, contract: Contract) -> Tally:
    """A receipt or an item with a member that is null is refused.

    "There, but nothing" is not the same as "there"; an `Optional` too many lets it through to where it hurts.
    """
    cases = body_cases(contract, KEY, shop.body, {"null"}, fields=MEMBERS)
    return await shop.refuses_raw({case.name: case.content() for case in cases})


@check("receipts.body.types", category="validation", level="junior", requires=("receipts.process.ok",))
async def members_have_types(shop: Shop, contract: Contract) -> Tally:
    """A member of a wrong type is refused: an object or array for a string, anything but an array for the items.

    Code that trusts the type of a stranger's value raises somewhere else, and that is a 500.
    """
    cases = body_cases(contract, KEY, shop.body, {"type"}, fields=MEMBERS)
    words = {"items: a string": {**shop.body(), "items": shop.text(8)}}
    contents = {name: json.dumps(body).encode() for name, body in words.items()}
    return await shop.refuses_raw({case.name: case.content() for case in cases} | contents)


@check("receipts.body.no-object", category="validation", level="junior", requires=("receipts.process.ok",))
async def body_is_an_object(shop: Shop) -> Tally:
    """A body that is JSON but no object is refused.

    `body["retailer"]` on a list is a crash, and `null` is what many clients send when they have nothing.
    """
    others: tuple[Any, ...] = ([], [shop.body()], "a receipt", 17, True, None)
    return await shop.refuses_raw({f"the body is {json.dumps(each):.24}": json.dumps(each).encode() for each in others})


@check("receipts.body.malformed", category="validation", level="junior", requires=("receipts.process.ok",))
async def malformed_json_is_refused(shop: Shop, contract: Contract) -> Tally:
    """A body that is no JSON is refused.

    A truncated upload is the client's trouble and must say so; a 500 wakes the people on call.
    """
    cases = body_cases(contract, KEY, shop.body, {"malformed"})
    return await shop.refuses_raw({case.name: case.content() for case in cases})


@check("receipts.items.none", category="validation", level="junior", weight=2, requires=("receipts.process.ok",))
async def there_is_an_item(shop: Shop) -> Tally:
    """A receipt without items is refused, one with a single item is accepted.

    An empty list has the right type and still means that nothing was bought.
    """
    tally = await shop.refuses({"no items": {**shop.body(), "items": []}})
    with tally.case("one item"):
        await shop.process(shop.body(items=[shop.item()]))
    return tally


@check("receipts.body.numbers", category="validation", level="mid", requires=("receipts.points.ok",))
async def numbers_for_strings_are_survived(shop: Shop) -> Tally:
    """A JSON number where a string is due may be refused or read, but never makes a 5xx, nor points that fail later.

    Which of the two is the service's choice. Not having thought of it is not.
    """
    numbers = {"retailer": 17, "purchaseDate": 20220102, "purchaseTime": 813, "total": 35.35}
    bodies = {f"{name}: {number}": {**shop.body(), name: number} for name, number in numbers.items()}
    for name, number in (("shortDescription", 1234), ("price", 12.25)):
        bodies[f"{name}: {number}"] = {**shop.body(), "items": [{**shop.item(), name: number}]}
    return await shop.survives(bodies)


@check("receipts.accepted.readable", category="validation", level="junior", weight=2, requires=("receipts.points.ok",))
async def accepted_receipts_have_points(shop: Shop) -> Tally:
    """An invalid receipt never makes a 5xx, and never a 200 whose points fail later.

    What is checked only when the points are asked for comes too late: the client that sent it has gone.
    """
    dates = ("2023-02-30", "2023-02-29", "2022-13-01", "2022-00-10", "2022-1-1", "20220101", "today")
    times = ("24:00", "12:60", "1:05", "13:01:00", "1301", "noon")
    amounts = ("6.4", "6", "-6.49", "1e2", "free", "")
    bodies = {
        **{f"purchaseDate {text!r}": shop.body(purchaseDate=text) for text in dates},
        **{f"purchaseTime {text!r}": shop.body(purchaseTime=text) for text in times},
        **{f"total {text!r}": shop.body(total=text) for text in amounts},
        **{f"price {text!r}": shop.pricing(text) for text in amounts},
        **{f"{name}: null": {**shop.body(), name: None} for name in MEMBERS},
        "no items": {**shop.body(), "items": []},
        "an item that is null": {**shop.body(), "items": [None]},
    }
    return await shop.survives(bodies)
