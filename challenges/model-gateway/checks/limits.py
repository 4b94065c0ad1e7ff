"""Token buckets: bounds that hold however long a burst took, and keys that no other check has.

A bucket of `burst` tokens that gains `rate` a second gives, within t seconds, at least min(n, burst) tokens to n
requests, and at most burst + rate * t. One more is allowed for where a bucket rounds.
"""

from __future__ import annotations

import time
from asyncio import gather, sleep
from typing import TYPE_CHECKING

from grader.harness import Api, DeadlinePassed, Reply, Tally, check
from grader.harness.probes.concurrency import all_answered, seen

if TYPE_CHECKING:
    from conftest import Gateway

FREE_BURST, FREE_RATE = 10, 5
PRO_BURST, PRO_RATE = 200, 100
MOST_PRO = 600
"""Requests by which a limit of 200 and 100 a second shows, where at least 150 can be made in a second. On a machine
that is too slow or busy for that it cannot show, and nobody is blamed."""
PAUSE = 1.1
"""Seconds in which a bucket of the tier `free` gains five tokens, and a window of a second is over."""

# Free keys, by the check that empties them.
BURST, PACE, DRAINED, FRESH, ELSEWHERE, WASTED, TOLD = range(7)
PRO = -13
"""The last pro key but those of `routing.shares`."""


def _accepted(replies: list[Reply]) -> int:
    """How many were let in; `Mismatch` if any was neither that nor refused with 429."""
    all_answered(replies, 200, 429)
    return sum(reply.status == 200 for reply in replies)


async def _drain(gateway: Gateway, key: str) -> list[Reply]:
    """Empty a bucket of the tier `free`; a machine that takes four seconds for it has not, which says nothing."""
    await gateway.rested(key)
    since = time.monotonic()
    replies = await gateway.burst(gateway.sole, gateway.bodies(3 * FREE_BURST), key)
    if _accepted(replies) == len(replies):
        expected, got = "429 for some of 30 requests at once", "all of them are answered 200"
        raise DeadlinePassed(expected, got, since=since, until=time.monotonic(), exchange=replies[-1].exchange)
    return replies


@check("limits.free", category="behaviour", level="mid", weight=3, requires=("predict.ok",))
async def free_keys_have_a_small_bucket(gateway: Gateway) -> Tally:
    """A `free` key has a burst of 10 and 5 requests a second; what is beyond is answered with 429.

    A counter that is read before an await and written after it lets a burst through as a whole.
    """
    await gateway.serve()
    key = await gateway.rested(gateway.free[BURST])
    since = time.monotonic()
    replies = await gateway.burst(gateway.sole, gateway.bodies(40), key)
    most = FREE_BURST + FREE_RATE * (time.monotonic() - since) + 1
    accepted = _accepted(replies)
    tally = Tally()
    with tally.case("at least its burst"):
        if accepted < FREE_BURST:
            raise replies[0].mismatch(f"at least {FREE_BURST} of 40 at once answered 200", seen(replies))
    with tally.case("no more than it has"):
        if accepted > most:
            raise replies[0].mismatch(f"at most {most:.0f} of 40 at once answered 200", seen(replies))
    return tally


@check("limits.pro", category="behaviour", level="mid", weight=2, requires=("limits.free",))
async def pro_keys_have_a_large_bucket(gateway: Gateway) -> Tally:
    """A `pro` key has a burst of 200 and 100 requests a second.

    Who pays for more gets more, and not everything: one client's loop must not be everybody's outage.
    """
    await gateway.serve()
    key = await gateway.rested(gateway.pro[PRO])
    replies: list[Reply] = []
    since = time.monotonic()
    accepted, most = 0, 0.0
    while accepted == len(replies) < MOST_PRO and accepted <= most + 1:
        replies += await gather(*(gateway.predict(gateway.sole, key=key) for _ in range(30)))
        accepted, most = _accepted(replies), PRO_BURST + PRO_RATE * (time.monotonic() - since)
    tally = Tally()
    with tally.case("at least its burst"):
        if accepted < PRO_BURST:
            raise replies[-1].mismatch(f"{PRO_BURST} requests before the first 429", seen(replies))
    with tally.case("no more than it has"):
        if accepted > most + 1:
            raise replies[-1].mismatch(f"at most {most + 1:.0f} of {len(replies)} answered 200", seen(replies))
    return tally


