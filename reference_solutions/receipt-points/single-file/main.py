"""Receipt points in one file: plain `def` endpoints, validation by hand, a dict and a lock."""

import itertools
import re
import threading
from datetime import date
from typing import Annotated, Any

from fastapi import Body, FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

app = FastAPI(title="Receipt points (in memory)")

lock = threading.Lock()
numbers = itertools.count(1)
scores: dict[str, int] = {}

RETAILER = re.compile(r"[\w\s&-]+")
DESCRIPTION = re.compile(r"[\w\s-]+")
DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
MONEY = re.compile(r"(\d+)\.(\d{2})", re.ASCII)


class InvalidError(Exception):
    pass


# --- reading -------------------------------------------------------------------------------------------------------


def matched(body: Any, name: str, pattern: re.Pattern[str]) -> re.Match[str]:
    if not isinstance(body, dict):
        raise InvalidError("an object is wanted")
    value = body.get(name)
    match = pattern.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise InvalidError(f"{name} is missing or not valid")
    return match


def cents(body: Any, name: str) -> int:
    """Return an amount in cents. Integers are exact."""
    whole, fraction = matched(body, name, MONEY).groups()
    return int(whole + fraction)


def day(body: Any) -> int:
    year, month, number = map(int, matched(body, "purchaseDate", DATE).groups())
    try:
        return date(year, month, number).day
    except ValueError as error:
        raise InvalidError(f"purchaseDate: {error}") from error


def minutes(body: Any) -> int:
    hour, minute = map(int, matched(body, "purchaseTime", TIME).groups())
    return hour * 60 + minute


# --- scoring -------------------------------------------------------------------------------------------------------


def score_item(item: Any) -> int:
    description = matched(item, "shortDescription", DESCRIPTION).group().strip()
    price = cents(item, "price")
    # A fifth of the price in whole units, rounded up: 500 cents make one.
    return 0 if len(description) % 3 else (price + 499) // 500


def score(body: Any) -> int:
    retailer = matched(body, "retailer", RETAILER).group()
    points = sum(1 for character in retailer if character.isalpha() or character.isdigit())
    total = cents(body, "total")
    points += 50 * (total % 100 == 0) + 25 * (total % 25 == 0)
    items = body.get("items")
    if not isinstance(items, list) or not items:
        raise InvalidError("items: at least one is wanted")
    points += len(items) // 2 * 5 + sum(map(score_item, items))
    points += 6 * (day(body) % 2)
    return points + 10 * (14 * 60 < minutes(body) < 16 * 60)


# --- operations ----------------------------------------------------------------------------------------------------


@app.exception_handler(RequestValidationError)
def no_json(_request: Request, _error: RequestValidationError) -> JSONResponse:
    return JSONResponse({"detail": "the body is no JSON"}, 400)


@app.exception_handler(InvalidError)
def invalid(_request: Request, error: InvalidError) -> JSONResponse:
    return JSONResponse({"detail": f"The receipt is invalid: {error}."}, 400)


@app.get("/health")
def health() -> bool:
    return True


@app.post("/receipts/process")
def process(receipt: Annotated[Any, Body()]) -> dict[str, str]:
    points = score(receipt)
    with lock:
        receipt_id = str(next(numbers))
        scores[receipt_id] = points
    return {"id": receipt_id}


@app.get("/receipts/{receipt_id}/points")
def read(receipt_id: str) -> dict[str, int]:
    with lock:
        points = scores.get(receipt_id)
    if points is None:
        raise HTTPException(404, "No receipt found for that ID.")
    return {"points": points}
