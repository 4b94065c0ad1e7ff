"""Requests that are sent at once. The invariant decides, not the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import Api, Request, Tally, check
from grader.harness.probes.concurrency import seen

if TYPE_CHECKING:
    from conftest import Directory, Judgement

TEN, TWENTY = 10, 20
BURSTS = (TEN,) * 3 + (2,) * 12
"""Half of them miss a race, large or small; the small ones cost a slow password hash five times less."""
CREATED = {200, 201}
CONFLICT = 409


@check(
    "async.same-address",
    category="async",
    level="mid",
    weight=2,
    requires=("users.create.email-taken",),
)
async def one_of_ten_registrations_wins(api: Api, directory: Directory) -> None:
    """Of ten registrations of one address sent at once, one succeeds and the others are refused with 409.

    Asking whether an address is free and inserting it are two steps; every `await` between them, and every thread,
    lets somebody else in. Only a constraint, or a lock around both, decides.
    """
    # A race need not show in the first round; shown once, it is shown.
    for number, size in enumerate(BURSTS, 1):
        email = directory.email()
        replies = await api.burst([Request("POST", "/users", json=directory.body(email=email)) for _ in range(size)])
        winners = [reply for reply in replies if reply.status in CREATED]
        others = [reply for reply in replies if reply.status not in {*CREATED, CONFLICT}]
        if len(winners) != 1 or others:
            shown = (others or winners or replies)[-1]
            expected = f"one of {size} succeeds, the others answer 409"
            raise shown.mismatch(expected, seen(replies), case=f"round {number} of {len(BURSTS)}")


@check("async.different-addresses", category="async", level="junior", weight=2, requires=("users.list.ok",))
async def twenty_registrations_all_succeed(api: Api, directory: Directory, judge: Judgement) -> Tally:
    """Twenty registrations of different addresses sent at once all succeed, get different ids, and are listed.

    An id made from a count, a session that requests share, a file that two write: each works as long as nobody else
    comes along.
    """
    token = directory.token()
    bodies = [directory.body(name=directory.name(token), email=directory.email(token)) for _ in range(TWENTY)]
    replies = await api.burst([Request("POST", "/users", json=body) for body in bodies])
    tally = Tally()
    with tally.case("all succeed"):
        for reply in replies:
            reply.expect(201, 200)
    ids = [judge.id_of(reply.json()) for reply in replies if reply.status in CREATED]
    with tally.case("all ids are different"):
        twice = [each for each in ids if ids.count(each) > 1]
        if twice or len(ids) < TWENTY:
            raise replies[0].mismatch(f"{TWENTY} different ids", f"{len(set(ids))} different ones")
    with tally.case("all are listed afterwards"):
        lost = set(map(str, ids)) - set(map(str, await directory.listed(token)))
        if lost or len(ids) < TWENTY:
            raise replies[0].mismatch(f"{TWENTY} users are listed", f"not listed: {sorted(lost)}")
    return tally
