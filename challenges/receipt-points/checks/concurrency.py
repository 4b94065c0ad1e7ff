"""Receipts that are handed in at once. The invariant decides, not the clock."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from grader.harness import Api, Reply, Request, Tally, check
from grader.harness.probes.concurrency import all_answered, all_different

if TYPE_CHECKING:
    from conftest import Rules, Shop

FORTY = 40
ROUNDS = 3
ACCEPTED = (200, 201)


async def _burst(api: Api, shop: Shop, rng: random.Random) -> tuple[list[str], list[Reply]]:
    """Forty receipts at once, each worth another number of points: their retailers and the answers."""
    lengths = rng.sample(range(1, FORTY + 1), FORTY)
    body = shop.body()
    retailers = [shop.text(length) for length in lengths]
    requests = [Request("POST", "/receipts/process", json={**body, "retailer": each}) for each in retailers]
    return retailers, all_answered(await api.burst(requests), *ACCEPTED)


@check("async.ids", category="async", level="mid", requires=("receipts.points.own",))
async def forty_receipts_have_forty_ids(api: Api, shop: Shop, rng: random.Random) -> Tally:
    """Forty different receipts handed in at once are given forty different ids.

    An id made from a count is right until two requests count at the same time.
    """
    tally = Tally()
    for number in range(1, ROUNDS + 1):
        with tally.case(f"round {number}"):
            _, replies = await _burst(api, shop, rng)
            all_different([reply.json()["id"] for reply in replies], "ids")
    return tally


@check("async.points", category="async", level="mid", requires=("async.ids", "points.retailer"))
async def forty_receipts_have_their_own_points(api: Api, shop: Shop, rules: Rules, rng: random.Random) -> Tally:
    """Each of forty receipts handed in at once has its own points, also when all are read at once.

    What one request leaves in a shared place another one takes for its own.
    """
    tally = Tally()
    for number in range(1, ROUNDS + 1):
        with tally.case(f"round {number}"):
            retailers, replies = await _burst(api, shop, rng)
            receipts = [shop.receipt(reply) for reply in replies]
            answers = await api.burst([Request("GET", receipt.path) for receipt in receipts])
            first, *others = map(shop.score, receipts, answers)
            for retailer, score in zip(retailers[1:], others, strict=True):
                more = rules.name(retailer) - rules.name(retailers[0])
                score.gains(first, more, than=f"with the retailer {retailers[0]!r}")
    return tally
