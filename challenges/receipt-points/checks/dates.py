"""Dates and times: their form, and whether they exist."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from grader.harness import Tally, check

if TYPE_CHECKING:
    from conftest import Shop


@check("receipts.date.accepted", category="validation", level="junior", requires=("receipts.process.ok",))
async def real_dates_are_accepted(shop: Shop) -> Tally:
    """A real calendar date is accepted: from 1900 on, first and last days of months, 29 February in leap years.

    A calendar made of a pattern knows no leap years, and the next one comes.
    """
    dates = ("1900-01-01", "1999-12-31", "2000-02-29", "2024-02-29", "2023-02-28", "2022-04-30", "2021-10-10")
    return await shop.accepts({text: shop.body(purchaseDate=text) for text in dates})


@check("receipts.date.future", category="validation", level="junior", requires=("receipts.process.ok",))
async def future_dates_are_accepted(shop: Shop) -> Tally:
    """A date in the future is valid.

    The contract says so; and a rule that depends on today fails in another time zone.
    """
    dates = ("2099-01-02", "2096-02-29", "2100-12-31")
    return await shop.accepts({text: shop.body(purchaseDate=text) for text in dates})


@check("receipts.date.form", category="validation", level="junior", weight=2, requires=("receipts.process.ok",))
async def dates_have_one_form(shop: Shop) -> Tally:
    """A date that is not written YYYY-MM-DD is refused, even where a library would read it.

    `fromisoformat` takes `20220101`, `strptime` takes `2022-1-1`, Pydantic takes a date with a time of 00:00:00.
    """
    dates = (
        "2022-01-01T00:00:00",
        "2022-01-01 00:00:00",
        "2022-01-01Z",
        "20220101",
        "2022-W01-1",
        "2022-1-1",
        "22-01-01",
        "2022/01/01",
        "01-01-2022",
        "01/01/2022",
        "1640995200",
        "yesterday",
        "",
    )
    return await shop.refuses({repr(text): shop.body(purchaseDate=text) for text in dates})


@check("receipts.date.calendar", category="validation", level="junior", weight=2, requires=("receipts.process.ok",))
async def dates_exist(shop: Shop, rng: random.Random) -> Tally:
    """A date that does not exist is refused.

    A pattern sees digits; only a calendar knows that 1900 and 2100 are no leap years.
    """
    year = rng.randrange(2001, 2024)
    dates = {
        "30 February": f"{year}-02-30",
        "29 February in a common year": f"{4 * rng.randrange(500, 505) + 1}-02-29",
        "29 February 1900": "1900-02-29",
        "29 February 2100": "2100-02-29",
        "31 April": f"{year}-04-31",
        "32 January": f"{year}-01-32",
        "day 0": f"{year}-03-00",
        "month 0": f"{year}-00-10",
        "month 13": f"{year}-13-01",
    }
    return await shop.refuses({name: shop.body(purchaseDate=text) for name, text in dates.items()})


@check("receipts.time.accepted", category="validation", level="junior", requires=("receipts.process.ok",))
async def real_times_are_accepted(shop: Shop) -> Tally:
    """A time of 24 hours is accepted, from 00:00 to 23:59.

    Midnight and the last minute of the day are where ranges are off by one.
    """
    times = ("00:00", "00:01", "09:09", "12:00", "19:59", "20:00", "23:00", "23:59")
    return await shop.accepts({text: shop.body(purchaseTime=text) for text in times})


@check("receipts.time.form", category="validation", level="junior", weight=2, requires=("receipts.process.ok",))
async def times_have_one_form(shop: Shop) -> Tally:
    """A time that is not written HH:MM is refused, even where a library would read it.

    `strptime` takes `1:05`, `fromisoformat` takes `13`, Pydantic takes seconds and a zone.
    """
    short = ("1:05", "13:5", "13", "1301", "13.01", "noon", "")
    long = ("13:01:00", "13:01Z", "13:01+00:00", "T13:01", "1:05 PM")
    return await shop.refuses({repr(text): shop.body(purchaseTime=text) for text in (*short, *long)})


@check("receipts.time.clock", category="validation", level="junior", weight=2, requires=("receipts.process.ok",))
async def times_exist(shop: Shop) -> Tally:
    """A time that does not exist is refused: no hour 24, no minute 60.

    24:00 is the favourite: some libraries read it as midnight of the next day.
    """
    times = ("24:00", "24:01", "25:00", "99:00", "12:60", "00:99", "23:60")
    return await shop.refuses({text: shop.body(purchaseTime=text) for text in times})