@check("limits.pace", category="behaviour", level="mid", weight=2, requires=("limits.free",))
async def buckets_fill_again(gateway: Gateway) -> Tally:
    """An empty bucket gains 5 tokens a second: some requests are let in after a pause, and not all.

    A bucket refills steadily; a window of a minute makes who was too quick wait for the rest of it.
    """
    await gateway.serve()
    key = gateway.free[PACE]
    since = time.monotonic()
    emptied = _accepted(await _drain(gateway, key))
    empty_at = time.monotonic()
    await sleep(PAUSE)
    gained = min(FREE_BURST, int(FREE_RATE * (time.monotonic() - empty_at)))
    replies = await gateway.burst(gateway.sole, gateway.bodies(25), key)
    most = FREE_BURST + FREE_RATE * (time.monotonic() - since) + 1
    accepted = _accepted(replies)
    tally = Tally()
    with tally.case("some are let in"):
        if accepted < gained:
            raise replies[0].mismatch(f"at least {gained} answered 200, {PAUSE} s later", seen(replies))
    with tally.case("not all"):
        if emptied + accepted > most:
            got = f"{emptied} before the pause and {accepted} after it"
            raise replies[0].mismatch(f"at most {most:.0f} answered 200 in all", got)
    return tally


@check("limits.keys", category="behaviour", level="mid", weight=2, requires=("limits.free",))
async def keys_have_their_own_buckets(gateway: Gateway) -> Tally:
    """One key's use does not touch another's.

    With one bucket for all, or for an address, the loudest client decides what the others get.
    """
    await gateway.serve()
    fresh = await gateway.rested(gateway.free[FRESH])
    await _drain(gateway, gateway.free[DRAINED])
    tally = Tally()
    with tally.case("another key of the tier free"):
        all_answered(await gateway.burst(gateway.sole, gateway.bodies(FREE_BURST), fresh), 200)
    with tally.case("a key of the tier pro"):
        all_answered(await gateway.burst(gateway.sole, gateway.bodies(2 * FREE_BURST), gateway.key()), 200)
    return tally


@check("limits.others", category="behaviour", level="mid", requires=("limits.free", "models.list", "fingerprint.ok"))
async def predictions_alone_are_limited(api: Api, gateway: Gateway) -> Tally:
    """`GET /models` and fingerprints are not limited: a key whose bucket is empty gets them still.

    The limit protects the runtime, and these do not ask it.
    """
    await gateway.serve()
    key = gateway.free[ELSEWHERE]
    await _drain(gateway, key)
    tally = Tally()
    headers = {"X-API-Key": key}
    for number in range(4):
        with tally.case(f"GET /models, {number + 1}"):
            (await api.get("/models", headers=headers)).expect(200)
        with tally.case(f"fingerprint, {number + 1}"):
            body = {"text": gateway.text(8), "rounds": 2}
            (await api.post(f"/models/{gateway.sole}/fingerprint", json=body, headers=headers)).expect(200)
    return tally


@check(
    "limits.refusals",
    category="behaviour",
    level="senior",
    weight=2,
    requires=("limits.free", "predict.missing", "predict.unknown"),
)
async def refusals_take_no_token(api: Api, gateway: Gateway) -> None:
    """A request that is refused with 400, 404 or 422 takes no token.

    A client that sends nonsense hears of it; that it is then locked out of what it does right is a second punishment.
    """
    await gateway.serve()
    key = await gateway.rested(gateway.free[WASTED])
    since = time.monotonic()
    for _ in range(6):
        (await gateway.predict(gateway.sole, {"user_id": gateway.user()}, key)).expect(422)
        (await gateway.predict(gateway.text(12), key=key)).expect(404)
        headers = {"X-API-Key": key, "Content-Type": "application/json"}
        await api.post(f"/models/{gateway.sole}/predict", content=b"{", headers=headers)
    replies = await gateway.burst(gateway.sole, gateway.bodies(FREE_BURST), key)
    if _accepted(replies) < FREE_BURST:
        seconds = time.monotonic() - since
        expected = f"{FREE_BURST} requests answered 200 after 18 that were refused"
        raise replies[-1].mismatch(expected, f"{seen(replies)}, {seconds:.1f} s after the first")


@check("limits.retry-after", category="status_codes", level="mid", requires=("limits.free",))
async def refusals_say_when_to_come_again(gateway: Gateway) -> None:
    """A 429 has a `Retry-After` of whole seconds, at least 1.

    A client that is not told comes again at once. 0 says the same as nothing, and 0.2 is no number that HTTP knows.
    """
    await gateway.serve()
    for reply in await _drain(gateway, gateway.free[TOLD]):
        if reply.status == 429:
            whole_seconds(reply)


def whole_seconds(reply: Reply) -> None:
    """`Mismatch` unless `Retry-After` says whole seconds, at least 1."""
    value = reply.headers.get("retry-after", "")
    if not (value.isascii() and value.isdigit() and value.strip("0")):
        raise reply.mismatch("a header Retry-After of whole seconds, at least 1", value or "none")
