"""For each probe an application that has the property, and some that have not, on a machine however busy.

Good ones are awake whenever somebody looks, so that time can never fail them; bad ones fall asleep once they have made
the calls that they make.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from fastapi import FastAPI

from grader.harness import Mismatch, Reply, Upstreams
from grader.harness.mismatch import Missed
from grader.harness.probes import rendezvous
from tests.harness.probes.calling import Asked, Pod, blocking

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("hasty")]


# --- fan-out


def fanning(how: Callable[[], Awaitable[object]]) -> FastAPI:
    """A page that makes its calls so."""
    app = FastAPI()

    @app.get("/page")
    async def page() -> None:
        await how()

    return app


async def test_calls_that_are_made_together_fan_out(run: Any, ask: Asked) -> None:
    """The reply comes back."""
    pod = await run(fanning(lambda: asyncio.gather(ask(1), ask(2), ask(3))))
    assert (await rendezvous.fans_out(pod.upstreams, pod.api.get("/page"), 3)).status == 200


async def test_calls_one_after_another_do_not(run: Any, ask: Asked) -> None:
    """The first is held, and the second never comes."""

    async def chained() -> None:
        for number in range(3):
            await ask(number)

    pod = await run(fanning(chained))
    pod.sleeps_after(1)
    with pytest.raises(Missed, match="1 came: catalog GET /items/0") as caught:
        await rendezvous.fans_out(pod.upstreams, pod.api.get("/page"), 3)
    assert caught.value.served


@pytest.mark.parametrize("named", [True, False])
async def test_nor_does_one_call_that_is_made_three_times(run: Any, ask: Asked, *, named: bool) -> None:
    """Where paths are named, not even with another query: the others never come."""

    async def hedging() -> None:
        for number in range(3):
            again = f"?{number}" if named else ""
            await asyncio.gather(ask(0), ask(f"0{again}"), ask(f"0{again}"))
        await ask(1)

    pod = await run(fanning(hedging))
    pod.sleeps_after(3)
    catalog = pod.upstreams["catalog"]
    what = [catalog.at(f"/items/{number}") for number in range(3)] if named else []
    with pytest.raises(Missed, match="3 came: catalog GET /items/0") as caught:
        await rendezvous.fans_out(pod.upstreams, pod.api.get("/page"), 3, *what)
    assert caught.value.served


async def test_calls_to_one_path_may_be_different(run: Any, ask: Asked) -> None:
    """Where it is the upstream that is named, or fewer paths than calls."""
    pod = await run(fanning(lambda: asyncio.gather(ask("a?1"), ask("a?2"), ask("a?3"))))
    for what in ([], [pod.upstreams["catalog"].at("/items/a")]):
        assert (await rendezvous.fans_out(pod.upstreams, pod.api.get("/page"), 3, *what)).status == 200


async def test_nor_do_calls_that_are_given_up_in_between(run: Any, ask: Asked, upstreams: Upstreams) -> None:
    """Three have come in the end, and never two at once: said at once, since nobody has to give up so soon."""

    async def impatient() -> None:
        for number in range(3):
            call = asyncio.create_task(ask(number))
            while len(upstreams.calls) <= number:  # noqa: ASYNC110 - it is another thread's
                await asyncio.sleep(0.001)
            call.cancel()
            await asyncio.wait([call])

    pod = await run(fanning(impatient))
    with pytest.raises(Mismatch, match="before that: 3 came") as caught:
        await rendezvous.fans_out(pod.upstreams, pod.api.get("/page"), 3)
    assert not isinstance(caught.value, Missed)


async def test_a_page_without_calls_is_told_at_once(run: Any) -> None:
    """However busy the machine is."""
    pod = await run(fanning(lambda: asyncio.sleep(0)))
    with pytest.raises(Mismatch, match="answered with 200 before that: 0 came"):
        await rendezvous.fans_out(pod.upstreams, pod.api.get("/page"), 2)


# --- others are free


def reading(
    how: Callable[[str], Awaitable[object]] | None, in_threads: Callable[[str], object] | None = None
) -> FastAPI:
    """Pages that need one call each, in a coroutine or in threads."""
    app = FastAPI()
    if how:

        @app.get("/pages/{name}")
        async def page(name: str) -> None:
            await how(name)

    if in_threads:

        @app.get("/pages/{name}")
        def page_in_thread(name: str) -> None:
            in_threads(name)

    return app


async def free(pod: Pod, held: int, name: str = "GET /health") -> list[Reply]:
    """Hold so many pages, and ask for something else."""
    what = [pod.upstreams["catalog"].at(f"/items/{number}") for number in range(held)]
    other = pod.health() if name == "GET /health" else pod.api.get("/pages/other")
    pages = [pod.api.get(f"/pages/{number}") for number in range(held)]
    return await rendezvous.stays_free(pod.upstreams, pages, [(name, other)], *what)


@pytest.mark.parametrize(("held", "other"), [(1, "GET /health"), (20, "GET /health"), (41, "another page")])
async def test_coroutines_leave_others_free(run: Any, ask: Asked, held: int, other: str) -> None:
    """However many wait; all replies come back."""
    replies = await free(await run(reading(ask)), held, other)
    assert [reply.status for reply in replies] == [200] * (held + 1)


async def test_threads_leave_others_free_while_there_are_any(run: Any, ports: list[int]) -> None:
    """`def` endpoints are legitimate; where they end, they end."""
    app = reading(None, lambda name: blocking(ports[0], name))
    replies = await free(await run(app), 20, "another page")
    assert [reply.status for reply in replies] == [200] * 21


async def test_a_pool_of_threads_has_an_end(run: Any, ports: list[int]) -> None:
    """Forty, unless somebody changes that: the forty-first page takes all others with it."""
    pod = await run(reading(None, lambda name: blocking(ports[0], name)))
    pod.sleeps_after(40)
    with pytest.raises(Missed, match="another page, got no answer while this is held: 40 held") as caught:
        await free(pod, 41, "another page")
    assert caught.value.served


async def test_a_blocked_loop_answers_nobody(run: Any, ports: list[int]) -> None:
    """Not even who needs no upstream."""

    async def blocked(name: str) -> None:
        blocking(ports[0], name)

    pod = await run(reading(blocked))
    pod.sleeps_after(1)
    with pytest.raises(Missed, match="GET /health, got no answer while this is held: 1 held") as caught:
        await free(pod, 3)
    assert caught.value.served


# --- bounds


def bounded(ask: Asked, width: int, calls: int = 20) -> FastAPI:
    """A list that needs many calls, so many at once."""

    async def many() -> None:
        places = asyncio.Semaphore(width)

        async def one(number: int) -> None:
            async with places:
                await ask(number)

        await asyncio.gather(*map(one, range(calls)))

    return fanning(many)


async def keeps(pod: Pod, least: int = 4) -> Reply:
    return await rendezvous.keeps_bound(pod.upstreams, pod.api.get("/page"), 8, least, pod.health)


@pytest.mark.parametrize("width", [4, 7, 8])
async def test_a_bound_is_kept(run: Any, ask: Asked, width: int) -> None:
    """At every moment, also when one ends and another begins."""
    assert (await keeps(await run(bounded(ask, width)))).status == 200


@pytest.mark.parametrize("width", [9, 10, 20])
async def test_a_bound_is_broken(run: Any, ask: Asked, width: int) -> None:
    """By one, by two, or by all at once: it is said as soon as nine are seen, when more may be on their way."""
    with pytest.raises(Mismatch, match=r"at most 8 .* got \d+ at once: \d+ came") as found:
        await keeps(await run(bounded(ask, width)))
    [at_once] = re.findall(r"got (\d+) at once", str(found.value))
    assert 8 < int(at_once) <= width


async def test_a_bound_that_holds_in_the_beginning_only_is_broken(run: Any, ask: Asked) -> None:
    """Who begins two whenever one ends has sixteen in the end."""

    async def growing() -> None:
        left = iter(range(8, 40))

        async def one(number: int) -> None:
            await ask(number)
            await asyncio.gather(*(one(number) for number in [next(left, 0), next(left, 0)] if number))

        await asyncio.gather(*map(one, range(8)))

    with pytest.raises(Mismatch, match="at most 8 "):
        await keeps(await run(fanning(growing)))


@pytest.mark.parametrize("width", [1, 3])
async def test_concurrency_has_to_be_used(run: Any, ask: Asked, width: int) -> None:
    """One after another keeps every bound, and is not what was asked for."""
    pod = await run(bounded(ask, width))
    pod.sleeps_after(width)
    with pytest.raises(Missed, match=f"at least 4 calls in flight at once, got {width} came"):
        await keeps(pod)


async def test_a_control_that_is_not_answered_is_missed(run: Any, ask: Asked) -> None:
    """A slow answer to it buys no time."""
    pod = await run(bounded(ask, 8))
    pod.sleeps_after(8)
    never = asyncio.Event()
    with pytest.raises(Missed, match="needs no upstream"):
        await rendezvous.keeps_bound(pod.upstreams, pod.api.get("/page"), 8, 4, never.wait)  # type: ignore[arg-type]
