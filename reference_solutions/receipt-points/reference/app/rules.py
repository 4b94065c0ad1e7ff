"""What a receipt is worth: one function a rule."""

from datetime import time
from decimal import Decimal
from math import ceil

from app.schemas import Item, Receipt

QUARTER = Decimal("0.25")
FIFTH = Decimal("0.2")
TWO, FOUR = time(14, 0), time(16, 0)


def _retailer(receipt: Receipt) -> int:
    return sum(character.isalnum() for character in receipt.retailer)


def _no_cents(receipt: Receipt) -> int:
    return 50 if receipt.total % 1 == 0 else 0


def _quarters(receipt: Receipt) -> int:
    return 25 if receipt.total % QUARTER == 0 else 0


def _pairs(receipt: Receipt) -> int:
    return len(receipt.items) // 2 * 5


def _item(item: Item) -> int:
    length = len(item.short_description.strip())
    return ceil(item.price * FIFTH) if length % 3 == 0 else 0


def _descriptions(receipt: Receipt) -> int:
    return sum(_item(item) for item in receipt.items)


def _odd_day(receipt: Receipt) -> int:
    return 6 if receipt.purchase_date.day % 2 == 1 else 0


def _afternoon(receipt: Receipt) -> int:
    return 10 if TWO < receipt.purchase_time < FOUR else 0


RULES = (_retailer, _no_cents, _quarters, _pairs, _descriptions, _odd_day, _afternoon)


def points(receipt: Receipt) -> int:
    return sum(rule(receipt) for rule in RULES)
