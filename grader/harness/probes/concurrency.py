"""Requests sent at once, and the invariants that must hold whatever order they are handled in.

The invariant decides, never a duration: correct code may handle all of them one after another.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from grader.harness.api import Api
from grader.harness.json_node import Json
from grader.harness.mismatch import Mismatch
from grader.harness.reply import Reply
from grader.harness.request import Request


async def together(api: Api, requests: Sequence[Request]) -> list[Reply]:
    """Sends all requests at once; the replies stand in the order of the requests.

    Raises:
        Mismatch: one of them got no whole answer.
        ValueError: there are fewer than two, so nothing is concurrent.
    """
    if len(requests) <= 1:
        raise ValueError(f"{len(requests)} requests are not sent together: at least two are wanted")
    return await api.burst(list(requests))


async def rounds(
    api: Api,
    make: Callable[[int], Sequence[Request]],
    invariant: Callable[[list[Reply]], None],
    *,
    count: int,
) -> list[list[Reply]]:
    """Sends several bursts, one after another, since a race need not show in the first.

    Args:
        api: the candidate.
        make: the requests of a round (counted from 1), on data of their own.
        invariant: raises `Mismatch` if the replies of one round break it.
        count: how many rounds.

    Returns:
        The replies of each round.

    Raises:
        Mismatch: the invariant was broken; the case says in which round.
    """
    answered = []
    for number in range(1, count + 1):
        replies = await together(api, make(number))
        try:
            invariant(replies)
        except Mismatch as seen:
            case = f"round {number} of {count}"
            raise Mismatch(seen.expected, seen.got, exchange=seen.exchange, case=case) from seen
        answered.append(replies)
    return answered


def exactly_one(replies: Sequence[Reply], status: int, others: int | Iterable[int]) -> Reply:
    """Exactly one reply has the status, and each of the others one of `others`.

    Returns:
        That one reply.

    Raises:
        Mismatch: says how many had which status; shows the first reply that is one too many or of another status.
    """
    allowed = {others} if isinstance(others, int) else set(others)
    winners = [reply for reply in replies if reply.status == status]
    strangers = [reply for reply in replies if reply.status != status and reply.status not in allowed]
    if len(winners) == 1 and not strangers:
        return winners[0]
    shown = (winners[1:] or strangers or list(replies))[0]
    rest = " or ".join(map(str, sorted(allowed)))
    raise shown.mismatch(f"exactly one of {len(replies)} answers {status}, the others {rest}", seen(replies))


def all_answered(replies: Sequence[Reply], *statuses: int) -> list[Reply]:
    """Every reply has one of these statuses.

    Returns:
        The replies.

    Raises:
        Mismatch: says how many had which status; shows the first that has another one.
    """
    stranger = next((reply for reply in replies if reply.status not in statuses), None)
    if stranger is not None:
        wanted = " or ".join(map(str, statuses))
        raise stranger.mismatch(f"all {len(replies)} answers {wanted}", seen(replies))
    return list(replies)


def all_different(values: Sequence[Json | str | int], what: str) -> None:
    """No two values are equal; types count, so 1 and "1" differ.

    Args:
        values: nodes of replies, or plain values.
        what: what they are, in the plural, such as `ids`.

    Raises:
        Mismatch: says how many are different and which repeats; shows the exchange of a node that repeats.
    """
    first: set[str] = set()
    for value in values:
        node = value if isinstance(value, Json) else Json(value)
        key = _key(node.value)
        if key in first:
            different = len({_key(each.value if isinstance(each, Json) else each) for each in values})
            got = f"{different} different {what} of {len(values)}: {key} repeats"
            raise Mismatch(f"{len(values)} different {what}", got, exchange=node.exchange)
        first.add(key)


def seen(replies: Sequence[Reply]) -> str:
    """How many had which status, such as `2 of 10 answered 201, 8 answered 409`."""
    (status, count), *others = sorted(Counter(reply.status for reply in replies).items())
    return ", ".join(
        [f"{count} of {len(replies)} answered {status}", *(f"{count} answered {status}" for status, count in others)]
    )


def _key(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
