"""What the checks of this pack share: products, what upstreams know of them, and a client.

The client is tolerant on purpose: where a check only needs a product, its id and title will do. So one slip costs the
check that is about it and no other.
"""

import random
import string
from asyncio import Task, gather
from collections.abc import Iterable, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from typing import Any

import pytest

from grader.harness import Api, Call, Gate, Json, Missed, Reply, Socket, Upstreams
from grader.harness.probes.calling import attempts
from grader.harness.probes.faults import Fault, good
from grader.harness.probes.tokens import Tokens

ACCEPTED = (202, 200, 201, 204)
"""That a price change is answered with 202 is a check of its own."""
ID_LETTERS = string.ascii_letters + string.digits + "-"
OCCASIONS = 8
"""Answers to `GET /health`: with each, an application that is free had time to go on with the rest."""
SOCKET_PATH = "/ws/prices"

Body = dict[str, Any]
Route = tuple[str, str]
"""Name of an upstream and path of a call, as gates take them."""
Faults = Fault | tuple[Fault, ...]
"""How an upstream answers: always, or one after another, an attempt each."""


# --- products ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Product:
    """What the three upstreams know of a product."""

    id: str
    title: str
    amount: str
    currency: str
    rating: float
    count: int

    @property
    def path(self) -> str:
        """Where the application shows it."""
        return f"/products/{self.id}"

    @property
    def routes(self) -> dict[str, str]:
        """Upstream → path of the call for it."""
        return {"catalog": f"/items/{self.id}", "pricing": f"/prices/{self.id}", "reviews": f"/reviews/{self.id}"}

    @property
    def answers(self) -> dict[str, Body]:
        """Upstream → body of a good answer."""
        return {
            "catalog": {"id": self.id, "title": self.title},
            "pricing": self.price,
            "reviews": {"rating": self.rating, "count": self.count},
        }

    @property
    def price(self) -> Body:
        """The price, as pricing and the application show it."""
        return {"amount": self.amount, "currency": self.currency}

    def named(self, node: Json) -> None:
        """`Mismatch` unless the node is this product, by its id and title."""
        node["id"].equals(self.id)
        node["title"].equals(self.title)

    def whole(self, node: Json) -> None:
        """`Mismatch` unless the node is this product with all its members."""
        self.named(node)
        self.priced(node)
        node["rating"].equals(self.rating)
        node["review_count"].equals(self.count)
        node["degraded"].equals([])

    def degraded(self, node: Json) -> None:
        """`Mismatch` unless the node is this product without its reviews."""
        self.named(node)
        node["rating"].equals(None)
        node["review_count"].equals(None)
        node["degraded"].equals(["reviews"])

    def priced(self, node: Json) -> None:
        """`Mismatch` unless the node has the price as pricing says it."""
        node["price"]["amount"].equals(self.amount)
        node["price"]["currency"].equals(self.currency)


# --- the application --------------------------------------------------------------------------------------------------


