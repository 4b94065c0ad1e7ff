"""Checks in the order of their names, each of which ends the application in another way."""

from __future__ import annotations

from contextlib import suppress

from grader.harness import Api, Lifecycle, Mismatch, Upstreams, check, sending
from grader.harness.probes.lifecycle import ends_well, finishes_what_is_held, refuses_new
from grader.harness.upstream.script import answer


async def starts(api: Api) -> int:
    return (await api.get("/starts")).expect(200).json().integer()


@check("life.a-kept", category="operations", level="senior")
async def files_outlive_a_kill(api: Api, lifecycle: Lifecycle) -> None:
    """What was written is there after SIGKILL and another start.

    It has to be.
    """
    before = await starts(api)
    await lifecycle.kill()
    await lifecycle.start()
    assert await starts(api) == before + 1


@check("life.b-terminated", category="operations", level="senior", requires=("life.a-kept",))
async def sigterm_ends_it(api: Api, lifecycle: Lifecycle) -> None:
    """SIGTERM ends it, and the status says so.

    It has to.
    """
    before = await starts(api)
    await lifecycle.terminate()
    await ends_well(lifecycle)
    await lifecycle.start()
    await lifecycle.restart()
    assert await starts(api) == before + 2


@check("life.c-left", category="operations", level="senior", requires=("life.b-terminated",))
async def is_left_ended(lifecycle: Lifecycle) -> None:
    """A check may leave it ended.

    The next one finds it running.
    """
    await lifecycle.kill()


@check("life.d-left-ending", category="operations", level="senior", requires=("life.c-left",))
async def is_left_ending(api: Api, lifecycle: Lifecycle) -> None:
    """A check may leave it amid its end.

    The next one finds it running.
    """
    assert await starts(api) > 1
    await lifecycle.terminate()


@check("life.d-in-flight", category="operations", level="senior", requires=("life.a-kept",))
async def work_in_flight_is_finished(api: Api, lifecycle: Lifecycle, upstreams: Upstreams) -> None:
    """What is held when SIGTERM comes is answered, and what comes then is refused.

    Then it ends.
    """
    await held_across_sigterm(api, lifecycle, upstreams)


@check("life.d-hasty", category="operations", level="senior", requires=("life.d-in-flight",))
async def hasty_one_is_found(api: Api, lifecycle: Lifecycle, upstreams: Upstreams) -> None:
    """An application that drops what is held fails.

    It ends too soon.
    """
    (await api.post("/hasty?status=0")).expect(200)
    await held_across_sigterm(api, lifecycle, upstreams)


async def held_across_sigterm(api: Api, lifecycle: Lifecycle, upstreams: Upstreams) -> None:
    await upstreams["store"].on("GET", "/slow", answer({}))
    async with await upstreams.hold(upstreams["store"]) as gate, sending(api.get("/slow")) as requests:
        await gate.arrived()
        await finishes_what_is_held(
            lifecycle, gate, requests, meanwhile=lambda: refuses_new(lambda: api.get("/starts"))
        )


@check("life.e-crash", category="operations", level="senior", requires=("life.a-kept",))
async def crashing_one_is_found(api: Api, lifecycle: Lifecycle) -> None:
    """An application that ends with an error fails.

    Whoever started it takes it for a crash.
    """
    (await api.post("/hasty?status=1")).expect(200)
    await lifecycle.terminate()
    await ends_well(lifecycle)


@check("life.e-busy", category="operations", level="senior", requires=("life.a-kept",))
async def one_that_goes_on_is_found(api: Api, lifecycle: Lifecycle) -> None:
    """An application that goes on to serve after SIGTERM fails.

    It is deaf.
    """
    (await api.post("/deaf")).expect(200)
    await lifecycle.terminate()
    try:
        await refuses_new(lambda: api.get("/starts"), tries=10)
    finally:
        await lifecycle.kill()


@check("life.e-deaf", category="operations", level="senior", requires=("life.d-left-ending",))
async def deaf_one_is_found(api: Api, lifecycle: Lifecycle) -> None:
    """An application that ignores SIGTERM fails.

    It does not end in time.
    """
    (await api.post("/deaf")).expect(200)
    await lifecycle.terminate()
    try:
        await lifecycle.ended(0.5)
    finally:
        await lifecycle.kill()


@check("life.f-gone", category="operations", level="senior", requires=("life.d-left-ending",))
async def gone_one_is_found(api: Api, lifecycle: Lifecycle) -> None:
    """An application that ends by itself fails.

    Nobody told it to.
    """
    with suppress(Mismatch):  # there is nobody to answer
        await api.post("/gone")
    await lifecycle.ended()
    await lifecycle.terminate()


@check("life.g-broken", category="operations", level="senior", requires=("life.d-left-ending",))
async def broken_one_is_found(api: Api, lifecycle: Lifecycle) -> None:
    """An application that does not start again fails.

    The rest is blocked.
    """
    (await api.post("/broken")).expect(200)
    await lifecycle.kill()
    await lifecycle.start()


@check("life.h-after", category="operations", level="senior", requires=("life.d-left-ending",))
async def comes_after(api: Api) -> None:
    """Whatever comes after it is blocked.

    Nothing runs any more.
    """
    await starts(api)
