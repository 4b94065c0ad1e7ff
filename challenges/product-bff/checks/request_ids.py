"""`X-Request-ID`: taken over or made up, passed on, and given back."""

from __future__ import annotations

import re
import string
from collections.abc import Coroutine
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from grader.harness import Api, Call, DeadlinePassed, Reply, Tally, Upstreams, check, sending
from grader.harness.probes.calling import at_once
from grader.harness.probes.faults import good, never, status

if TYPE_CHECKING:
    from conftest import Shop

JSON = {"Content-Type": "application/json"}

FORM = re.compile(r"[A-Za-z0-9._-]{1,128}")
ID_CHARACTERS = string.ascii_letters + string.digits + "-_."
AT_ONCE = 3


def _id_of(reply: Reply) -> str:
    """The header of an answer; `Mismatch` unless it is there once and of the form that it must have."""
    found = reply.headers.get_list("x-request-id")
    if len(found) != 1 or not FORM.fullmatch(found[0]):
        expected = "a header X-Request-ID of 1 to 128 letters, digits, `-`, `_` and `.`"
        raise reply.mismatch(expected, " and ".join(map(repr, found)) or "none")
    return found[0]


def _echoes(reply: Reply, sent: str) -> None:
    got = reply.headers.get("x-request-id")
    if got != sent:
        raise reply.mismatch(f"X-Request-ID: {sent}", "none" if got is None else got)


def _carry(calls: list[Call], expected: str, reply: Reply) -> None:
    """`Mismatch` unless there are calls, and each has this id."""
    for call in calls:
        got = call.header("x-request-id")
        if got != expected:
            raise reply.mismatch(f"X-Request-ID: {expected} on each call to an upstream", f"{call}: {got or 'none'}")
    if not calls:
        raise reply.mismatch("calls to upstreams", "none came")


@check("request-id.echo", category="behaviour", level="junior", requires=("products.read.ok",))
async def id_is_echoed(shop: Shop) -> Tally:
    """A caller's `X-Request-ID` of 1 to 128 letters, digits, `-`, `_` and `.` stands on the answer as it is.

    With one id in all logs, a complaint leads to the line that explains it.
    """
    ids = {
        "a UUID": "-".join(shop.text(length, "0123456789abcdef") for length in (8, 4, 4, 4, 12)),
        "one character": shop.text(1, string.ascii_letters + string.digits),
        "128 characters": shop.text(128, string.ascii_letters + string.digits),
        "all that is allowed": f"{shop.text(3)}-{shop.text(3)}_{shop.text(3)}.{shop.text(20, ID_CHARACTERS)}9",
    }
    product = await shop.stock()
    tally = Tally()
    for name, sent in ids.items():
        with tally.case(name):
            _echoes(await shop.read(product, request_id=sent), sent)
    return tally


@check("request-id.made-up", category="behaviour", level="junior", requires=("products.read.ok",))
async def id_is_made_up(shop: Shop) -> Tally:
    """Where the caller sends no `X-Request-ID`, or one of another form, a fresh one is made up; nothing is refused.

    The header goes into logs and into other services: what a stranger writes there is looked at first.
    """
    ids = {
        "none": "",
        "129 characters": shop.text(129),
        "a blank inside": f"{shop.text(6)} {shop.text(6)}",
        **{f"a {mark!r} inside": f"{shop.text(6)}{mark}{shop.text(6)}" for mark in "/:<,@%"},
    }
    product = await shop.stock()
    tally = Tally()
    for name, sent in ids.items():
        with tally.case(name):
            replies = [(await shop.read(product, request_id=sent)).expect(200) for _ in range(2)]
            first, second = map(_id_of, replies)
            if first == second:
                raise replies[1].mismatch("a fresh X-Request-ID for each request", f"{first} twice")
    return tally


@check("request-id.upstreams", category="behaviour", level="mid", weight=2, requires=("products.read.ok",))
async def id_is_sent_to_upstreams(shop: Shop) -> Tally:
    """The request's id is sent with each call to an upstream: the caller's, or the one that was made up and echoed.

    An id that ends here, or changes here, ends the trace in the middle.
    """
    product, other = await shop.stocked(2)
    tally = Tally()
    with tally.case("the caller's"):
        sent = shop.text(20)
        reply = await shop.read(product, request_id=sent)
        _carry(await shop.called(product), sent, reply)
    with tally.case("made up"):
        reply = await shop.read(other)
        _carry(await shop.called(other), _id_of(reply), reply)
    return tally


