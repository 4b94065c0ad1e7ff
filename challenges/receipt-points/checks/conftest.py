"""What the checks of this pack share: random receipts, the rules as a formula, and a client that knows the resource.

Rules are told apart by comparing two receipts that differ in one thing: what a mistake in another rule adds, it adds to
both. The client is tolerant on purpose: where a check needs points, 201 will do for 200, an id may be a number and
points a text. So one slip costs the check that is about it and no other.
"""

import json
import random
import re
import string
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest

from grader.harness import Api, Json, Mismatch, Reply, Tally

Body = dict[str, Any]

ACCEPTED = (200, 201)
REFUSED = (400, 422)
"""That it is 400 and not 422 is a check of its own."""
REFUSALS = range(400, 500)
JSON_HEADERS = {"Content-Type": "application/json"}

LETTERS_AND_DIGITS = frozenset(string.ascii_letters + string.digits)
UNMATCHED_LENGTHS = (4, 5, 7, 8)
"""Lengths of a description that earn nothing."""
UNMATCHED_CENTS = ("07", "13", "38", "61", "89")
"""Cents of a total that earn nothing."""
COUNTED = re.compile(r"(\D*)(\d{1,12})", re.ASCII)
"""An id that counts up, such as 17 or r-17."""
POINTS_AS_TEXT = re.compile(r"-?\d{1,12}", re.ASCII)


# --- the rules -------------------------------------------------------------------------------------------------------


