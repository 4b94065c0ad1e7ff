"""Handing a receipt in, and reading its points."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from grader.harness import Api, Tally, check

if TYPE_CHECKING:
    from conftest import Shop

CLIENT_ERRORS = range(400, 500)


@check("receipts.process.ok", category="behaviour", level="junior")
async def receipt_is_accepted(shop: Shop) -> None:
    """A valid receipt is accepted and answered with an id.

    Everything else rests on it: what cannot be handed in cannot be scored.
    """
    await shop.process(shop.body())


@check("receipts.process.status", category="status_codes", level="junior", requires=("receipts.process.ok",))
async def receipt_is_answered_with_200(shop: Shop) -> None:
    """A valid receipt is answered with 200.

    201 would suit REST as well, but clients are written against what the contract says.
    """
    (await shop.process(shop.body())).reply.expect(200)


@check("receipts.process.id", category="contract", level="junior", requires=("receipts.process.ok",))
async def id_is_a_text(shop: Shop) -> Tally:
    """The id is a string of one or more characters without white space.

    It goes into a path as it is, and a client in a typed language reads a string where one is promised.
    """
    tally = Tally()
    for number in (1, 2):
        with tally.case(f"receipt {number}"):
            reply = (await shop.process(shop.body())).reply
            text = reply.json()["id"].string()
            if not text or any(each.isspace() for each in text):
                raise reply.mismatch("one or more characters, no white space", repr(text))
    return tally


@check("receipts.points.ok", category="behaviour", level="junior", requires=("receipts.process.ok",))
async def points_can_be_read(shop: Shop) -> None:
    """The points of a receipt can be read under the id that it was given, and one that all rules favour has more.

    An id that leads nowhere is no better than no answer at all, nor is one number for everybody.
    """
    plain = await shop.scored(shop.body())
    (await shop.scored(shop.rich())).earns(plain, than="of a receipt that no rule but the retailer's favours")


@check("receipts.points.integer", category="contract", level="junior", requires=("receipts.points.ok",))
async def points_are_an_integer(api: Api, shop: Shop) -> Tally:
    """Points are a JSON integer, neither a string nor a number with a fraction.

    Points made by arithmetic on floats or decimals tend to leave as `28.0` or `"28"`.
    """
    receipts = {
        "a plain receipt": shop.body(),
        "a total without cents": shop.costing(f"{shop.units()}.00"),
        "a price that counts": shop.describing(shop.text(6)),
    }
    tally = Tally()
    for name, body in receipts.items():
        with tally.case(name):
            receipt = await shop.process(body)
            (await api.get(receipt.path)).expect(200).json()["points"].integer()
    return tally


@check("receipts.points.again", category="behaviour", level="junior", requires=("receipts.points.ok",))
async def points_can_be_read_again(shop: Shop) -> Tally:
    """Points can be read as often as one likes, and stay the same.

    GET is safe: a client may repeat it, and a proxy will.
    """
    receipt = await shop.process(shop.body())
    first = await shop.read(receipt)
    tally = Tally()
    for name in ("the second time", "the third time"):
        with tally.case(name):
            (await shop.read(receipt)).gains(first, 0, than="the first time")
    return tally


@check("receipts.points.own", category="behaviour", level="junior", weight=2, requires=("receipts.points.again",))
async def each_receipt_has_its_own_points(shop: Shop) -> Tally:
    """Two different receipts have different ids, and each keeps its own points when the other comes in.

    State that is kept in one place for all requests works as long as there is one client.
    """
    poor = shop.body(retailer=shop.text(3))
    rich = {**shop.costing(f"{shop.units()}.00"), "retailer": shop.text(40)}
    first = await shop.process(poor)
    before = await shop.read(first)
    second = await shop.process(rich)
    tally = Tally()
    with tally.case("different ids"):
        if str(first.id) == str(second.id):
            raise second.reply.mismatch(f"an id other than {first.id}", str(second.id))
    with tally.case("the second receipt has its own points"):
        (await shop.read(second)).earns(before, than="of the first receipt, which is worth less")
    with tally.case("the first receipt keeps its points"):
        (await shop.read(first)).gains(before, 0, than="before the second came in")
    return tally


@check("receipts.process.different", category="behaviour", level="mid", requires=("receipts.points.own",))
async def any_member_makes_a_receipt_different(shop: Shop) -> Tally:
    """Receipts that differ in one member alone, also in one of an item, have ids of their own.

    An id that is made from some of the members is the same for two honest receipts, and the later one takes the
    points of the earlier.
    """
    base = shop.body()
    item = base["items"][0]
    others = {
        "retailer": {**base, "retailer": shop.text(11)},
        "purchaseDate": {**base, "purchaseDate": f"2025{base['purchaseDate'][4:]}"},
        "purchaseTime": {**base, "purchaseTime": f"05{base['purchaseTime'][2:]}"},
        "total": {**base, "total": f"1{base['total']}"},
        "price of an item": {**base, "items": [{**item, "price": f"1{item['price']}"}]},
        "description of an item": {**base, "items": [{**item, "shortDescription": shop.text(41)}]},
        "number of items": {**base, "items": [item, item]},
    }
    first = await shop.process(base)
    tally = Tally()
    for name, body in others.items():
        with tally.case(name):
            reply = await shop.post(body)
            # What is refused is another check's matter.
            if reply.status not in CLIENT_ERRORS and str(shop.receipt(reply).id) == str(first.id):
                raise reply.mismatch(f"an id other than {first.id}", "the same id")
    return tally


@check("receipts.points.unknown", category="status_codes", level="junior", weight=2, requires=("receipts.points.ok",))
async def unknown_receipt_is_not_found(api: Api, shop: Shop) -> Tally:
    """The points of an id that no receipt has are answered with 404.

    A client must be able to tell "there is none" from "something broke" and from zero points.
    """
    receipt = await shop.process(shop.body())
    tally = Tally()
    for number in (1, 2):
        with tally.case(f"unknown id {number}"):
            (await api.get(shop.unknown(receipt.id))).expect(404)
    return tally


@check("receipts.points.unknown-form", category="status_codes", level="junior", requires=("receipts.points.ok",))
async def strange_id_is_refused(api: Api, shop: Shop) -> Tally:
    """An id that is not of the form of the service's own is refused too: neither points nor a crash.

    What stands in a path is input like any other; an id that is converted unlooked at makes a 500.
    """
    ids = {
        "a word": shop.text(12),
        "digits": shop.text(18, "123456789"),
        "a UUID": str(uuid.UUID(shop.text(32, "123456789abcdef"))),
        "200 characters": shop.text(200),
    }
    tally = Tally()
    for name, strange in ids.items():
        with tally.case(name):
            (await api.get(f"/receipts/{strange}/points")).expect(404, 400, 422)
    return tally


@check("contract.errors.detail", category="contract", level="junior", requires=("receipts.points.ok",))
async def errors_have_a_detail(api: Api, shop: Shop) -> Tally:
    """The body of a refusal is a JSON object with a `detail` member.

    One shape for all errors lets a client show any of them with the same few lines.
    """
    receipt = await shop.process(shop.body())
    replies = {
        "unknown id": await api.get(shop.unknown(receipt.id)),
        "a member missing": await shop.post({name: value for name, value in shop.body().items() if name != "total"}),
        "a character that is not allowed": await shop.post(shop.body(retailer=f"{shop.text(6)}!")),
        "a day that does not exist": await shop.post(shop.body(purchaseDate="2022-02-30")),
        "malformed JSON": await shop.post_raw(b"{"),
    }
    tally = Tally()
    for name, reply in replies.items():
        with tally.case(name):
            # What is no refusal, or crashed, is another check's matter.
            if reply.status in CLIENT_ERRORS:
                reply.json()["detail"]
    return tally
