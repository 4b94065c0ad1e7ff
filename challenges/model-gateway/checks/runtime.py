"""A runtime that fails: what its callers are told, and whom it concerns.

After what needs many places in the queue: those of requests that failed may be lost, which is another check's matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import Reply, Tally, check, sending
from grader.harness.probes.faults import BROKEN, NONSENSE, status
from grader.harness.upstream.script import answer

if TYPE_CHECKING:
    from conftest import Gateway

    from grader.harness.upstream.script import Script

OUTPUTS = {"outputs": [1.5]}
"""A good answer to one inputs."""


async def _bad_gateway(gateway: Gateway, cases: dict[str, Script]) -> Tally:
    """A case for each way in which the runtime answers: the caller is told 502."""
    tally = Tally()
    for name, script in cases.items():
        with tally.case(name):
            await gateway.serve(script)
            (await gateway.predict(gateway.sole)).expect(502)
    return tally


@check("runtime.status", category="status_codes", level="mid", weight=2, requires=("predict.ok",))
async def other_statuses_are_bad_gateway(gateway: Gateway) -> Tally:
    """The runtime answering any status but 200 is answered with 502.

    To the caller the fault is behind this service, whatever its number there: not the caller's 400, not a missing page.
    """
    codes = (500, 503, 504, 400, 401, 404, 422, 429, 201, 202)
    return await _bad_gateway(gateway, {f"the runtime answers {code}": status(code)(OUTPUTS) for code in codes})


@check("runtime.connection", category="status_codes", level="mid", weight=2, requires=("predict.ok",))
async def broken_connections_are_bad_gateway(gateway: Gateway) -> Tally:
    """The runtime refusing the connection, or breaking it before the answer is complete, is answered with 502.

    Each of these is an exception of its own kind in the client; the one that was not thought of becomes a 500, or lets
    everybody in the batch wait for ever.
    """
    tally = await _bad_gateway(gateway, {name: fault(OUTPUTS) for name, fault in BROKEN.items()})
    await gateway.serve()
    with tally.case("refused"):
        async with gateway.runtime.down():
            (await gateway.predict(gateway.sole)).expect(502)
    return tally


@check("runtime.body", category="status_codes", level="mid", requires=("predict.ok",))
async def nonsense_is_bad_gateway(gateway: Gateway) -> Tally:
    """The runtime answering 200 with a body that is no JSON is answered with 502.

    A proxy in between answers in HTML, with 200 as often as not.
    """
    kinds = ("a page of HTML", "an empty body", "half a document")
    return await _bad_gateway(gateway, {name: NONSENSE[name](OUTPUTS) for name in kinds})


@check("runtime.outputs", category="status_codes", level="senior", weight=2, requires=("predict.ok",))
async def bad_outputs_are_bad_gateway(gateway: Gateway) -> Tally:
    """Outputs that are texts or null, and more or fewer of them than inputs, are answered with 502.

    `zip` stops at the shorter of two lists and says nothing: who comes after that waits for ever.
    """
    outputs = {"a text": ["high"], "null": [None], "none": [], "two for one": [1.5, 2.5], "three for one": [0.5] * 3}
    return await _bad_gateway(gateway, {name: answer({"outputs": each}) for name, each in outputs.items()})


@check("batch.fewer", category="async", level="senior", requires=("runtime.outputs", "batch.gather"))
async def fewer_outputs_fail_the_batch(gateway: Gateway) -> None:
    """One output too few for a batch of several is 502 for all of them, since nobody can say whose is missing.

    To give out those that came is to guess that the last one is the one that lacks.
    """
    await _fails_the_batch(gateway, [1.5, 2.5])


@check("batch.null", category="async", level="senior", requires=("runtime.outputs", "batch.gather"))
async def one_null_fails_the_batch(gateway: Gateway) -> None:
    """One null among the outputs for a batch of several is 502 for all of them: the answer is not what was agreed.

    A runtime that breaks its promise for one may have mixed up the others; whose output is whose rests on their order.
    """
    await _fails_the_batch(gateway, [1.5, None, 2.5])


async def _fails_the_batch(gateway: Gateway, outputs: list[float | None]) -> None:
    """`Mismatch` unless these outputs are 502 for all three that gathered while a call was outstanding."""
    await gateway.serve(answer(OUTPUTS), answer({"outputs": outputs}))
    async with await gateway.held() as gate, sending(gateway.predict(gateway.sole)) as [first]:
        await gate.arrived(1, of=first, expected="the runtime is called")
        requests = (gateway.predict(gateway.sole) for _ in range(3))
        async with gateway.gathering(gate, requests, 12) as waiting:
            await gate.release()
            replies = [await request for request in waiting]
            await gateway.finish([first])
    # Two that went together, and one that came late, are answered well by right.
    if await gateway.sizes() == [1, 3]:
        _all(replies, 502)


def _all(replies: list[Reply], *statuses: int) -> None:
    for reply in replies:
        reply.expect(*statuses)


@check("batch.failure", category="async", level="mid", weight=3, requires=("runtime.status", "batch.outputs"))
async def failures_concern_one_batch(gateway: Gateway) -> Tally:
    """A batch that fails is 502 for its members alone: the next batch, and another model's, are answered well.

    A worker that dies of its first exception takes all that comes after it along, and nobody notices why.
    """
    await gateway.serve()
    bad, good, other = gateway.body(poisoned=True), gateway.bodies(3), gateway.body()
    tally = Tally()
    async with await gateway.held() as gate, sending(gateway.predict(gateway.sole, bad)) as [failing]:
        await gate.arrived(1, of=failing, expected="the runtime is called")
        async with sending(gateway.predict(gateway.other, other)) as [beside]:
            requests = (gateway.predict(gateway.sole, body) for body in good)
            async with gateway.gathering(gate, requests, 4) as waiting:
                await gate.release()
                with tally.case("the batch that fails"):
                    (await failing).expect(502)
                with tally.case("another model"):
                    gateway.answered(await beside, other)
                for number, (body, request) in enumerate(zip(good, waiting, strict=True), 1):
                    with tally.case(f"the next batch, caller {number}"):
                        gateway.answered(await request, body)
    with tally.case("a later request"):
        body = gateway.body()
        gateway.answered(await gateway.predict(gateway.sole, body), body)
    return tally
