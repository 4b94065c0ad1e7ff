"""WebSockets: who is let in, and what a socket is subscribed to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grader.harness import Api, Socket, Tally, check
from grader.harness.probes.websocket import refused_or_closed

if TYPE_CHECKING:
    from conftest import Shop


@check("ws.subscribe.ok", category="websocket", level="mid", weight=2)
async def socket_can_subscribe(shop: Shop) -> None:
    """With a good token the WebSocket opens, and `subscribe` is answered with `subscribed` and the ids.

    The answer says from when on the socket can count on being told.
    """
    async with shop.socket() as socket:
        await shop.subscribe(socket, shop.product().id)


@check("ws.token", category="websocket", level="mid", weight=2, requires=("ws.subscribe.ok",))
async def socket_needs_a_token(api: Api, shop: Shop) -> Tally:
    """Without a good token the handshake is refused, or the socket closed with 1008 before any message.

    Browsers send no header with a WebSocket, and what guards the other operations does not see one: it needs a lock of
    its own.
    """
    tokens = shop.tokens
    bad = {
        "no token": None,
        "an empty token": "",
        "a word": shop.text(20),
        "wrongly signed": tokens.foreign(),
        "unsigned": tokens.unsigned("none"),
        "expired": tokens.expired(3600),
        "without the scope": tokens.good("orders:read"),
    }
    tally = Tally()
    for name, token in bad.items():
        with tally.case(name):
            params = {} if token is None else {"token": token}
            await refused_or_closed(api, "/ws/prices", params=params, provoke={"subscribe": [shop.product().id]})
    return tally


@check("ws.subscribed", category="websocket", level="mid", weight=2, requires=("ws.subscribe.ok",))
async def answers_name_all_ids(shop: Shop) -> Tally:
    """`subscribed` names all ids that this socket is subscribed to by now, each once, sorted as Python sorts texts.

    With the whole state in each answer, a client can begin anew from any of them.
    """
    tail = shop.text(8)
    ids = [f"{head}{tail}" for head in ("b", "A", "a", "B", "1", "-", "a-", "aB")]
    tally = Tally()
    async with shop.socket() as socket, shop.socket() as other:
        with tally.case("the first ids"):
            await _answered(socket, {"subscribe": ids[:4]}, ids[:4])
        with tally.case("more ids"):
            await _answered(socket, {"subscribe": ids[4:]}, ids)
        with tally.case("an id once more"):
            await _answered(socket, {"subscribe": ids[2:3]}, ids)
        with tally.case("another socket"):
            mine = [shop.product().id]
            await _answered(other, {"subscribe": mine}, mine)
    return tally


@check("ws.unsubscribe", category="websocket", level="mid", requires=("ws.audience",))
async def socket_can_unsubscribe(shop: Shop) -> Tally:
    """`unsubscribe` is answered with the ids that remain, and prices of the others no longer come.

    A page that has moved on must not be told for ever of what it showed an hour ago.
    """
    kept, left, strange = (shop.product().id for _ in range(3))
    tally = Tally()
    async with shop.socket() as socket:
        await shop.subscribe(socket, kept, left)
        with tally.case("what remains"):
            await _answered(socket, {"unsubscribe": [left, strange]}, [kept])
        with tally.case("whose prices come"):
            await shop.changed(left)
            await socket.next_is(await shop.changed(kept), "after the price of an id that was left, the next message")
    return tally


@check("ws.invalid", category="websocket", level="mid", weight=2, requires=("ws.audience",))
async def nonsense_is_answered(shop: Shop) -> Tally:
    """Anything else is answered with `error` and a `detail`; the socket stays open and keeps its subscriptions.

    An exception that nobody catches ends the socket, and with it what a browser was subscribed to.
    """
    messages = {
        "no JSON": "subscribe",
        "half a document": '{"subscribe": ["OTHER"',
        "a number": "17",
        "a text": '"OTHER"',
        "a list": '["OTHER"]',
        "null": "null",
        "an empty object": "{}",
        "neither verb": '{"follow": ["OTHER"]}',
        "subscribe: a text": '{"subscribe": "OTHER"}',
        "subscribe: null": '{"subscribe": null}',
        "subscribe: an object": '{"subscribe": {"id": "OTHER"}}',
        "subscribe: a number in the list": '{"subscribe": ["OTHER", 17]}',
        "subscribe: a list in the list": '{"subscribe": [["OTHER"]]}',
        "unsubscribe: a text": '{"unsubscribe": "MINE"}',
        "unsubscribe: null in the list": '{"unsubscribe": ["MINE", null]}',
    }
    tally = Tally()
    for name, text in messages.items():
        # Ids of its own for each case: what becomes of a socket that has gone is another check's business.
        mine, other = shop.product().id, shop.product().id
        with tally.case(name):
            async with shop.socket() as socket:
                await shop.subscribe(socket, mine)
                await socket.send_text(text.replace("MINE", mine).replace("OTHER", other))
                (await socket.next_is({"type": "error"}))["detail"]
                await shop.changed(other)
                await socket.next_is(await shop.changed(mine), "after the error, the next message")
    return tally


async def _answered(socket: Socket, message: Any, ids: list[str]) -> None:
    await socket.send_json(message)
    await socket.next_is({"type": "subscribed", "ids": sorted(ids)})
