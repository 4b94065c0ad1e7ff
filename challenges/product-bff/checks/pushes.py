"""WebSockets: who is told of which price, and in which order."""

from __future__ import annotations

import random
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from grader.harness import Api, Request, Socket, Tally, check
from grader.harness.probes.websocket import crowd, forgotten, receive_alike, receives_in_order, stalled_hold_up_nobody

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Shop


@check("ws.price", category="websocket", level="mid", weight=2, requires=("ws.subscribe.ok", "prices.changed.ok"))
async def subscriber_is_told(shop: Shop) -> None:
    """After a price change, a socket that is subscribed to the id gets `price` with what was posted.

    It is what the socket is there for.
    """
    product_id = shop.product().id
    async with shop.socket() as socket:
        await shop.subscribe(socket, product_id)
        await socket.next_is(await shop.changed(product_id))


@check("ws.audience", category="websocket", level="mid", weight=3, requires=("ws.price",))
async def just_subscribers_are_told(shop: Shop) -> Tally:
    """Every socket that is subscribed to the id is told once, and no other, nor one that subscribes later.

    Sent to all, prices are noise and give away who else is looking; sent to one, the others show an old price.
    """
    one, two, fence = (shop.product().id for _ in range(3))
    interests = {"both": (one, two), "the first": (one,), "the second": (two,), "the first, too": (one,), "neither": ()}
    tally = Tally()
    async with AsyncExitStack() as stack:
        sockets = {name: await stack.enter_async_context(shop.socket()) for name in interests}
        for name, ids in interests.items():
            # The fence is changed last, so that what must not come would have come before.
            await shop.subscribe(sockets[name], *ids, fence)
        told = {product_id: await shop.changed(product_id) for product_id in (one, two)}
        late = await stack.enter_async_context(shop.socket())
        await shop.subscribe(late, one, fence)
        last = await shop.changed(fence)
        for name, ids in interests.items():
            with tally.case(f"subscribed to {name}"):
                await receives_in_order(sockets[name], [*(told[product_id] for product_id in ids), last])
        with tally.case("subscribed after the change"):
            await receives_in_order(late, [last])
    return tally


@check("ws.order", category="websocket", level="mid", weight=2, requires=("ws.audience",))
async def changes_come_in_order(api: Api, shop: Shop, rng: random.Random) -> Tally:
    """Changes come in the order in which they were accepted, also of different ids, and at all sockets in the same one.

    The last price that a browser gets is the one that it shows.
    """
    ids = [shop.product().id for _ in range(8)]
    tally = Tally()
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(shop.socket()) for _ in range(3)]
        for socket in sockets:
            await shop.subscribe(socket, *ids)
        with tally.case("30 changes, one after another"):
            told = [await shop.changed(rng.choice(ids)) for _ in range(30)]
            for socket in sockets:
                await receives_in_order(socket, told)
        with tally.case("30 changes at once"):
            changes = [{"id": rng.choice(ids), **shop.product().price} for _ in range(30)]
            headers = {"X-Internal-Key": shop.key}
            await api.burst(
                [Request("POST", "/internal/price-changed", json=each, headers=headers) for each in changes]
            )
            await receive_alike(sockets, [{"type": "price", **each} for each in changes])
    return tally


@check("ws.gone", category="websocket", level="mid", weight=2, requires=("ws.audience",))
async def sockets_that_are_gone_are_forgotten(shop: Shop) -> None:
    """After a socket has gone away, with or without a close frame, changes are accepted and reach the others.

    Browsers vanish all the time. One that is still in the list makes the next change fail for everybody.
    """
    product_id = shop.product().id
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(shop.socket()) for _ in range(8)]
        for socket in sockets:
            await shop.subscribe(socket, product_id)
        await forgotten(sockets[::2], sockets[1::2], lambda _: shop.changed(product_id))


@check(
    "ws.stalled",
    category="websocket",
    level="senior",
    weight=3,
    requires=("ws.subscribed", "ws.gone", "prices.changed.accepted"),
)
async def stalled_sockets_hold_nobody_up(api: Api, shop: Shop) -> None:
    """A subscriber that has stopped reading delays neither price changes nor what others get.

    A phone in a tunnel reads nothing: its buffers fill up, and whoever sends to it waits, with all that waits for him.
    """
    everyone, *more = (shop.text(300) for _ in range(60))
    params = {"token": shop.tokens.good()}

    async def subscribe(socket: Socket) -> None:
        await shop.subscribe(socket, everyone)

    async with crowd(api, "/ws/prices", subscribe, params=params) as sockets:
        await stalled_hold_up_nobody(sockets, _talk(everyone, more), publish=lambda _: shop.changed(everyone))


def _talk(first: str, ids: list[str]) -> Iterator[tuple[Any, Any]]:
    """Subscriptions, one after another, with the answers, which grow: all ids so far."""
    known = [first]
    for product_id in ids:
        known.append(product_id)
        yield {"subscribe": [product_id]}, {"type": "subscribed", "ids": sorted(known)}
