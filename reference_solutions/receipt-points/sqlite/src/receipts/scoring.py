"""The rules. Text that has been validated compares and counts without being parsed."""

import re
from fractions import Fraction
from math import ceil

from receipts.models import Item, Receipt


def of_item(item: Item) -> int:
    if len(item.shortDescription.strip()) % 3 != 0:
        return 0
    return ceil(Fraction(item.price) / 5)


def of_total(total: str) -> int:
    points = 0
    if total.endswith(".00"):
        points += 50
    if total[-2:] in {"00", "25", "50", "75"}:
        points += 25
    return points


def score(receipt: Receipt) -> int:
    points = len(re.sub(r"[\W_]", "", receipt.retailer)) + of_total(receipt.total)
    points += 5 * (len(receipt.items) // 2)
    points += sum(of_item(item) for item in receipt.items)
    if receipt.purchaseDate[-1] in "13579":
        points += 6
    if "14:00" < receipt.purchaseTime < "16:00":
        points += 10
    return points
