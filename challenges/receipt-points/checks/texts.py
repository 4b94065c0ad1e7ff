"""Retailers and descriptions: which characters they may have."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

from grader.harness import Tally, check

if TYPE_CHECKING:
    from conftest import Shop

STRANGERS = "!@#$%*+/"


@check("receipts.retailer.accepted", category="validation", level="junior", requires=("receipts.process.ok",))
async def retailer_may_have(shop: Shop) -> Tally:
    """A retailer of letters, digits, underscores, blanks, `-` and `&` is accepted, be it a single character.

    A rule that is stricter than the contract turns real shops away.
    """
    one, two = shop.text(4), shop.text(4)
    retailers = {
        "a letter": shop.text(1),
        "a digit": shop.text(1, string.digits),
        "digits": shop.text(6, string.digits),
        "an ampersand": f"{one}&{two}",
        "a blank": f"{one} {two}",
        "a hyphen": f"{one}-{two}",
        "an underscore": f"{one}_{two}",
        "all of it": f"{one} & {two}-{shop.text(3, string.digits)}_{one}",
    }
    return await shop.accepts({name: shop.body(retailer=text) for name, text in retailers.items()})


@check("receipts.retailer.refused", category="validation", level="junior", requires=("receipts.process.ok",))
async def retailer_may_not_have(shop: Shop) -> Tally:
    """A retailer that is empty or has any other character is refused, wherever the character stands.

    A pattern that is searched for instead of matched as a whole lets anything through beside one good letter.
    """
    one, two = shop.text(4), shop.text(4)
    retailers = {f"with {each}": f"{one}{each}{two}" for each in STRANGERS}
    retailers |= {"empty": "", "! at the beginning": f"!{one}", "! at the end": f"{one}!"}
    return await shop.refuses({name: shop.body(retailer=text) for name, text in retailers.items()})


@check("receipts.description.accepted", category="validation", level="junior", requires=("receipts.process.ok",))
async def description_may_have(shop: Shop) -> Tally:
    """A description of letters, digits, underscores, blanks and `-` is accepted, blanks around it included.

    Tills pad descriptions to a column's width: blanks around are common.
    """
    one, two = shop.text(4), shop.text(4)
    descriptions = {
        "a letter": shop.text(1),
        "digits": shop.text(5, string.digits),
        "a blank": f"{one} {two}",
        "a hyphen": f"{one}-{two}",
        "an underscore": f"{one}_{two}",
        "blanks around": f"   {one} {two}  ",
    }
    return await shop.accepts({name: shop.describing(text) for name, text in descriptions.items()})


@check("receipts.description.refused", category="validation", level="junior", requires=("receipts.process.ok",))
async def description_may_not_have(shop: Shop) -> Tally:
    """A description that is empty or has any other character is refused; `&` is for retailers only.

    Two patterns that are nearly alike invite copying the one to the other's place.
    """
    one, two = shop.text(4), shop.text(4)
    descriptions = {f"with {each}": f"{one}{each}{two}" for each in "&" + STRANGERS}
    descriptions |= {"empty": "", "! at the end": f"{one}!"}
    bodies = {name: shop.describing(text) for name, text in descriptions.items()}
    second = [shop.item(), shop.item(f"{one}!{two}")]
    return await shop.refuses(bodies | {"with ! in the second item": shop.body(items=second)})
