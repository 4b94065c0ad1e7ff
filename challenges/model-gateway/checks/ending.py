"""The end of the process: what it owes to those who are waiting, and how it goes.

Each of these checks ends the process; another one is started after it.
"""

from __future__ import annotations

import time
from asyncio import Task
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from grader.harness import Api, DeadlinePassed, Gate, Lifecycle, Mismatch, Missed, Reply, Tally, check, sending
from grader.harness.probes.lifecycle import refuses_new

if TYPE_CHECKING:
    from conftest import Gateway

ENDS_WITHIN = 10.0
"""Seconds after the last prediction has its answer."""
HEARD_AFTER = 60
"""Requests that may be served before SIGTERM is heard; no more, since predictions are held meanwhile. It takes a good
second to send them, and uvicorn looks every 0.1 s."""
ENDS = (0, -15, 143)
"""Status after SIGTERM: an orderly end, or by the signal itself."""


@asynccontextmanager
async def _ending(
    api: Api, gateway: Gateway, lifecycle: Lifecycle
) -> AsyncIterator[tuple[Gate, list[Task[Reply]], DeadlinePassed | None]]:
    """Predictions that are held at the runtime while the application has been told to end.

    Yields:
        The gate, those that are at the runtime, and what says that the signal was not heard; None where it was.
    """
    await gateway.serve()
    async with await gateway.held() as gate, AsyncExitStack() as stack:
        models = gateway.sole, gateway.other, gateway.third
        requests = await stack.enter_async_context(sending(*map(gateway.predict, models)))
        await gate.arrived(1, expected="the runtime is called")
        await gate.settle(len(models))
        # What becomes of those that wait for their call is left open.
        at_runtime = b" ".join(call.body for call in gate.held)
        held = [one for model, one in zip(models, requests, strict=True) if model.encode() in at_runtime]
        await lifecycle.terminate()
        yield gate, held, await _unheard(api)


async def _unheard(api: Api) -> DeadlinePassed | None:
    """Wait until the signal was heard, so until `GET /ready` is refused or 503. None if it was.

    Nobody can see when an application's loop comes round to a signal, so what follows is judged only after that.
    """
    since = time.monotonic()
    try:
        await refuses_new(lambda: api.get("/ready"), tries=HEARD_AFTER)
    except DeadlinePassed as unheard:
        expected = "after SIGTERM, GET /ready is refused: no connection, or status 503"
        return DeadlinePassed(expected, unheard.got, since=since, until=time.monotonic(), exchange=unheard.exchange)
    return None


@check("drain.completes", category="operations", level="senior", weight=3, requires=("free.health",))
async def predictions_are_completed(api: Api, gateway: Gateway, lifecycle: Lifecycle) -> Tally:
    """After SIGTERM, predictions that are held at the runtime are completed with 200.

    Each deployment ends every process once. What is cut off then are errors that nobody can repeat.
    """
    tally = Tally()
    async with _ending(api, gateway, lifecycle) as (gate, requests, _):
        await gate.release()
        for number, request in enumerate(requests, 1):
            with tally.case(f"prediction {number}"):
                (await request).expect(200)
    return tally


@check("drain.refuses", category="operations", level="senior", weight=2, requires=("free.health",))
async def new_work_is_refused(api: Api, gateway: Gateway, lifecycle: Lifecycle) -> Tally:
    """After SIGTERM, new predictions and fingerprints are refused, by connection or with 503, and so is `/ready`.

    Who goes on taking in work while the balancer looks elsewhere never ends, and is killed in the midst of it.
    """
    tally = Tally()
    async with _ending(api, gateway, lifecycle) as (gate, requests, unheard):
        with tally.case("GET /ready"):
            if unheard:
                raise unheard
        new = {
            "a prediction": lambda: gateway.predict(gateway.sole),
            "a fingerprint": lambda: gateway.fingerprint(gateway.sole, {"text": gateway.text(8), "rounds": 2}),
        }
        for name, request in ({} if unheard else new).items():
            with tally.case(name):
                await _refused(gate, request())
        await gate.release()
        await gateway.finish(requests)
    return tally


async def _refused(gate: Gate, request: Coroutine[Any, Any, Reply]) -> None:
    """`Mismatch` unless there was no connection, or 503."""
    try:
        reply = await gate.meanwhile(request, "new work is refused after SIGTERM, while older waits")
    except Missed:
        raise
    except Mismatch:
        return
    reply.expect(503)


@check("drain.ends", category="operations", level="senior", weight=2, requires=("free.health",))
async def process_ends(api: Api, gateway: Gateway, lifecycle: Lifecycle) -> None:
    """After SIGTERM and the last answer the process ends within 10 s, with status 0 or by the signal.

    A thread that nobody stops, or a task that is waited for, keeps it; then it is killed, and nothing is tidied up.
    """
    async with _ending(api, gateway, lifecycle) as (gate, requests, _):
        await gate.release()
        await gateway.finish(requests)
    status = await lifecycle.ended(ENDS_WITHIN)
    if status not in ENDS:
        raise Mismatch("the process ends with status 0, or by SIGTERM", f"status {status}")
