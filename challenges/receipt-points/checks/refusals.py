"""The status of a refusal: 400, FastAPI's usual 422 included. That it is refused at all is checked elsewhere."""

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


def _encoded(bodies: dict[str, Any]) -> dict[str, bytes]:
    return {name: json.dumps(body).encode() for name, body in bodies.items()}


@check("refusals.status.members", category="status_codes", level="junior", weight=3, requires=("receipts.process.ok",))
async def broken_members_are_400(shop: Shop, contract: Contract) -> Tally:
    """A member that is missing, null or of a wrong type is answered with 400, where FastAPI alone says 422.

    The framework's habits end where the contract begins: one exception handler turns every 422 into what was promised.
    """
    cases = body_cases(contract, KEY, shop.body, {"missing", "null", "type"}, fields=MEMBERS)
    return await shop.refuses_with_400({case.name: case.content() for case in cases})


@check("refusals.status.values", category="status_codes", level="junior", weight=2, requires=("receipts.process.ok",))
async def wrong_values_are_400(shop: Shop) -> Tally:
    """A value that does not match, does not exist, or a receipt without items is answered with 400.

    Own validators and Pydantic's should not be told apart by the client.
    """
    bodies = {
        "retailer with !": shop.body(retailer=f"{shop.text(6)}!"),
        "empty retailer": shop.body(retailer=""),
        "30 February": shop.body(purchaseDate="2022-02-30"),
        "a word for a date": shop.body(purchaseDate="yesterday"),
        "25:00": shop.body(purchaseTime="25:00"),
        "a word for a time": shop.body(purchaseTime="noon"),
        "a word for the total": shop.body(total="free"),
        "a word for a price": shop.pricing("free"),
        "a description with !": shop.describing(f"{shop.text(5)}!"),
        "no items": {**shop.body(), "items": []},
    }
    return await shop.refuses_with_400(_encoded(bodies))


@check(
    "refusals.status.malformed", category="status_codes", level="junior", weight=2, requires=("receipts.process.ok",)
)
async def malformed_json_is_400(shop: Shop, contract: Contract) -> Tally:
    """Malformed JSON, and JSON that is no object, are answered with 400.

    FastAPI answers 422 to broken JSON as well; a handler that knows only its own errors misses that.
    """
    cases = body_cases(contract, KEY, shop.body, {"malformed"})
    contents = {case.name: case.content() for case in cases}
    others: tuple[Any, ...] = ([], "a receipt", 17, None)
    bodies = {f"the body is {json.dumps(each)}": each for each in others}
    return await shop.refuses_with_400({**contents, **_encoded(bodies)})
