"""Batches: who goes together, how many, and one call at a time. Judged by what the runtime saw, while calls were held.

That requests wait together cannot be seen from outside: they have been sent, and the application has had occasions to
take them in. So where fewer went together than could have, it is tried again with more occasions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import Mismatch, Reply, Tally, check, sending
from grader.harness.probes.calling import on_their_clock
from grader.harness.upstream.script import no_answer

if TYPE_CHECKING:
    from conftest import Body, Gateway

PATIENCE = (4, 12, 40)
"""Occasions to take requests in, try by try."""
LONE = 20


async def _behind_one(
    gateway: Gateway, bodies: list[Body], keys: list[str], times: int
) -> tuple[list[int], list[Reply]]:
    """Requests that come while a call for the same version is held.

    Returns:
        How many inputs each call had, the one that was held first; and the replies to the requests.
    """
    known = len(await gateway.sizes())
    async with await gateway.held() as gate, sending(gateway.predict(gateway.sole)) as [first]:
        await gate.arrived(1, of=first, expected="the runtime is called")
        requests = (gateway.predict(gateway.sole, body, key) for body, key in zip(bodies, keys, strict=True))
        async with gateway.gathering(gate, requests, times) as waiting:
            await gate.release()
            replies = [await request for request in waiting]
            await first
    return (await gateway.sizes())[known:], replies


async def _goes_together(gateway: Gateway, count: int, *keys: str) -> None:
    """`Mismatch` unless so many requests that wait go in one call; keys are taken in turn."""
    used = [keys[number % len(keys)] if keys else gateway.key() for number in range(count)]
    for times in PATIENCE:
        sizes, _ = await _behind_one(gateway, gateway.bodies(count), used, times)
        if sizes == [1, count]:
            return
    expected = f"{count} requests that come while a call is outstanding go in one call after it"
    raise Mismatch(expected, f"calls with {', '.join(map(str, sizes))} inputs, {len(PATIENCE)} times in a row")


@check("batch.gather", category="async", level="mid", weight=3, requires=("free.health", "predict.call"))
async def waiting_requests_go_together(gateway: Gateway) -> Tally:
    """Requests that come while a call is outstanding gather, and go to the runtime together.

    A slow runtime takes eight rows in the time of one. Sent one by one, the queue behind it is eight times as long.
    """
    await gateway.serve()
    tally = Tally()
    for count in (3, gateway.batch):
        with tally.case(f"{count} requests"):
            await _goes_together(gateway, count)
    return tally


@check("batch.max", category="async", level="mid", weight=2, requires=("batch.gather",))
async def batches_have_a_bound(gateway: Gateway) -> None:
    """No call has more than `MAX_BATCH` inputs, however many wait.

    What does not fit into the memory of an accelerator fails as a whole.
    """
    await gateway.serve()
    count = 2 * gateway.batch + 3
    keys = [gateway.key() for _ in range(count)]
    sizes, replies = await _behind_one(gateway, gateway.bodies(count), keys, PATIENCE[1])
    if max(sizes) > gateway.batch:
        raise replies[0].mismatch(
            f"calls of at most {gateway.batch} inputs", f"calls with {', '.join(map(str, sizes))}"
        )


@check("batch.outstanding", category="async", level="senior", weight=3, requires=("batch.gather",))
async def one_call_at_a_time(gateway: Gateway) -> None:
    """At most one call is outstanding for each model and version, even where several batches are full.

    A second call beside the first makes both slower, and what waits between them is sent in halves.
    """
    await gateway.serve()
    async with await gateway.held() as gate, sending(gateway.predict(gateway.sole)) as [first]:
        await gate.arrived(1, of=first, expected="the runtime is called")
        requests = (gateway.predict(gateway.sole) for _ in range(2 * gateway.batch + 1))
        async with gateway.gathering(gate, requests, PATIENCE[0]) as waiting:
            expected = "no second call for this model and version while one is outstanding"
            await gate.never_arrives(1, control=gateway.health, expected=expected)
            await gate.release(1)
            await gate.arrived(2, of=waiting[0], expected="the next call comes once the first is answered")
            await gate.never_arrives(2, control=gateway.health, expected=expected)
            await gate.release()
            await gateway.finish([first, *waiting])


@check(
    "batch.independent",
    category="async",
    level="mid",
    weight=2,
    requires=("batch.gather", "routing.sticky", "routing.shares"),
)
async def models_and_versions_are_independent(gateway: Gateway) -> Tally:
    """While a call for one model and version is outstanding, others are sent: another model's, and another version's.

    One slow model in front of all others is a queue that nobody wanted.
    """
    await gateway.serve()
    one, other = await _of_each_version(gateway)
    pairs = {
        "another model": (gateway.sole, gateway.body(), gateway.other, gateway.body()),
        "another version": (gateway.split, gateway.body(one), gateway.split, gateway.body(other)),
    }
    tally = Tally()
    for name, (model, body, second_model, second_body) in pairs.items():
        with tally.case(name):
            async with await gateway.held() as gate, sending(gateway.predict(model, body)) as [held]:
                await gate.arrived(1, of=held, expected="the runtime is called")
                async with sending(gateway.predict(second_model, second_body)) as [second]:
                    expected = f"a call for {name} is sent while one is outstanding"
                    await gate.arrived(2, of=second, expected=expected)
                    await gate.release()
                    await gateway.finish([held, second])
    return tally


async def _of_each_version(gateway: Gateway) -> tuple[str, str]:
    """Two users with different versions. With weights of 50 each, 40 users are all alike once in 10^12 runs."""
    users = [gateway.user() for _ in range(40)]
    versions = await gateway.versions(gateway.split, users)
    other = next((user for user, version in zip(users, versions, strict=True) if version != versions[0]), None)
    if other is None:
        raise Mismatch("40 users share two versions of equal weight", f"all of them get {versions[0]}")
    return users[0], other


@check("batch.outputs", category="async", level="mid", weight=3, requires=("batch.gather",))
async def everybody_gets_their_own(gateway: Gateway) -> Tally:
    """Each caller of a batch gets the output of its own inputs.

    Somebody else's answer looks right: no status and no log will ever say that it was not.
    """
    await gateway.serve()
    tally = Tally()
    for count in (gateway.batch, gateway.batch + 2):
        bodies = gateway.bodies(count)
        _, replies = await _behind_one(gateway, bodies, [gateway.key() for _ in bodies], PATIENCE[0])
        for number, (body, reply) in enumerate(zip(bodies, replies, strict=True), 1):
            with tally.case(f"caller {number} of {count}"):
                gateway.answered(reply, body)
    return tally


@check("batch.tiers", category="async", level="mid", requires=("batch.gather",))
async def tiers_share_batches(gateway: Gateway) -> None:
    """Requests of `free` and of `pro` keys share batches.

    A queue for each tier halves the batches, and each of them waits for the other's call.
    """
    await gateway.serve()
    await _goes_together(gateway, 4, gateway.free[-1], gateway.key())


@check("batch.lone", category="async", level="mid", requires=("predict.ok", "timeouts.runtime"))
async def lone_requests_do_not_wait(gateway: Gateway) -> None:
    """A request that is alone is sent soon: it does not wait until a batch is full, nor for long.

    The window buys company with time. At night nobody comes, and then it is only time.
    """
    await gateway.serve(no_answer(), gateway.good())
    await on_their_clock(_soon(gateway))


async def _soon(gateway: Gateway) -> None:
    """Many lone requests, one after another, are answered before a call that was sent before them has timed out."""
    async with await gateway.held() as gate, sending(gateway.predict(gateway.other)) as [silent]:
        await gate.arrived(1, of=silent, expected="the runtime is called")
        await gate.release()
        for number in range(LONE):
            reply = (await gateway.predict(gateway.sole)).expect(200)
            if silent.done():
                expected = f"{LONE} requests, one after another, are answered within {gateway.limit:g} s"
                raise reply.mismatch(expected, f"{number + 1} were")
