"""Callers that disconnect while their request waits, or is at the runtime."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from grader.harness import Tally, check, sending

if TYPE_CHECKING:
    from conftest import Gateway


@check("leaving.waiting", category="async", level="senior", weight=2, requires=("batch.outputs",))
async def waiting_caller_may_leave(gateway: Gateway) -> Tally:
    """A caller that disconnects while it waits does not disturb its batch: the others get their own outputs.

    Who takes the place of the one that left must not get its answer, and nobody's future may be set twice.
    """
    await gateway.serve()
    bodies = gateway.bodies(4)
    tally = Tally()
    async with (
        await gateway.held() as gate,
        sending(gateway.predict(gateway.sole)) as [first],
        AsyncExitStack() as stack,
    ):
        await gate.arrived(1, of=first, expected="the runtime is called")
        before = await stack.enter_async_context(sending(*(gateway.predict(gateway.sole, body) for body in bodies[:2])))
        await gateway.linger_at(gate, 2)
        async with sending(gateway.predict(gateway.sole)):
            await gateway.linger_at(gate, 4)
        after = await stack.enter_async_context(sending(*(gateway.predict(gateway.sole, body) for body in bodies[2:])))
        await gateway.linger_at(gate, 4)
        await gate.release()
        for number, (request, body) in enumerate(zip((*before, *after), bodies, strict=True), 1):
            with tally.case(f"caller {number} of those who stayed"):
                gateway.answered(await request, body)
        await gateway.finish([first])
    return tally


@check("leaving.outstanding", category="async", level="senior", weight=2, requires=("batch.outputs",))
async def caller_may_leave_at_the_runtime(gateway: Gateway) -> Tally:
    """A caller that disconnects while its batch is at the runtime does not disturb it, not even the one who came first.

    Where the first request of a batch makes the call for all, its end is the end of everybody's.
    """
    await gateway.serve()
    bodies = gateway.bodies(3)
    tally = Tally()
    async with await gateway.held() as gate, sending(gateway.predict(gateway.sole)) as [plug]:
        await gate.arrived(1, of=plug, expected="the runtime is called")
        async with AsyncExitStack() as leaving, AsyncExitStack() as staying:
            await leaving.enter_async_context(sending(gateway.predict(gateway.sole)))
            await gateway.linger_at(gate, 2)
            others = (gateway.predict(gateway.sole, body) for body in bodies)
            stayed = await staying.enter_async_context(sending(*others))
            await gateway.linger_at(gate, 4)
            await gate.release(1)
            await gate.arrived(2, of=stayed[0], expected="the next batch is sent once the first is answered")
            await leaving.aclose()
            await gateway.linger_at(gate, 4)
            await gate.release()
            for number, (request, body) in enumerate(zip(stayed, bodies, strict=True), 1):
                with tally.case(f"caller {number} of those who stayed"):
                    gateway.answered(await request, body)
            await gateway.finish([plug])
    return tally
