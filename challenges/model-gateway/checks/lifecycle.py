"""The beginning and the end of the process: what it needs in order to start, and what it owes before it ends.

Checks that end the process: another one is started after each of them, in the same folder.
"""

from __future__ import annotations

import time
from asyncio import Task, sleep
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from grader.harness import Api, DeadlinePassed, Gate, Lifecycle, Mismatch, Missed, Reply, Tally, check, sending
from grader.harness.probes.lifecycle import refuses_new
from grader.harness.upstream.script import answer

if TYPE_CHECKING:
    from conftest import Gateway

ENDS_WITHIN = 10.0
"""Seconds after the last prediction has its answer."""
NOTICED_WITHIN = 2.0
"""Seconds in which the application must have found out that the runtime is there."""
HEARD_WITHIN = 1.5
"""Seconds in which SIGTERM is heard; no longer, since predictions are held meanwhile. uvicorn looks every 0.1 s."""
ENDS = (0, -15, 143)
"""Status after SIGTERM: an orderly end, or by the signal itself."""
HELD = 4


async def _restart(lifecycle: Lifecycle) -> None:
    await lifecycle.kill()
    await lifecycle.start()


# --- the beginning


@check("start.alone", category="operations", level="mid", weight=2, requires=("service.health",))
async def starts_without_the_runtime(api: Api, gateway: Gateway, lifecycle: Lifecycle) -> None:
    """The service starts, and `GET /health` answers 200, while the runtime refuses connections.

    After a power cut everything starts at once. What waits for another, or dies of its absence, starts last or never.
    """
    async with gateway.runtime.down():
        await _restart(lifecycle)
        (await api.get("/health")).expect(200)


@check("ready.ok", category="operations", level="junior", requires=("service.health",))
async def ready_with_the_runtime(api: Api, gateway: Gateway) -> None:
    """`GET /ready` answers 200, without a key, within 2 s of the runtime being healthy.

    A balancer sends nothing to what is not ready: a probe that needs a key keeps the service out for ever.
    """
    await gateway.serve()
    await _becomes_ready(api)


@check("ready.waits", category="operations", level="mid", weight=2, requires=("start.alone", "ready.ok"))
async def not_ready_without_the_runtime(api: Api, gateway: Gateway, lifecycle: Lifecycle) -> Tally:
    """Until the runtime's health has answered 200, `GET /ready` answers 503.

    Alive and ready are two questions: a restart does not help against a runtime that is away, and requests neither.
    """
    tally = Tally()
    async with gateway.runtime.down():
        await _restart(lifecycle)
        with tally.case("the runtime refuses connections"):
            (await api.get("/ready")).expect(503)
    await gateway.runtime.on("GET", "/v1/health", answer({"status": "loading"}, status=503))
    await gateway.linger()
    with tally.case("its health answers 503"):
        (await api.get("/ready")).expect(503)
    return tally


@check("ready.recovers", category="operations", level="mid", requires=("ready.waits",))
async def ready_by_itself(api: Api, gateway: Gateway, lifecycle: Lifecycle) -> None:
    """A service that was started without the runtime is ready within 2 s of the runtime coming up, by itself.

    What looks once, at start-up, stays out until somebody restarts it.
    """
    async with gateway.runtime.down():
        await _restart(lifecycle)
        await api.get("/ready")
        await gateway.serve()
    await _becomes_ready(api)


async def _becomes_ready(api: Api) -> None:
    since = time.monotonic()
    while (reply := await api.get("/ready")).status != 200:
        if time.monotonic() > since + NOTICED_WITHIN:
            expected = f"GET /ready answers 200 within {NOTICED_WITHIN:g} s of the runtime being healthy"
            got = f"status {reply.status}"
            raise DeadlinePassed(expected, got, since=since, until=time.monotonic(), exchange=reply.exchange)
        await sleep(0.05)


@check("routing.restart", category="behaviour", level="senior", weight=2, requires=("routing.sticky",))
async def users_keep_their_version_over_a_restart(gateway: Gateway, lifecycle: Lifecycle) -> None:
    """A user gets the same version after a restart.

    Python's `hash` of a text is another one in each process; so is anything that was remembered in memory.
    """
    await gateway.serve()
    users = [gateway.user() for _ in range(25)]
    before = await gateway.versions(gateway.split, users)
    await _restart(lifecycle)
    after = await gateway.versions(gateway.split, users)
    moved = sum(one != other for one, other in zip(before, after, strict=True))
    if moved:
        raise Mismatch("25 users to keep their version", f"{moved} of them get another one after a restart")


# --- the end


@asynccontextmanager
async def _ending(
    api: Api, gateway: Gateway, lifecycle: Lifecycle
) -> AsyncIterator[tuple[Gate, list[Task[Reply]], DeadlinePassed | None]]:
    """Predictions that are held at the runtime while the application has been told to end.

    Yields:
        The gate, the predictions, and what says that the signal was not heard; None where it was.
    """
    await gateway.serve()
    async with await gateway.held() as gate, AsyncExitStack() as stack:
        requests = await stack.enter_async_context(sending(*(gateway.predict(gateway.sole) for _ in range(HELD))))
        await gate.arrived(1, of=requests[0], expected="the runtime is called")
        await gateway.linger_at(gate)
        await lifecycle.terminate()
        yield gate, requests, await _unheard(api)


async def _unheard(api: Api) -> DeadlinePassed | None:
    """Wait until the signal was heard, so until `GET /ready` is refused or 503. None if it was.

    Nobody can see when an application's loop comes round to a signal, so what follows is judged only after that.
    """
    since = time.monotonic()
    try:
        await refuses_new(lambda: api.get("/ready"), seconds=HEARD_WITHIN)
    except DeadlinePassed as unheard:
        expected = "after SIGTERM, GET /ready is refused: no connection, or status 503"
        return DeadlinePassed(expected, unheard.got, since=since, until=time.monotonic(), exchange=unheard.exchange)
    return None


@check("drain.completes", category="operations", level="senior", weight=3, requires=("batch.gather", "start.alone"))
async def predictions_are_completed(api: Api, gateway: Gateway, lifecycle: Lifecycle) -> Tally:
    """After SIGTERM, predictions that were accepted before are completed with 200.

    Each deployment ends every process once. What is cut off then are errors that nobody can repeat.
    """
    tally = Tally()
    async with _ending(api, gateway, lifecycle) as (gate, requests, _):
        await gate.release()
        for number, request in enumerate(requests, 1):
            with tally.case(f"prediction {number}"):
                (await request).expect(200)
    return tally


@check("drain.refuses", category="operations", level="senior", weight=2, requires=("batch.gather", "start.alone"))
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


@check("drain.ends", category="operations", level="senior", weight=2, requires=("start.alone", "batch.gather"))
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
