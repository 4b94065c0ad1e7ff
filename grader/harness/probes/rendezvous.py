"""Async behaviour, judged by what had to happen before what.

Every probe holds the candidate's calls at an upstream, waits for what must happen meanwhile, and lets them go. None of
them looks at a clock: see `grader.harness.upstream.gate` for what a rendezvous that is missed counts for.
"""

from collections.abc import Awaitable, Callable, Coroutine, Hashable, Sequence
from contextlib import AsyncExitStack, ExitStack
from typing import Any

from grader.harness.api import Api
from grader.harness.mismatch import Mismatch
from grader.harness.reply import Reply
from grader.harness.request import Request
from grader.harness.upstream.call import Call
from grader.harness.upstream.gate import CONTROLLED, Gate, listed
from grader.harness.upstream.upstreams import Upstream, Upstreams
from grader.harness.upstream.waiting import sending

Sent = Coroutine[Any, Any, Reply]
"""A request to the candidate that is not sent yet, such as `api.get("/products/a")`."""
Control = Callable[[], Awaitable[Reply]]
"""Makes a request to the candidate that needs no upstream, such as `lambda: api.get("/health")`."""
What = Upstream | tuple[str, str]
"""An upstream, or one path of it: `catalog.at("/items/a")`."""


async def fans_out(
    upstreams: Upstreams, request: Sent, count: int, *what: What, expected: str = "the calls are made concurrently"
) -> Reply:
    """One request has so many different calls in flight at once: each is held until all have arrived.

    Args:
        upstreams: those of the check.
        request: the request that needs the calls.
        count: how many there are.
        what: where they go; all upstreams by default. See `different` for what counts.
        expected: the property in words.

    Returns:
        The reply to the request.

    Raises:
        Mismatch: the calls were not in flight together, or the request was not answered.
    """
    async with await upstreams.hold(*what) as gate, sending(request) as [one]:
        await gate.arrived(count, of=one, expected=expected, kind=different(count, what))
        await gate.release()
        return await one


def different(count: int, what: Sequence[What]) -> Callable[[Call], Hashable]:
    """What sets apart the calls of which one request has so many in flight, for `Gate.arrived`.

    Whoever makes one call three times at once, and the others after it, has not made three calls at once.

    Args:
        count: how many there must be.
        what: where they go.

    Returns:
        A function that gives the same for calls of which one counts: those to one path, where at least so many paths
        are named; else those that are the same in all.
    """
    if sum(isinstance(one, tuple) for one in set(what)) >= count:
        return lambda call: (call.upstream, call.path)
    return lambda call: (call.upstream, call.method, call.target, call.body)


async def stays_free(
    upstreams: Upstreams,
    held: Sequence[Sent],
    free: Sequence[tuple[str, Sent]],
    *what: What,
    expected: str = "others are answered while these wait for upstreams",
) -> list[Reply]:
    """While requests are held at upstreams, others are answered: the loop is free, and so are the threads.

    Args:
        upstreams: those of the check.
        held: requests whose calls are held; each must make at least one call there.
        free: requests that need none of what is held, with a name each, sent one after another.
        what: where the calls are held; all upstreams by default.
        expected: the property in words.

    Returns:
        The replies to `free`, then those to `held`.

    Raises:
        Mismatch: one of `free` was not answered before the calls were let through.
    """
    with ExitStack() as unsent:
        for _, sent in free:
            unsent.callback(sent.close)
        async with await upstreams.hold(*what) as gate, sending(*held) as requests:
            await gate.arrived(1, expected="a call to an upstream")
            await gate.settle(len(held))
            replies = [await gate.meanwhile(sent, f"{expected}: {name}") for name, sent in free]
            await gate.release()
            return [*replies, *[await request for request in requests]]


