"""More requests than may wait. The last file of all: where places are lost, nothing works after it."""

from __future__ import annotations

from asyncio import Task, as_completed
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import cycle, islice
from typing import TYPE_CHECKING

from grader.harness import Gate, Lifecycle, Mismatch, Reply, Tally, check, sending
from grader.harness.probes.faults import status
from grader.harness.upstream.script import no_answer

if TYPE_CHECKING:
    from conftest import Gateway

EXTRA = 5
"""Requests beyond those that may wait."""
AT_ONCE = 20


async def _answers(requests: list[Task[Reply]], count: int) -> Reply:
    """The last of the first so many answers."""
    replies = [await done for done, _ in zip(as_completed(requests), range(count), strict=False)]
    return replies[-1]


@asynccontextmanager
async def _overloaded(gateway: Gateway) -> AsyncIterator[tuple[Gate, list[Task[Reply]], list[Task[Reply]]]]:
    """As many predictions as may wait and a few more, half of them of another model, while the runtime does not answer.

    Yields:
        The gate, those that were answered all the same, and those that wait.
    """
    models = gateway.sole, gateway.other
    total = gateway.queue + EXTRA
    async with await gateway.held() as gate, AsyncExitStack() as stack:
        requests = [gateway.predict(models[number % 2]) for number in range(total)]
        sent = await stack.enter_async_context(sending(*requests))
        expected = f"{EXTRA} of {total} predictions are answered at once, since {gateway.queue} may wait"
        await gate.meanwhile(_answers(sent, EXTRA), expected)
        await gateway.linger_at(gate)
        yield gate, [one for one in sent if one.done()], [one for one in sent if not one.done()]


@check("shed.full", category="async", level="senior", weight=3, requires=("free.health",))
async def too_many_are_refused(gateway: Gateway, lifecycle: Lifecycle) -> Tally:
    """With `MAX_QUEUE` requests waiting or outstanding over all models, a further one is answered 503 at once.

    A queue without a bound answers everybody too late. Refusing a few in time is what keeps the others' answers useful.
    """
    # In a fresh process: places that were lost before are the matter of another check.
    await lifecycle.kill()
    await lifecycle.start()
    await gateway.serve()
    tally = Tally()
    async with _overloaded(gateway) as (gate, shed, waiting):
        for number, request in enumerate(shed[:EXTRA], 1):
            with tally.case(f"the {number}. that is one too many"):
                (await request).expect(503)
        with tally.case("no more than those"):
            if len(shed) > EXTRA:
                raise Mismatch(f"{gateway.queue} predictions wait", f"{len(waiting)} do, the others were answered")
        await gate.release()
        with tally.case("those that waited are answered"):
            for request in waiting:
                (await request).expect(200)
    return tally


@check("shed.retry-after", category="status_codes", level="mid", requires=("shed.full",))
async def shedding_says_when_to_come_again(gateway: Gateway) -> None:
    """The 503 has a `Retry-After`.

    Without it every client comes again at once, and the overload feeds itself.
    """
    await gateway.serve()
    async with _overloaded(gateway) as (gate, shed, waiting):
        for request in shed:
            reply = await request
            if "retry-after" not in reply.headers:
                raise reply.mismatch("a header Retry-After", "none")
        await gate.release()
        await gateway.finish(waiting)


@check(
    "shed.freed",
    category="async",
    level="senior",
    weight=2,
    requires=("shed.full", "runtime.status", "timeouts.runtime"),
)
async def places_are_given_back(gateway: Gateway) -> Tally:
    """Places in the queue are given back whatever became of a request: a failure, a time limit, or a caller that left.

    A counter that goes down only after success goes up for ever. After a bad night the service refuses everybody.
    """
    tally = Tally()
    rounds = gateway.queue // AT_ONCE + 1
    with tally.case("after failures"):
        await gateway.serve(status(500)({"outputs": [1.5]}))
        for _ in range(rounds):
            async with sending(*(gateway.predict(gateway.sole) for _ in range(AT_ONCE))) as requests:
                await gateway.finish(requests)
        await _still_answers(gateway)
    with tally.case("after time limits"):
        await gateway.serve(no_answer())
        # As many as there are places, over all models: so all of them wait for one limit, and no longer.
        models = islice(cycle(gateway.models), gateway.queue)
        async with sending(*map(gateway.predict, models)) as requests:
            await gateway.finish(requests)
        await _still_answers(gateway)
    with tally.case("after callers that left"):
        await gateway.serve()
        for _ in range(2 * rounds):
            await _left(gateway)
        await _still_answers(gateway)
    return tally


async def _left(gateway: Gateway) -> None:
    """Callers that go away while they wait; over once the runtime has been asked for somebody who came after them."""
    async with await gateway.held() as gate:
        async with AsyncExitStack() as stack:
            sent = await stack.enter_async_context(sending(*(gateway.predict(gateway.sole) for _ in range(AT_ONCE))))
            await gate.arrived(1, of=sent[0], expected="the runtime is called")
            await gateway.linger_at(gate)
        await gateway.linger_at(gate)  # so that whoever looks for callers that left has found it
        await gate.release()
        await gateway.predict(gateway.sole)


async def _still_answers(gateway: Gateway) -> None:
    await gateway.serve()
    (await gateway.predict(gateway.sole)).expect(200)
