"""How the candidate calls its upstreams: counted, not timed."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any

from grader.harness.mismatch import DeadlinePassed, Mismatch
from grader.harness.reply import Reply
from grader.harness.tally import Tally
from grader.harness.upstream.call import Call
from grader.harness.upstream.gate import listed
from grader.harness.upstream.upstreams import Upstream, Upstreams

Sent = Coroutine[Any, Any, Reply]


async def pools(upstreams: Upstreams, requests: Iterable[Callable[[], Sent]], most: int, *statuses: int) -> None:
    """Requests that are sent one after another open few connections to any upstream.

    Args:
        upstreams: those of the check.
        requests: each makes a request.
        most: connections to one upstream.
        statuses: what each must be answered with; 200 by default.

    Raises:
        Mismatch: says how many were opened for how many requests.
    """
    replies = [(await request()).expect(*(statuses or (200,))) for request in requests]
    await upstreams.settled()
    for upstream in upstreams.values():
        if upstream.accepts > most:
            expected = f"at most {most} connections to {upstream.name} for {len(replies)} requests in a row"
            raise replies[-1].mismatch(expected, f"{upstream.accepts} connections were opened")


async def attempts(upstreams: Upstreams, upstream: Upstream, path: str, count: int, reply: Reply) -> list[Call]:
    """The upstream was asked exactly so often.

    Args:
        upstreams: those of the check.
        upstream: which one.
        path: of the calls.
        count: how often.
        reply: what the calls were made for; it shows the exchange.

    Returns:
        The calls.

    Raises:
        Mismatch: it was asked more or less often.
    """
    await upstreams.settled()
    calls = upstream.calls(path)
    if len(calls) != count:
        times = "once" if count == 1 else f"{count} times"
        raise reply.mismatch(f"{upstream.name} is asked {times}", listed(calls, "came"))
    return calls


async def times_out(request: Sent, *statuses: int, expected: str) -> Reply:
    """The answer to a request whose upstream exceeds the time limit, by a script such as `late` or `slow_body`.

    The upstream's schedule is the only clock, and it may find the candidate without a CPU. So a wrong answer counts
    only if the machine had time to run the harness meanwhile.

    Args:
        request: the request.
        statuses: what it must be answered with.
        expected: the rule in words.

    Raises:
        DeadlinePassed: another answer came, or none.
    """
    since = time.monotonic()
    try:
        reply = await request
    except DeadlinePassed as none:
        raise DeadlinePassed(expected, none.got, since=none.since, until=none.until, exchange=none.exchange) from none
    if reply.status not in statuses:
        got = f"status {reply.status}"
        raise DeadlinePassed(expected, got, since=since, until=time.monotonic(), exchange=reply.exchange)
    return reply


async def on_their_clock(judged: Coroutine[Any, Any, None]) -> None:
    """Whatever fails in it may rest on an upstream's schedule or the candidate's time limit, so on the clock.

    As `times_out`, where more than the status of one answer is judged.

    Args:
        judged: sends requests, and raises `Mismatch` for what is wrong.

    Raises:
        DeadlinePassed: in place of any `Mismatch`.
    """
    since = time.monotonic()
    try:
        await judged
    except DeadlinePassed:
        raise
    except Mismatch as wrong:
        until = time.monotonic()
        raise DeadlinePassed(wrong.expected, wrong.got, since=since, until=until, exchange=wrong.exchange) from wrong


async def at_once(cases: Mapping[str, Coroutine[Any, Any, object]]) -> Tally:
    """Cases that are tried at the same time, so that a time limit which all of them let run out is waited for once.

    Args:
        cases: name of the case, and what raises `Mismatch` if it fails.

    Returns:
        A tally, with one case each.
    """
    outcomes = await asyncio.gather(*cases.values(), return_exceptions=True)
    tally = Tally()
    for name, outcome in zip(cases, outcomes, strict=True):
        with tally.case(name):
            if isinstance(outcome, BaseException):
                raise outcome
    return tally


def in_order(calls: Sequence[Call], expected: Sequence[Any], key: Callable[[Call], Any], what: str) -> None:
    """Calls came in the order in which what they stand for was accepted.

    Args:
        calls: as they came; repeated attempts at the same thing count once.
        expected: the keys in their order.
        key: what a call stands for.
        what: the order in words, such as "events of one payment".

    Raises:
        Mismatch: shows both orders.
    """
    came = list(dict.fromkeys(key(call) for call in calls))
    if came != list(expected):
        raise Mismatch(f"{what} come in this order: {_shown(expected)}", _shown(came))


def _shown(keys: Sequence[Any]) -> str:
    return ", ".join(map(str, keys)) or "none"
