import os
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Settings:
    catalog: str
    pricing: str
    reviews: str
    seconds: float
    secret: str
    key: str

    @classmethod
    def from_environment(cls) -> Self:
        names = ("CATALOG_URL", "PRICING_URL", "REVIEWS_URL")
        catalog, pricing, reviews = (os.environ[name].rstrip("/") for name in names)
        seconds = float(os.environ["UPSTREAM_TIMEOUT"])
        return cls(catalog, pricing, reviews, seconds, os.environ["AUTH_SECRET"], os.environ["INTERNAL_KEY"])
