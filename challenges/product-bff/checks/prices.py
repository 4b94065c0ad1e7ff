"""Price changes, as internal callers hand them in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from grader.harness import Api, Tally, check

if TYPE_CHECKING:
    from conftest import Body, Shop

PATH = "/internal/price-changed"
ACCEPTED = (202, 200, 201, 204)
"""That it is 202 is a check of its own."""


def _body(shop: Shop, **members: object) -> Body:
    product = shop.product()
    return {"id": product.id, **product.price, **members}


@check("prices.changed.ok", category="behaviour", level="junior")
async def price_change_is_accepted(shop: Shop) -> None:
    """A price change with the right key is accepted, also where nobody is subscribed to the product.

    Who tells the news does not know who listens.
    """
    (await shop.post(_body(shop))).expect(*ACCEPTED)


@check("prices.changed.status", category="status_codes", level="junior", requires=("prices.changed.ok",))
async def price_change_is_answered_with_202(shop: Shop) -> None:
    """A price change is answered with 202.

    202 says what is true: it was taken, and reaches the sockets in its own time.
    """
    (await shop.post(_body(shop))).expect(202)


@check("prices.changed.accepted", category="validation", level="junior", requires=("prices.changed.ok",))
async def sound_prices_are_accepted(shop: Shop) -> Tally:
    """Amounts of any size with two decimals are accepted, and ids of 1 to 300 characters.

    A rule that is stricter than the contract turns away news that nobody will send again.
    """
    bodies = {f"amount {amount}": {"amount": amount} for amount in ("0.05", "7.00", "19.90", "1234567.89")}
    bodies |= {
        "an id of one letter": {"id": shop.text(1)},
        "an id of digits": {"id": shop.text(9, "123456789")},
        "an id with hyphens": {"id": f"{shop.text(3)}-{shop.text(3)}--{shop.text(3)}"},
        "an id of 300 characters": {"id": shop.text(300)},
    }
    tally = Tally()
    for name, members in bodies.items():
        with tally.case(name):
            (await shop.post(_body(shop, **members))).expect(*ACCEPTED)
    return tally


@check("prices.changed.members", category="validation", level="junior", weight=2, requires=("prices.changed.ok",))
async def members_are_needed(shop: Shop) -> Tally:
    """A price change that lacks a member, or has null, a list or an object in its place, is refused with 422.

    What is let in here goes out to every browser that is subscribed.
    """
    tally = Tally()
    for name in ("id", "amount", "currency"):
        sound = _body(shop)
        bodies = {
            "missing": {member: value for member, value in sound.items() if member != name},
            "null": {**sound, name: None},
            "a list": {**sound, name: [sound[name]]},
            "an object": {**sound, name: {"value": sound[name]}},
        }
        for kind, body in bodies.items():
            with tally.case(f"{name}: {kind}"):
                (await shop.post(body)).expect(422)
    return tally


@check("prices.changed.decimals", category="validation", level="junior", weight=2, requires=("prices.changed.ok",))
async def amounts_have_two_decimals(shop: Shop) -> Tally:
    """An amount without exactly two decimals is refused with 422.

    Whether "12.5" is twelve fifty or a typing error for 12.55 is for its sender to say, not for every browser to guess.
    """
    units = shop.text(2, "123456789")
    amounts = (units, f"{units}.5", f"{units}.", f"{units}.500", f"{units}.5000", f"{units}.125", "0", "1000")
    tally = Tally()
    for amount in amounts:
        with tally.case(f"amount {amount}"):
            (await shop.post(_body(shop, amount=amount))).expect(422)
    return tally


@check("prices.changed.malformed", category="validation", level="junior", requires=("prices.changed.ok",))
async def malformed_json_is_refused(api: Api, shop: Shop) -> Tally:
    """Malformed JSON is refused with 400 or 422.

    The first thing that goes wrong with a body is that it is none.
    """
    whole = json.dumps(_body(shop))
    contents = {"cut off": whole[:-1], "a comma too much": f"{whole[:-1]},}}", "a word": shop.text(12)}
    headers = {"X-Internal-Key": shop.key, "Content-Type": "application/json"}
    tally = Tally()
    for name, content in contents.items():
        with tally.case(name):
            (await api.post(PATH, content=content.encode(), headers=headers)).expect(400, 422)
    return tally


@check("internal.key", category="status_codes", level="junior", weight=2, requires=("prices.changed.ok",))
async def internal_key_is_needed(api: Api, shop: Shop) -> Tally:
    """A price change with a wrong key, or none, is answered with 401.

    Whoever can post here can show any price to everybody.
    """
    token = {"Authorization": f"Bearer {shop.tokens.good('products:read prices:write')}"}
    headers = {
        "no key": {},
        "an empty key": {"X-Internal-Key": ""},
        "another key": {"X-Internal-Key": shop.text(len(shop.key))},
        "the beginning of the key": {"X-Internal-Key": shop.key[:-1]},
        "the key and one more character": {"X-Internal-Key": f"{shop.key}{shop.text(1)}"},
        "the key in other letters": {"X-Internal-Key": shop.key.swapcase()},
        "a user's token and no key": token,
    }
    tally = Tally()
    for name, sent in headers.items():
        with tally.case(name):
            (await api.post(PATH, json=_body(shop), headers=sent)).expect(401)
    return tally
