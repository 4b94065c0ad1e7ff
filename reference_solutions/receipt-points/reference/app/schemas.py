"""What goes over the wire.

Dates, times and amounts are judged twice: first the text, since libraries read more forms than the contract allows
(`"6.4"`, `"2022-01-01T00:00:00"`, `"1:05"`), then its meaning, since `"2022-02-30"` has the right form.
"""

import re
from datetime import date, time
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic.alias_generators import to_camel

# Not \d, which is any digit of Unicode.
DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
CLOCK = "[0-9]{2}:[0-9]{2}"
AMOUNT = "[0-9]+[.][0-9]{2}"


def _written(form: str) -> BeforeValidator:
    pattern = re.compile(form)

    def judge(value: Any) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise ValueError(f"must be a string of the form {form}")
        return value

    return BeforeValidator(judge)


Day = Annotated[date, _written(DAY)]
Clock = Annotated[time, _written(CLOCK), WithJsonSchema({"type": "string", "pattern": f"^{CLOCK}$"})]
# The bound keeps the arithmetic within Decimal's 28 digits, and so exact.
Amount = Annotated[
    Decimal,
    Field(le=Decimal("1000000000.00")),
    _written(AMOUNT),
    WithJsonSchema({"type": "string", "pattern": f"^{AMOUNT}$"}),
]
Retailer = Annotated[str, Field(pattern=r"^[\w\s&-]+$")]
Description = Annotated[str, Field(pattern=r"^[\w\s-]+$")]


class _Wire(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)


class Item(_Wire):
    short_description: Description
    price: Amount


class Receipt(_Wire):
    retailer: Retailer
    purchase_date: Day
    purchase_time: Clock
    items: Annotated[list[Item], Field(min_length=1)]
    total: Amount


class Processed(BaseModel):
    id: str


class Points(BaseModel):
    points: int


class Problem(BaseModel):
    detail: Any