class Rules:
    """What a receipt is worth, by the contract. Amounts are counted in cents."""

    @staticmethod
    def cents(amount: str) -> int:
        """An amount in cents, exactly."""
        return int(Decimal(amount).scaleb(2))

    @staticmethod
    def name(retailer: str) -> int:
        """Points for the letters and digits of a retailer."""
        return sum(character in LETTERS_AND_DIGITS for character in retailer)

    @classmethod
    def fifth(cls, price: str) -> int:
        """A fifth of a price in whole units, rounded up."""
        return -(-cls.cents(price) // 500)

    @classmethod
    def item(cls, item: Mapping[str, str]) -> int:
        """Points for one item."""
        return 0 if len(item["shortDescription"].strip()) % 3 else cls.fifth(item["price"])

    @classmethod
    def points(cls, receipt: Mapping[str, Any]) -> int:
        """Points for a whole receipt."""
        total, items = cls.cents(receipt["total"]), receipt["items"]
        hour, minute = map(int, receipt["purchaseTime"].split(":"))
        earned = cls.name(receipt["retailer"]) + 5 * (len(items) // 2) + sum(map(cls.item, items))
        earned += 50 * (total % 100 == 0) + 25 * (total % 25 == 0)
        earned += 6 * (int(receipt["purchaseDate"][-2:]) % 2)
        return earned + 10 * (14 * 60 < hour * 60 + minute < 16 * 60)


# --- the application -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Receipt:
    """A receipt that was processed: its id, and the answer that gave it."""

    id: int | str
    reply: Reply

    @property
    def path(self) -> str:
        """Where its points are."""
        return path_of(self.id)


@dataclass(frozen=True)
class Score:
    """Points as they were read; what is wrong with them is shown with the request that holds the receipt."""

    points: float
    receipt: Receipt

    def gains(self, base: "Score", *wanted: int, than: str) -> None:
        """`Mismatch` unless these are as many points more than the other receipt's; negative is fewer."""
        if self.points - base.points not in wanted:
            points = " or ".join(f"{base.points + more:g}" for more in wanted)
            more = " or ".join(f"{abs(more) or 'none'} {'fewer' if more < 0 else 'more'}" for more in wanted)
            raise self._mismatch(
                f"{points} points: {more} than {than}" if any(wanted) else f"{points} points, as {than}"
            )

    def earns(self, base: "Score", *, than: str) -> None:
        """`Mismatch` unless these are more points than the other receipt's, however many."""
        if self.points <= base.points:
            raise self._mismatch(f"more than the {base.points:g} points {than}")

    def equals(self, points: int) -> None:
        """`Mismatch` unless it is this number."""
        if self.points != points:
            raise self._mismatch(f"{points} points")

    def _mismatch(self, expected: str) -> Mismatch:
        return self.receipt.reply.mismatch(expected, f"{self.points:g} points at {self.receipt.path}")


def path_of(receipt_id: int | str) -> str:
    """Where the points of a receipt are."""
    return f"/receipts/{quote(str(receipt_id), safe='')}/points"


def number(node: Json) -> float:
    """Points as they came; that they are an integer is a check of its own."""
    if isinstance(node.value, str) and POINTS_AS_TEXT.fullmatch(node.value):
        return int(node.value)
    return node.number()


class Shop:
    """The application as somebody who scores receipts, and makers of receipts that no other check has."""

    def __init__(self, api: Api, rng: random.Random) -> None:
        self._api = api
        self._rng = rng

    # --- receipts

    def text(self, length: int, alphabet: str = string.ascii_letters) -> str:
        """That many characters."""
        return "".join(self._rng.choices(alphabet, k=length))

    def item(self, description: str | None = None, price: str | None = None) -> Body:
        """An item; by itself its description earns nothing, and its price leaves the total one that earns nothing."""
        if description is None:
            description = self.text(self._rng.choice(UNMATCHED_LENGTHS))
        if price is None:
            price = f"{self.units()}.{self._rng.choice(UNMATCHED_CENTS)}"
        return {"shortDescription": description, "price": price}

    def units(self) -> int:
        """Whole units of an amount, away from the multiples of five, so that all cents give the same fifth."""
        return 5 * self._rng.randrange(1, 18) + self._rng.randrange(1, 4)

    def items(self, descriptions: Iterable[str], price: str) -> list[Body]:
        """An item for each description, all at one price."""
        return [self.item(description, price) for description in descriptions]

    def body(self, **members: Any) -> Body:
        """A valid receipt of an even day and a morning, whose total is the sum of its items."""
        day, month = 2 * self._rng.randrange(1, 15), 2 * self._rng.randrange(1, 7)
        items = members.get("items") or [self.item()]
        total = sum(Rules.cents(item["price"]) for item in items)
        plain = {
            "retailer": self.text(self._rng.randrange(6, 10)),
            "purchaseDate": f"{self._rng.randrange(2001, 2024)}-{month:02}-{day:02}",
            "purchaseTime": f"{self._rng.randrange(6, 12):02}:{self._rng.randrange(60):02}",
            "items": items,
            "total": f"{total // 100}.{total % 100:02}",
        }
        return {**plain, **members}

    def rich(self) -> Body:
        """A valid receipt that every rule gives points to, and more than to any `body`."""
        body = self.body(items=self.items((self.text(6), self.text(9)), f"{self.units()}.00"), retailer=self.text(40))
        odd = f"{body['purchaseDate'][:-2]}{2 * self._rng.randrange(14) + 1:02}"
        return {
            **body,
            "purchaseDate": odd,
            "purchaseTime": f"{self._rng.randrange(14, 16)}:{self._rng.randrange(1, 60):02}",
        }

    def costing(self, amount: str, body: Body | None = None) -> Body:
        """A receipt whose total, and the price of whose only item, is this amount; else as the one given."""
        base = body or self.body()
        item = {**base["items"][0], "price": amount}
        return {**base, "items": [item], "total": amount}

    def describing(self, description: str, body: Body | None = None) -> Body:
        """A receipt whose only item has this description; else as the one given."""
        base = body or self.body()
        return {**base, "items": [{**base["items"][0], "shortDescription": description}]}

    def pricing(self, price: str) -> Body:
        """A receipt whose only item has this price, and whose total is another."""
        return {**self.body(), "items": [self.item(price=price)]}

    # --- ids

    def unknown(self, known: int | str) -> str:
        """The path of a receipt that does not exist, with an id of the same form as one that does."""
        text = str(known)
        if counted := COUNTED.fullmatch(text):
            return path_of(f"{counted[1]}{int(counted[2]) + self._rng.randrange(100_000, 1_000_000)}")
        if is_uuid(text):
            # Version and variant stay as they are: a path parameter may be typed as UUID4.
            kept = {0, 1, 14, 19} if "-" in text else {0, 1, 12, 16}
            return path_of(self._redrawn(text, kept))
        longer = text if len(text) > len("a-short-id") else text + text[-1:] * len("a-short-id")
        return path_of(self._redrawn(longer, {0, 1}))

    def _redrawn(self, text: str, kept: Collection[int]) -> str:
        """Other characters of the same kinds, but for the places that are kept."""
        hexadecimal = all(each in "-" + string.hexdigits for each in text)
        return "".join(
            each if at in kept else self._like(each, hexadecimal=hexadecimal) for at, each in enumerate(text)
        )

    def _like(self, character: str, *, hexadecimal: bool) -> str:
        for kind in (string.digits, string.ascii_lowercase, string.ascii_uppercase):
            if character in kind:
                return self._rng.choice(kind[:6] if hexadecimal and kind is not string.digits else kind)
        return character

    # --- operations

    async def post(self, body: Body) -> Reply:
        """Hand a receipt in, whatever comes."""
        return await self._api.post("/receipts/process", json=body)

    async def post_raw(self, content: bytes) -> Reply:
        """Hand in bytes that are said to be JSON."""
        return await self._api.post("/receipts/process", content=content, headers=JSON_HEADERS)

    def receipt(self, reply: Reply) -> Receipt:
        """The receipt that an answer tells of; `Mismatch` unless it was accepted and has an id."""
        node = reply.expect(*ACCEPTED).json()["id"]
        return Receipt(node.string() if isinstance(node.value, str) else node.integer(), reply)

    async def process(self, body: Body) -> Receipt:
        """Hand a receipt in; `Mismatch` unless it is accepted and has an id."""
        return self.receipt(await self.post(body))

    async def read(self, receipt: Receipt) -> Score:
        """The points of a receipt."""
        return self.score(receipt, await self._api.get(receipt.path))

    def score(self, receipt: Receipt, reply: Reply) -> Score:
        """The points in an answer; `Mismatch` unless there are any."""
        return Score(number(reply.expect(200).json()["points"]), receipt)

    async def scored(self, body: Body) -> Score:
        """Hand a receipt in, and read its points."""
        return await self.read(await self.process(body))

    # --- many at a time

    async def accepts(self, bodies: Mapping[str, Body]) -> Tally:
        """Each receipt is accepted."""
        tally = Tally()
        for name, body in bodies.items():
            with tally.case(name):
                (await self.post(body)).expect(*ACCEPTED)
        return tally

    async def refuses(self, bodies: Mapping[str, Body]) -> Tally:
        """Each receipt is refused."""
        return await self.refuses_raw({name: json.dumps(body).encode() for name, body in bodies.items()})

    async def refuses_raw(self, contents: Mapping[str, bytes]) -> Tally:
        """Each content is refused."""
        tally = Tally()
        for name, content in contents.items():
            with tally.case(name):
                (await self.post_raw(content)).expect(*REFUSED)
        return tally

    async def refuses_with_400(self, contents: Mapping[str, bytes]) -> Tally:
        """Each content that is refused is refused with 400; what is accepted, or crashes, is another check's matter."""
        tally = Tally()
        for name, content in contents.items():
            reply = await self.post_raw(content)
            if reply.status in REFUSALS:
                with tally.case(name):
                    reply.expect(400)
        if not tally.total:
            raise Mismatch("invalid receipts to be refused with 400", "none of them is refused")
        return tally

    async def survives(self, bodies: Mapping[str, Body]) -> Tally:
        """Each receipt is refused, or its points can be read."""
        tally = Tally()
        for name, body in bodies.items():
            with tally.case(name):
                reply = await self.post(body)
                if reply.status not in REFUSALS:
                    await self.read(self.receipt(reply))
        return tally


def is_uuid(text: str) -> bool:
    """Whether it is written as a UUID is, with or without hyphens."""
    try:
        return str(uuid.UUID(text)) == text.lower() or uuid.UUID(text).hex == text.lower()
    except ValueError:
        return False


@pytest.fixture
def shop(api: Api, rng: random.Random) -> Shop:
    """The application as somebody who scores receipts."""
    return Shop(api, rng)


@pytest.fixture
def rules() -> Rules:
    """What a receipt is worth."""
    return Rules()