@check("request-id.attempts", category="behaviour", level="mid", requires=("request-id.upstreams", "retry.once"))
async def id_is_sent_again(shop: Shop) -> None:
    """A second attempt carries the same id as the first.

    It is the attempt that one looks for when the first one failed.
    """
    twice = (status(503), good)
    product = await shop.stock(catalog=twice, pricing=twice, reviews=twice)
    sent = shop.text(20)
    reply = await shop.read(product, request_id=sent)
    _carry(await shop.called(product), sent, reply)


@check("request-id.everywhere", category="behaviour", level="mid", weight=2, requires=("request-id.echo",))
async def every_answer_has_an_id(api: Api, shop: Shop) -> Tally:
    """`X-Request-ID` stands on every answer, whatever its status and whoever makes it.

    It is the failed requests that people ask about, and those are answered by other code than the good ones.
    """
    sent = shop.text(20)
    own = {"X-Request-ID": sent}
    user, key = shop.bearer(request_id=sent), {**own, "X-Internal-Key": shop.key}
    product, unknown = await shop.stock(), await shop.stock(catalog=status(404))
    broken, silent = await shop.stock(pricing=status(500)), await shop.stock(catalog=never)
    change = {"id": product.id, **product.price}
    requests = {
        "GET /health": api.get("/health", headers=own),
        "a product": api.get(product.path, headers=user),
        "no token": api.get(product.path, headers=own),
        "a token that does not hold": api.get(product.path, headers=shop.bearer(shop.text(20), request_id=sent)),
        "no scope": api.get(product.path, headers=shop.bearer(shop.tokens.good("orders:read"), request_id=sent)),
        "an unknown product": api.get(unknown.path, headers=user),
        "an upstream that fails": api.get(broken.path, headers=user),
        "an upstream that does not answer": api.get(silent.path, headers=user),
        "no ids": api.get("/products", headers=user),
        "a price change": api.post("/internal/price-changed", json=change, headers=key),
        "a price change without a key": api.post("/internal/price-changed", json=change, headers=own),
        "an invalid price change": api.post("/internal/price-changed", json={}, headers=key),
        "malformed JSON": api.post("/internal/price-changed", content=b"{", headers={**key, **JSON}),
        "an unknown path": api.get(f"/{shop.text(12)}", headers=user),
        "a method that is not allowed": api.delete(product.path, headers=user),
    }
    return await at_once({name: _answered(request, sent) for name, request in requests.items()})


async def _answered(request: Coroutine[Any, Any, Reply], sent: str) -> None:
    with suppress(DeadlinePassed):  # what is not answered at all is another check's matter
        _echoes(await request, sent)


@check(
    "request-id.own",
    category="async",
    level="mid",
    requires=("request-id.upstreams", "request-id.echo", "list.ok"),
)
async def requests_keep_their_own_ids(shop: Shop, upstreams: Upstreams) -> Tally:
    """Requests that are under way at the same time keep their own ids, those of later calls to upstreams included.

    An id in a global variable is the id of whoever came last.
    """
    lists = {shop.text(20): await shop.stocked(6) for _ in range(AT_ONCE)}
    requests = [shop.list(products, request_id=sent) for sent, products in lists.items()]
    calls = shop.at(*(product for products in lists.values() for product in products))
    tally = Tally()
    async with await upstreams.hold(*calls) as gate, sending(*requests) as under_way:
        await gate.arrived()
        # Each list has as many calls under way as it may now; the rest is made when all the others have come as well.
        await shop.linger_at(gate)
        await gate.release()
        for (sent, products), request in zip(lists.items(), under_way, strict=True):
            with tally.case(f"request {tally.total + 1} of {AT_ONCE}"):
                reply = await request
                _echoes(reply, sent)
                _carry([call for product in products for call in await shop.called(product)], sent, reply)
    return tally
