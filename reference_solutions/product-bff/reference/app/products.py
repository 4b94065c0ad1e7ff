"""Products, joined from what three upstreams know."""

import asyncio
from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError

from app.errors import UnknownProductError, UpstreamFailedError, UpstreamLateError
from app.schemas import Item, Price, Product, Reviews
from app.tasks import begin
from app.upstream import Slots, Upstream

MAX_IN_FLIGHT = 8
"""Upstream calls that one incoming request may have in flight."""

OK = 200
NOT_FOUND = 404

Model = TypeVar("Model", bound=BaseModel)


def _escaped(product_id: str) -> str:
    # A dot needs no escaping, except that `..` would climb to another path.
    return quote(product_id, safe="").replace(".", "%2E")


def _read(model: type[Model], response: httpx.Response) -> Model:
    if response.status_code != OK:
        raise UpstreamFailedError
    try:
        return model.model_validate_json(response.content)
    except ValidationError as error:
        raise UpstreamFailedError from error


class Products:
    def __init__(self, catalog: Upstream, pricing: Upstream, reviews: Upstream) -> None:
        self._catalog = catalog
        self._pricing = pricing
        self._reviews = reviews

    async def one(self, product_id: str) -> Product:
        """Return the product.

        Raises:
            UnknownProductError: the catalog does not know it.
            UpstreamFailedError, UpstreamLateError: catalog or pricing did not do their part.
        """
        return await self._join(product_id, Slots(MAX_IN_FLIGHT))

    async def many(self, product_ids: Sequence[str]) -> list[Product]:
        """Return those that the catalog knows, in the order asked for; raises like `one` for those that fail."""
        slots = Slots(MAX_IN_FLIGHT)
        joins = [begin(self._join_known(product_id, slots)) for product_id in product_ids]
        try:
            found = await asyncio.gather(*joins)
        finally:
            slots.close()
        return [product for product in found if product is not None]

    async def _join_known(self, product_id: str, slots: Slots) -> Product | None:
        try:
            return await self._join(product_id, slots)
        except UnknownProductError:
            return None

    async def _join(self, product_id: str, slots: Slots) -> Product:
        path = _escaped(product_id)
        catalog = begin(self._item(path, slots))
        pricing = begin(self._price(path, slots))
        reviews = begin(self._rated(path, slots))
        # The catalog is awaited first: its 404 counts, whatever pricing has done meanwhile.
        item = await catalog
        price = await pricing
        rated = await reviews
        return _product(item, price, rated)

    async def _item(self, path: str, slots: Slots) -> Item:
        response = await self._catalog.get(f"/items/{path}", slots)
        if response.status_code == NOT_FOUND:
            raise UnknownProductError
        return _read(Item, response)

    async def _price(self, path: str, slots: Slots) -> Price:
        return _read(Price, await self._pricing.get(f"/prices/{path}", slots))

    async def _rated(self, path: str, slots: Slots) -> Reviews | None:
        """Reviews are optional: None if they could not be had."""
        try:
            return _read(Reviews, await self._reviews.get(f"/reviews/{path}", slots))
        except (UpstreamFailedError, UpstreamLateError):
            return None


def _product(item: Item, price: Price, reviews: Reviews | None) -> Product:
    return Product(
        id=item.id,
        title=item.title,
        price=price,
        rating=reviews.rating if reviews else None,
        review_count=reviews.count if reviews else None,
        degraded=[] if reviews else ["reviews"],
    )
