"""Time limits. The candidate's own clock is the one that counts, and a runtime that keeps well away from the limit.

A limit that runs out costs its seconds, so the cases of a check are tried at the same time, on models of their own.
"""

from __future__ import annotations

from asyncio import Task
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from grader.harness import Reply, Tally, check, sending
from grader.harness.probes.calling import at_once, on_their_clock, times_out
from grader.harness.probes.faults import in_pieces
from grader.harness.upstream.script import late, no_answer, slow_body

if TYPE_CHECKING:
    from conftest import Body, Gateway

IN_TIME = 0.7
"""Of the limit; such an answer must be used."""
TOO_LATE = 1.5
"""Of the limit; such an answer must not be used."""
EACH = 0.6
"""Of the limit; two of them are longer than it."""
DRIP = 0.1
"""Of the limit, between two bytes."""


@asynccontextmanager
async def _started(gateway: Gateway, bodies: dict[str, Body]) -> AsyncIterator[list[Task[Reply]]]:
    """A prediction of each model; their calls come in this order, so each gets the script that is meant for it."""
    async with AsyncExitStack() as stack:
        gate = await stack.enter_async_context(await gateway.held())
        requests: list[Task[Reply]] = []
        for model, body in bodies.items():
            requests += await stack.enter_async_context(sending(gateway.predict(model, body)))
            await gate.arrived(len(requests), of=requests[-1], expected="the runtime is called")
        await gate.release()
        yield requests


@check("timeouts.runtime", category="async", level="mid", weight=3, requires=("free.health",))
async def slow_runtime_times_out(gateway: Gateway) -> Tally:
    """The runtime not answering within `RUNTIME_TIMEOUT` is answered with 504.

    Without a limit, a slow service makes slow all that ask it; a client's default of five seconds is not the limit that
    was asked for.
    """
    faults = {
        "never answers": no_answer(),
        "answers after one and a half times the limit": late(gateway.good(), TOO_LATE * gateway.limit),
    }
    await gateway.serve(*faults.values())
    bodies = {model: gateway.body() for model in (gateway.sole, gateway.other)}
    expected = f"504, since the answer does not come within {gateway.limit:g} s"
    async with _started(gateway, bodies) as requests:
        cases = zip(faults, requests, strict=True)
        return await at_once({name: times_out(request, 504, expected=expected) for name, request in cases})


@check("timeouts.body", category="async", level="senior", weight=2, requires=("timeouts.runtime",))
async def slow_bodies_time_out(gateway: Gateway) -> None:
    """The limit is for the whole answer: a runtime that sends its headers and then a byte now and then exceeds it.

    A read timeout starts anew with each chunk, so a runtime that is slow enough is waited for for ever.
    """
    await gateway.serve(slow_body({"outputs": [1.5]}, every=DRIP * gateway.limit))
    expected = f"504, since the body is not complete within {gateway.limit:g} s"
    await times_out(gateway.predict(gateway.sole), 504, expected=expected)


@check("timeouts.patience", category="async", level="mid", requires=("free.health",))
async def answers_in_time_are_used(gateway: Gateway) -> Tally:
    """An answer that is complete in seven tenths of the limit is used.

    A limit is a promise in both directions: whoever gives up earlier fails where nothing was wrong.
    """
    bodies = {model: gateway.body() for model in (gateway.sole, gateway.other)}
    pieces = in_pieces(IN_TIME / 2 * gateway.limit)(gateway.outputs(bodies[gateway.other]))
    await gateway.serve(late(gateway.good(), IN_TIME * gateway.limit), pieces)
    async with _started(gateway, bodies) as requests:
        cases = zip(("late", "in pieces"), requests, bodies.values(), strict=True)
        return await at_once({name: on_their_clock(_answered(gateway, *case)) for name, *case in cases})


@check("timeouts.next", category="async", level="mid", weight=2, requires=("timeouts.runtime", "batch.outputs"))
async def next_batch_is_sent_after_a_timeout(gateway: Gateway) -> Tally:
    """After a call that has timed out the next batch is sent, and answered well.

    Who waits for a call that nobody will answer, because there may be one at a time, waits for ever.
    """
    await gateway.serve(no_answer(), gateway.good())
    bodies = gateway.bodies(3)
    expected = f"504, since the runtime does not answer within {gateway.limit:g} s"
    async with await gateway.held() as gate, sending(gateway.predict(gateway.sole)) as [silent]:
        await gate.arrived(1, of=silent, expected="the runtime is called")
        requests = (gateway.predict(gateway.sole, body) for body in bodies)
        async with gateway.gathering(gate, requests, 4) as waiting:
            await gate.release()
            cases = {
                f"caller {number} of the next batch": on_their_clock(_answered(gateway, request, body))
                for number, (request, body) in enumerate(zip(waiting, bodies, strict=True), 1)
            }
            return await at_once({"the silent call": times_out(silent, 504, expected=expected), **cases})


@check("timeouts.waiting", category="async", level="senior", requires=("timeouts.patience", "batch.gather"))
async def waiting_is_no_part_of_a_call(gateway: Gateway) -> None:
    """The limit is for a call: a request that waited behind a slow one has all of it for its own.

    Counted from the request's arrival, one slow batch fails the next, though the runtime answered both in time.
    """
    await gateway.serve(late(gateway.good(), EACH * gateway.limit))
    await on_their_clock(_two_slow_batches(gateway))


async def _two_slow_batches(gateway: Gateway) -> None:
    body = gateway.body()
    async with await gateway.held() as gate, sending(gateway.predict(gateway.sole)) as [first]:
        await gate.arrived(1, of=first, expected="the runtime is called")
        async with sending(gateway.predict(gateway.sole, body)) as [second]:
            await gateway.linger_at(gate, 4)
            await gate.release()
            (await first).expect(200)
            await _answered(gateway, second, body)


async def _answered(gateway: Gateway, request: Task[Reply], body: Body) -> None:
    gateway.answered(await request, body)
