"""Which version a user gets, and who decides it."""

from __future__ import annotations

from collections import Counter
from itertools import cycle
from typing import TYPE_CHECKING

from grader.harness import Mismatch, Tally, check

if TYPE_CHECKING:
    from conftest import Gateway

THREE = "uplift"
"""Weights 75, 20 and 5."""
IDLE = "intent"
"""Weights 0, 100 and 0."""
CHANGED, LISTED, SAME = "forecast", "fraud", "topic"
"""Two versions, `v1` and `v2`; each belongs to one check."""
USERS = 2_000
POINTS = 5.0
ONE_IN = 12
"""Keys for so many users: 167 tokens each, of 200."""


def _differ(first: list[str], second: list[str], users: list[str]) -> list[str]:
    """Users whose version is not the same in both."""
    return [user for user, one, two in zip(users, first, second, strict=True) if one != two]


@check("routing.sticky", category="behaviour", level="mid", weight=2, requires=("predict.members",))
async def users_keep_their_version(gateway: Gateway) -> None:
    """A user gets the same version every time, whatever the inputs and the key.

    Somebody who sees the new version now and the old one a second later spoils the experiment, and trusts neither.
    """
    await gateway.serve()
    users = [gateway.user() for _ in range(25)]
    first = await gateway.versions(gateway.split, users)
    for _ in range(2):
        if moved := _differ(first, await gateway.versions(gateway.split, users), users):
            raise Mismatch("25 users to keep their version", f"{len(moved)} of them get another one the next time")


@check("routing.shares", category="behaviour", level="mid", weight=3, requires=("predict.members",))
async def shares_are_those_of_the_weights(gateway: Gateway) -> Tally:
    """Over 2000 users, each version's share is within 5 points of its weight.

    A rollout to one in twenty that reaches one in three is an outage for somebody.
    """
    # By the exact binomial tails, a router that draws evenly is off by more than 5 points less than once in three
    # million runs for the weights 75, 20 and 5 (2.3e-7 for the first, 2.6e-8 for the second); for 50 it would be once
    # in 150,000. A test computes them.
    await gateway.serve()
    keys = cycle(gateway.pro[-ONE_IN:])
    for key in gateway.pro[-ONE_IN:]:
        await gateway.rested(key)
    counts = Counter(await gateway.versions(THREE, [gateway.user() for _ in range(USERS)], keys))
    tally = Tally()
    for version, weight in gateway.models[THREE].items():
        with tally.case(f"{version}, weight {weight}"):
            share = 100 * counts[version] / USERS
            if abs(share - weight) > POINTS:
                raise Mismatch(f"{weight} % of {USERS} users, {POINTS:g} points more or less", f"{share:.1f} %")
    return tally


@check("routing.idle", category="behaviour", level="mid", requires=("predict.members",))
async def weight_nought_gets_nobody(gateway: Gateway) -> None:
    """A version of weight 0 gets nobody, and one of weight 100 everybody.

    Weight 0 is how a broken version is taken out. One user in a thousand who still gets it is the one who writes.
    """
    await gateway.serve()
    counts = Counter(await gateway.versions(IDLE, [gateway.user() for _ in range(60)]))
    [everybody] = [version for version, weight in gateway.models[IDLE].items() if weight == 100]
    if set(counts) != {everybody}:
        raise Mismatch(f"all of 60 users get {everybody}, whose weight is 100", f"they get {dict(counts)}")


@check("routing.effect", category="behaviour", level="mid", weight=2, requires=("predict.members",))
async def changed_weights_take_effect(gateway: Gateway) -> Tally:
    """New weights are put in force with 200, for all requests that arrive afterwards; a version left out gets 0.

    When a version misbehaves, the way back is this call: it must not wait for a restart or a cache.
    """
    await gateway.serve()
    users = [gateway.user() for _ in range(20)]
    tally = Tally()
    for version, weights in {"v2": {"v2": 100}, "v1": {"v1": 100, "v2": 0}}.items():
        with tally.case(f"all of {weights}"):
            reply = (await gateway.route(CHANGED, weights)).expect(200)
            counts = Counter(await gateway.versions(CHANGED, users))
            if set(counts) != {version}:
                raise reply.mismatch(f"all of 20 users get {version}", f"they get {dict(counts)}")
    return tally


@check("routing.listed", category="behaviour", level="mid", requires=("routing.effect", "models.list"))
async def weights_in_force_are_listed(gateway: Gateway) -> Tally:
    """`GET /models` shows the weights that are in force now.

    Those from the configuration are what somebody meant once; an operator looks for what happens.
    """
    tally = Tally()
    for weights in ({"v1": 30, "v2": 70}, {"v2": 100}, {"v1": 99, "v2": 1}):
        with tally.case(f"after {weights}"):
            reply = (await gateway.route(LISTED, weights)).expect(200)
            listed = (await gateway.listed()).get(LISTED)
            if listed != weights:
                raise reply.mismatch(f"GET /models with {weights}", f"{listed}")
    return tally


@check("routing.alone", category="behaviour", level="senior", weight=2, requires=("routing.effect", "routing.sticky"))
async def version_depends_on_weights_alone(gateway: Gateway) -> None:
    """Under the same weights a user gets the same version, whatever the weights were in between.

    What remembers who got what moves nobody when the weights move, and must be shared by all processes.
    """
    await gateway.serve()
    users, halves = [gateway.user() for _ in range(25)], {"v1": 50, "v2": 50}
    (await gateway.route(SAME, halves)).expect(200)
    first = await gateway.versions(SAME, users)
    for version in ("v1", "v2"):
        (await gateway.route(SAME, {version: 100})).expect(200)
        if set(await gateway.versions(SAME, users)) != {version}:
            raise Mismatch(f"users whom {version} did not have get it, once it has all", "some of them do not")
    (await gateway.route(SAME, halves)).expect(200)
    if moved := _differ(first, await gateway.versions(SAME, users), users):
        raise Mismatch("the same version under the same weights", f"{len(moved)} of 25 users have another one")
