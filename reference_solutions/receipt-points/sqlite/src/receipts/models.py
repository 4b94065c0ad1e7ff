"""A receipt as text, each member in the form that the contract gives; `calendar` and `clock` give it a meaning."""

import hashlib
import re
from datetime import datetime

from pydantic import BaseModel, Field, field_validator


class Item(BaseModel, extra="forbid"):
    shortDescription: str = Field(pattern=r"^[\w\s\-]+$")  # noqa: N815  (as on the wire)
    price: str = Field(pattern=r"^[0-9]+\.[0-9]{2}$")


class Receipt(BaseModel, extra="forbid"):
    retailer: str = Field(pattern=r"^[\w\s\-&]+$")
    purchaseDate: str  # noqa: N815
    purchaseTime: str  # noqa: N815
    items: list[Item] = Field(min_length=1)
    total: str = Field(pattern=r"^[0-9]+\.[0-9]{2}$")

    @field_validator("purchaseDate")
    @classmethod
    def calendar(cls, value: str) -> str:
        # strptime alone would read 2022-1-1 as well.
        if not re.fullmatch(r"\d\d\d\d-\d\d-\d\d", value, re.ASCII):
            raise ValueError("not YYYY-MM-DD")
        datetime.strptime(value, "%Y-%m-%d")  # noqa: DTZ007  (a calendar date has no zone)
        return value

    @field_validator("purchaseTime")
    @classmethod
    def clock(cls, value: str) -> str:
        if not re.fullmatch(r"\d\d:\d\d", value, re.ASCII):
            raise ValueError("not HH:MM")
        datetime.strptime(value, "%H:%M")  # noqa: DTZ007
        return value

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:32]
