"""The beginning of the process: what it needs in order to start, and what it still knows.

These checks run before all that takes the runtime away for a moment, since what an application makes of that is another
matter. Some of them end the process; each start has the same folder.
"""

from __future__ import annotations

import time
from asyncio import sleep
from typing import TYPE_CHECKING

from grader.harness import Api, DeadlinePassed, Lifecycle, Mismatch, Tally, check
from grader.harness.upstream.script import answer

if TYPE_CHECKING:
    from conftest import Gateway

HEALTH = "/v1/health"
NOTICED_WITHIN = 2.0
"""Seconds in which the application must have found out that the runtime is there."""


AWAY = 5.0
"""Seconds for which it is away: pauses that double from a quarter, a half or a whole second are beyond two then."""


async def _restart(lifecycle: Lifecycle) -> None:
    await lifecycle.kill()
    await lifecycle.start()


@check("ready.ok", category="operations", level="junior", requires=("service.health",))
async def ready_with_the_runtime(api: Api, gateway: Gateway) -> None:
    """`GET /ready` answers 200, without a key, within 2 s of the runtime being healthy.

    A balancer sends nothing to what is not ready: a probe that needs a key keeps the service out for ever.
    """
    await gateway.serve()
    await _becomes_ready(api)


@check("start.alone", category="operations", level="mid", weight=2, requires=("service.health",))
async def starts_without_the_runtime(api: Api, gateway: Gateway, lifecycle: Lifecycle) -> None:
    """The service starts, and `GET /health` answers 200, while the runtime refuses connections.

    After a power cut everything starts at once. What waits for another, or dies of its absence, starts last or never.
    """
    async with gateway.runtime.down():
        await _restart(lifecycle)
        (await api.get("/health")).expect(200)


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
    await gateway.runtime.on("GET", HEALTH, answer({"status": "loading"}, status=503))
    with tally.case("its health answers 503"):
        await _asked(api, gateway)
        (await api.get("/ready")).expect(503)
    return tally


async def _asked(api: Api, gateway: Gateway) -> None:
    """Until the runtime has been asked for its health, and its answer was taken in, or there was time enough for it."""
    ends_at = time.monotonic() + NOTICED_WITHIN
    while not gateway.runtime.calls(HEALTH) and time.monotonic() < ends_at:
        await api.get("/ready")
        await sleep(0.05)
        await gateway.calls()
    await gateway.linger()


@check("ready.recovers", category="operations", level="mid", requires=("ready.waits",))
async def ready_by_itself(api: Api, gateway: Gateway, lifecycle: Lifecycle) -> None:
    """A service that was started without the runtime is ready within 2 s of the runtime coming up, by itself.

    What looks once, at start-up, stays out until somebody restarts it; what looks ever more seldom, for minutes.
    """
    async with gateway.runtime.down():
        await _restart(lifecycle)
        await api.get("/ready")
        await sleep(AWAY)
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