async def keeps_bound(
    upstreams: Upstreams, request: Sent, bound: int, least: int, control: Control, *what: What
) -> Reply:
    """One request never has more than `bound` calls in flight, and does have at least `least`.

    Args:
        upstreams: those of the check, with nothing else in flight.
        request: it needs far more calls than `bound`.
        bound: the most that are allowed.
        least: what shows that the concurrency is used.
        control: a request to the candidate that needs no upstream; with each answer it had an occasion to send more.
        what: where the calls are held; all upstreams by default.

    Returns:
        The reply to the request.

    Raises:
        Mismatch: there were more, or fewer, or a request was not answered.
    """
    async with await upstreams.hold(*what) as gate, sending(request) as [one]:
        expected = f"at least {least} calls in flight at once"
        await gate.arrived(least, of=one, expected=expected, kind=different(least, what))
        await _never_above(upstreams, gate, bound, control)
        # As one ends another may begin: the bound holds then as well.
        for _ in range(bound // 2):
            await gate.release(1)
            await _never_above(upstreams, gate, bound, control, times=2)
        await gate.release()
        reply = await one
        await upstreams.settled()
        _require_bound(upstreams, gate, bound)
        return reply


async def held_race(
    upstreams: Upstreams, requests: Sequence[Sent], control: Control, *what: What, times: int = 8
) -> list[Reply]:
    """Requests that are all under way when the first call of one of them is let through.

    Correct code may let only one of them so far (a lock, a transaction): that is not looked at. The caller judges the
    invariant: an update that must not be lost, a name that may be given once.

    Args:
        upstreams: those of the check.
        requests: at least two.
        control: a request that needs no upstream; it gives the others the time to come as far as they will.
        what: where the calls are held; all upstreams by default.
        times: how often the control is sent.

    Returns:
        The replies, in the order of the requests.

    Raises:
        Mismatch: no call came, or a request was not answered.
    """
    async with await upstreams.hold(*what) as gate, sending(*requests) as sent:
        await gate.arrived(1, expected="a call to an upstream")
        for _ in range(times):
            await gate.meanwhile(control(), CONTROLLED)
        await gate.release()
        return [await one for one in sent]


async def works_in_background(upstreams: Upstreams, request: Sent, *what: What) -> Reply:
    """The request is answered while the call that it causes is still held: the work is in the background.

    Args:
        upstreams: those of the check.
        request: it causes at least one call.
        what: where the call goes; all upstreams by default.

    Returns:
        The reply.

    Raises:
        Mismatch: it was answered only after the call, or no call came.
    """
    async with await upstreams.hold(*what) as gate:
        reply = await gate.meanwhile(request, "the answer does not wait for the call to the upstream")
        await gate.arrived(1, expected="the call to the upstream is made")
        return reply


async def flushes(api: Api, request: Request, gate: Gate, first: bytes, rest: bytes) -> None:
    """A streamed answer is passed on as it comes: its second part is let go only once the first was read.

    Args:
        api: the candidate.
        request: its answer is made of what the upstream streams.
        gate: where the upstream's answer waits after the first part (`script.stream`).
        first: what must have been read before the gate opens.
        rest: what must come after it.

    Raises:
        Mismatch: the first part did not come while the second was held.
    """
    async with api.stream(request) as stream, gate:
        await gate.meanwhile(stream.until(first), "the first part is passed on before the second exists")
        await gate.release()
        await stream.until(rest)


async def disconnect_is_passed_on(upstreams: Upstreams, request: Sent, *what: What) -> None:
    """When the client goes away, the call that was made for it is given up.

    Args:
        upstreams: those of the check.
        request: it causes at least one call; it is sent, and its connection closed.
        what: where the call is held; all upstreams by default.

    Raises:
        Mismatch: the call is still waited for.
    """
    async with await upstreams.hold(*what) as gate:
        async with AsyncExitStack() as stack:
            [one] = await stack.enter_async_context(sending(request))
            await gate.arrived(1, of=one, expected="the call to the upstream is made")
        await gate.given_up(expected="the call is given up when the client has gone")


async def _never_above(upstreams: Upstreams, gate: Gate, bound: int, control: Control, *, times: int = 8) -> None:
    for _ in range(times):
        await gate.meanwhile(control(), CONTROLLED)
        await upstreams.settled()
        _require_bound(upstreams, gate, bound)


def _require_bound(upstreams: Upstreams, gate: Gate, bound: int) -> None:
    if upstreams.peak > bound:
        got = f"{upstreams.peak} at once: {listed(gate.calls, 'came')}"
        raise Mismatch(f"at most {bound} calls to upstreams in flight at any moment", got)
