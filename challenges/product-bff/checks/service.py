"""The service itself: alive without its upstreams, and one shape for all its errors."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from grader.harness import Api, Tally, Upstreams, check
from grader.harness.probes.faults import status

if TYPE_CHECKING:
    from conftest import Shop

FIRST_ERROR = 400


@check("service.health", category="behaviour", level="junior", weight=0.5)
async def health_answers(api: Api) -> None:
    """`GET /health` answers 200 with JSON, without a credential.

    Whoever runs the service asks it whether it is alive, and restarts it when there is no answer.
    """
    (await api.get("/health")).expect(200).json()


@check("service.alone", category="behaviour", level="mid", requires=("service.health", "prices.changed.ok"))
async def upstreams_may_be_away(api: Api, shop: Shop, upstreams: Upstreams) -> Tally:
    """While all upstreams are away, `GET /health` answers 200 and price changes are accepted.

    A service that is restarted because others are down makes an outage larger, and a price is news, not a question.
    """
    tally = Tally()
    async with AsyncExitStack() as stack:
        for upstream in upstreams.values():
            await stack.enter_async_context(upstream.down())
        with tally.case("GET /health"):
            (await api.get("/health")).expect(200)
        with tally.case("POST /internal/price-changed"):
            await shop.changed(shop.product().id)
    return tally


@check("errors.detail", category="status_codes", level="junior", requires=("products.read.ok",))
async def errors_have_a_detail(api: Api, shop: Shop) -> Tally:
    """The body of an error is a JSON object with a `detail` member.

    One shape for all errors lets a client show any of them with the same few lines.
    """
    good, unknown = await shop.stock(), await shop.stock(catalog=status(404))
    broken = await shop.stock(pricing=status(500))
    replies = {
        "no token": await api.get(good.path),
        "a token without the scope": await shop.read(good, token=shop.tokens.good("orders:read")),
        "an unknown product": await shop.read(unknown),
        "an upstream that fails": await shop.read(broken),
        "no ids": await api.get("/products", headers=shop.bearer()),
        "no internal key": await api.post("/internal/price-changed", json={"id": good.id, **good.price}),
        "an invalid price change": await shop.post({"id": good.id}),
    }
    tally = Tally()
    for name, reply in replies.items():
        with tally.case(name):
            # What is no error is another check's matter.
            if reply.status >= FIRST_ERROR:
                reply.json()["detail"]
    return tally
