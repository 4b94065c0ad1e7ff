"""How quick it is, beside the reference on the same machine."""

from __future__ import annotations

from asyncio import gather
from typing import TYPE_CHECKING

from grader.harness import Latency, Mix, Reply, Request, Tally, check

if TYPE_CHECKING:
    from conftest import Directory, Judgement

RATE = 150.0
USERS, AT_ONCE = 500, 10


@check("users.read.latency", category="latency", level="mid", requires=("users.read.ok",))
async def reading_is_quick(latency: Latency, directory: Directory, judge: Judgement) -> Tally:
    """Reading one of 500 users takes at most twice as long as in the reference, at 150 requests a second.

    A page makes many such calls, and the slowest one decides. What looks at every user for each read is quick in tests,
    with ten of them.
    """
    users = []
    for _ in range(USERS // AT_ONCE):
        users += await gather(*(directory.register() for _ in range(AT_ONCE)))

    def is_right(reply: Reply, number: int) -> None:
        if judge.id_of(reply.expect(200).json()) != users[number].id:
            raise reply.mismatch(f"the user with the id {users[number].id}", "another one")

    return await latency.compare(Mix(RATE, [Request("GET", user.path) for user in users], is_right))