class Shop:
    """The application as browsers and internal callers see it, and the upstreams behind it.

    Attributes:
        limit: seconds that an attempt at an upstream may take.
        key: what internal callers send.
        tokens: makes tokens.
    """

    def __init__(self, api: Api, upstreams: Upstreams, rng: random.Random, environment: Mapping[str, str]) -> None:
        self.limit = float(environment["UPSTREAM_TIMEOUT"])
        self.key = environment["INTERNAL_KEY"]
        self.tokens = Tokens(environment["AUTH_SECRET"], rng, "products:read")
        self._api = api
        self._upstreams = upstreams
        self._rng = rng
        upstreams.patience = self.limit

    # --- what the upstreams know

    def text(self, length: int, alphabet: str = string.ascii_letters) -> str:
        """That many characters."""
        return "".join(self._rng.choices(alphabet, k=length))

    def amount(self) -> str:
        """An amount of money; its last digit is one that a number loses."""
        return f"{self._rng.randrange(1, 2000)}.{self._rng.randrange(1, 10)}0"

    def product(self, **members: Any) -> Product:
        """A product that no other check has, and no upstream knows yet."""
        plain = {
            "id": self.text(16, ID_LETTERS),
            "title": f"{self.text(6).capitalize()} {self.text(8).lower()}",
            "amount": self.amount(),
            "currency": self._rng.choice(("EUR", "USD", "CHF", "SEK")),
            "rating": self._rng.randrange(11, 50) / 10,
            "count": self._rng.randrange(1, 5000),
        }
        return Product(**{**plain, **members})

    async def stock(self, product: Product | None = None, **faults: Faults) -> Product:
        """Have the upstreams know a product.

        Args:
            product: which one; a new one by default.
            faults: upstream → how it answers for this product; one that is not named answers well.
        """
        product = product or self.product()
        for name, path in product.routes.items():
            chosen = faults.get(name, good)
            scripts = [fault(product.answers[name]) for fault in (chosen if isinstance(chosen, tuple) else (chosen,))]
            await self._upstreams[name].on("GET", path, *scripts)
        return product

    async def stocked(self, count: int, **faults: Faults) -> list[Product]:
        """As `stock`, for so many new ones."""
        return [await self.stock(**faults) for _ in range(count)]

    def at(self, *products: Product, only: str = "") -> list[Route]:
        """All calls for these products, for gates; or those to one upstream."""
        routes = [(name, path) for product in products for name, path in product.routes.items()]
        return [(name, path) for name, path in routes if only in {"", name}]

    async def called(self, product: Product) -> list[Call]:
        """All calls that came for a product so far."""
        await self._upstreams.settled()
        return [call for name, path in self.at(product) for call in self._upstreams[name].calls(path)]

    async def attempts(self, name: str, product: Product, count: int, reply: Reply) -> list[Call]:
        """The calls that came to an upstream for a product; `Mismatch` unless there are so many."""
        return await attempts(self._upstreams, self._upstreams[name], product.routes[name], count, reply)

    # --- operations, whatever comes

    @staticmethod
    def list_path(products: Iterable[Product]) -> str:
        """Where the application lists these products."""
        return f"/products?ids={','.join(product.id for product in products)}"

    def bearer(self, token: str = "", request_id: str = "") -> dict[str, str]:
        """Headers with this token, or a good one; and with an `X-Request-ID` if one is given."""
        ids = {"X-Request-ID": request_id} if request_id else {}
        return {"Authorization": f"Bearer {token or self.tokens.good()}", **ids}

    async def read(self, product: Product, **options: str) -> Reply:
        """`GET /products/{id}`; options as for `bearer`."""
        return await self._api.get(product.path, headers=self.bearer(**options))

    async def list(self, products: Iterable[Product], **options: str) -> Reply:
        """`GET /products?ids=`; options as for `bearer`."""
        return await self._api.get(self.list_path(products), headers=self.bearer(**options))

    @staticmethod
    def item(reply: Reply, product: Product) -> Json:
        """This product in an answer with a list; `Mismatch` if it is none, or does not hold it."""
        items = reply.expect(200).json()["items"].array()
        for item in items:
            if item["id"].value == product.id:
                return item
        raise reply.mismatch(f"an item with the id {product.id}", f"{len(items)} items, and none has it")

    async def post(self, body: Any) -> Reply:
        """`POST /internal/price-changed` with the right key."""
        return await self._api.post("/internal/price-changed", json=body, headers={"X-Internal-Key": self.key})

    async def changed(self, product_id: str) -> Body:
        """Have the price of a product change; `Mismatch` unless that is accepted.

        Returns:
            The message that subscribers get.
        """
        change = {"id": product_id, "amount": self.amount(), "currency": self._rng.choice(("EUR", "USD", "CHF"))}
        (await self.post(change)).expect(*ACCEPTED)
        return {"type": "price", **change}

    def socket(self, **options: Any) -> AbstractAsyncContextManager[Socket]:
        """`WS /ws/prices` with a good token."""
        return self._api.websocket(SOCKET_PATH, params={"token": self.tokens.good()}, **options)

    async def subscribe(self, socket: Socket, *ids: str) -> None:
        """Subscribe to ids; `Mismatch` unless the answer has them. What else is in it is a check of its own."""
        await socket.send_json({"subscribe": ids})
        told = await socket.next_is({"type": "subscribed"})
        if missing := set(ids).difference(each.value for each in told["ids"].array() if isinstance(each.value, str)):
            raise socket.mismatch(f"`ids` with {', '.join(sorted(missing))}", "they are not in it")

    async def health(self) -> Reply:
        """`GET /health`. It needs no upstream; the application has an occasion to go on with everything else."""
        return await self._api.get("/health")

    @staticmethod
    async def finish(requests: Iterable[Task[Reply]]) -> None:
        """Wait for answers that are no longer judged, so that the next check finds nothing under way."""
        await gather(*requests, return_exceptions=True)

    async def linger(self, times: int = OCCASIONS) -> None:
        """Give the application so many occasions to go on, and learn what it has asked of upstreams until then."""
        for _ in range(times):
            await self.health()
        await self._upstreams.settled()

    async def linger_at(self, gate: Gate) -> None:
        """The same while calls are held; an application that they hold up has no such occasion, which is not judged."""
        with suppress(Missed):
            for _ in range(OCCASIONS):
                await gate.meanwhile(self.health(), "an occasion to go on")


@pytest.fixture
def shop(api: Api, upstreams: Upstreams, rng: random.Random, environment: Mapping[str, str]) -> Shop:
    """The application as its callers see it, and the upstreams behind it."""
    return Shop(api, upstreams, rng, environment)
