import asyncio
from collections.abc import Sequence
from typing import Any

from fastapi import HTTPException

from bff.gateway import Answer, Round, Trouble
from bff.settings import Settings

MESSAGES = {Trouble.FAILED: "an upstream failed", Trouble.LATE: "an upstream is too slow", Trouble.DROPPED: "given up"}


async def find(product_id: str, settings: Settings, calls: Round) -> dict[str, Any] | Trouble | None:
    """The product; None if there is no such thing."""
    item, price, reviews = await asyncio.gather(
        calls.get(settings.catalog, "items", product_id),
        calls.get(settings.pricing, "prices", product_id),
        calls.get(settings.reviews, "reviews", product_id),
    )
    if isinstance(item, Answer) and item.status == 404:
        return None
    known = item.members("id", "title") if isinstance(item, Answer) else item
    costs = price.members("amount", "currency") if isinstance(price, Answer) else price
    rated = reviews.members("rating", "count") if isinstance(reviews, Answer) else reviews
    for part in (known, costs):
        if isinstance(part, Trouble):
            calls.failed = True
            return part
    assert isinstance(known, dict)
    return known | {"price": costs} | _rating(rated)


def _rating(rated: dict[str, Any] | Trouble) -> dict[str, Any]:
    if isinstance(rated, Trouble):
        return {"rating": None, "review_count": None, "degraded": ["reviews"]}
    return {"rating": rated["rating"], "review_count": rated["count"], "degraded": []}


async def one(product_id: str, settings: Settings, calls: Round) -> dict[str, Any]:
    found = await many([product_id], settings, calls)
    if not found:
        raise HTTPException(404, f"no product {product_id}")
    return found[0]


async def many(product_ids: Sequence[str], settings: Settings, calls: Round) -> list[dict[str, Any]]:
    found = await asyncio.gather(*(find(product_id, settings, calls) for product_id in product_ids))
    troubles = [each for each in found if isinstance(each, Trouble) and each is not Trouble.DROPPED]
    if troubles:
        raise HTTPException(troubles[0].value, MESSAGES[troubles[0]])
    return [each for each in found if isinstance(each, dict)]
