"""What goes over the wire: upstreams' answers, our own, and price changes."""

from typing import Annotated

from pydantic import BaseModel, StringConstraints

Amount = Annotated[str, StringConstraints(pattern=r"^[0-9]+\.[0-9]{2}$")]


class Item(BaseModel):
    """The catalog's answer."""

    id: str
    title: str


class Price(BaseModel):
    """Pricing's answer, and a part of ours."""

    amount: str
    currency: str


class Reviews(BaseModel):
    """The answer of reviews."""

    rating: float
    count: int


class Product(BaseModel):
    id: str
    title: str
    price: Price
    rating: float | None
    review_count: int | None
    degraded: list[str]


class ProductList(BaseModel):
    items: list[Product]


class PriceChange(BaseModel):
    id: str
    amount: Amount
    currency: str


class Problem(BaseModel):
    detail: str
