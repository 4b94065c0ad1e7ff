"""Probes for races, work in the background, streams and clients that leave, as in `test_rendezvous`."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import BackgroundTasks, FastAPI, Request
from fastapi.responses import StreamingResponse

from grader.harness import Request as Sent
from grader.harness.mismatch import Missed
from grader.harness.probes import rendezvous
from grader.harness.upstream import script
from tests.harness.probes.calling import Asked, Pod, opened

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("hasty")]


# --- races


def adding(ask: Asked, lock: Any = None) -> FastAPI:
    """Adds one, with a call between reading and writing."""
    app = FastAPI()
    total = [0]

    async def added() -> int:
        before = total[0]
        await ask("a")
        total[0] = before + 1
        return total[0]

    @app.post("/add")
    async def add() -> int:
        if not lock:
            return await added()
        async with lock:
            return await added()

    return app


@pytest.mark.parametrize(("locked", "totals"), [(True, [1, 2, 3]), (False, [1, 1, 1])])
async def test_a_race_shows_in_the_replies(run: Any, ask: Asked, locked: bool, totals: list[int]) -> None:
    """All are under way, as far as they may be, when the first is let through; the caller judges what comes of it."""
    pod = await run(adding(ask, asyncio.Lock() if locked else None))
    requests = [pod.api.post("/add") for _ in range(3)]
    replies = await rendezvous.held_race(pod.upstreams, requests, pod.health)
    assert sorted(reply.json().value for reply in replies) == totals


# --- background work


def notifying(how: str, ask: Asked) -> FastAPI:
    """Accepts something, and tells the catalogue."""
    app = FastAPI()
    tasks = set()

    @app.post("/accept", status_code=202)
    async def accept(background: BackgroundTasks) -> None:
        match how:
            case "task":
                tasks.add(asyncio.create_task(ask()))
            case "after the response":
                background.add_task(ask)
            case "before the response":
                await ask()

    return app


@pytest.mark.parametrize("how", ["task", "after the response"])
async def test_work_in_the_background_delays_no_answer(run: Any, ask: Asked, how: str) -> None:
    """The client has its answer while the call is held."""
    pod = await run(notifying(how, ask))
    assert (await rendezvous.works_in_background(pod.upstreams, pod.api.post("/accept"))).status == 202


@pytest.mark.parametrize(
    ("how", "calls", "words"),
    [
        ("before the response", 1, "no answer while this is held"),
        ("never", 0, "the call to the upstream is made, got 0 came"),
    ],
)
async def test_work_in_the_foreground_or_none_is_missed(run: Any, ask: Asked, how: str, calls: int, words: str) -> None:
    """The answer waits for it, or it does not happen."""
    pod = await run(notifying(how, ask))
    pod.sleeps_after(calls)
    with pytest.raises(Missed, match=words):
        await rendezvous.works_in_background(pod.upstreams, pod.api.post("/accept"))


# --- streams


def streaming(port: int, *, at_once: bool) -> FastAPI:
    """Passes on what the catalogue streams; or all of it in the end."""
    app = FastAPI()

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            async with opened(port, "live") as reader:
                whole = b""
                while data := await reader.read(100):
                    whole += data
                    if at_once:
                        yield data
                if not at_once:
                    yield whole

        return StreamingResponse(parts())

    return app


async def flushed(pod: Pod) -> None:
    gate = await pod.upstreams.gate()
    await pod.upstreams["catalog"].on("GET", "/items/live", script.stream(b"first", gate.name, b"second"))
    await rendezvous.flushes(pod.api, Sent("GET", "/stream"), gate, b"first", b"second")


async def test_a_stream_is_passed_on(run: Any, ports: list[int]) -> None:
    """The first part is there before the second exists."""
    await flushed(await run(streaming(ports[0], at_once=True)))


async def test_a_stream_that_is_collected_is_missed(run: Any, ports: list[int]) -> None:
    """Its first part comes with the last; the exchange is in the evidence all the same."""
    pod = await run(streaming(ports[0], at_once=False))
    pod.sleeps_after(1)
    with pytest.raises(Missed, match="no answer before the gate is opened"):
        await flushed(pod)
    assert pod.api.recording.last.url.endswith("/stream")


# --- clients that leave


def leaving(ask: Asked, *, watches: bool) -> FastAPI:
    """Gives its call up when the client has gone; or goes on for nobody."""
    app = FastAPI()

    @app.get("/page")
    async def page(request: Request) -> None:
        call = asyncio.create_task(ask())
        while watches and not call.done():
            await asyncio.wait([call], timeout=0.01)
            if await request.is_disconnected():
                call.cancel()
        await asyncio.wait([call])

    return app


async def test_a_call_is_given_up_with_its_client(run: Any, ask: Asked) -> None:
    """It is closed while it is held."""
    pod = await run(leaving(ask, watches=True))
    await rendezvous.disconnect_is_passed_on(pod.upstreams, pod.api.get("/page"))
    assert [call.given_up for call in pod.upstreams.calls] == [True]


async def test_a_call_for_nobody_is_missed(run: Any, ask: Asked) -> None:
    """It waits on."""
    pod = await run(leaving(ask, watches=False))
    pod.sleeps_after(1)
    with pytest.raises(Missed, match="given up when the client has gone, got 1 held"):
        await rendezvous.disconnect_is_passed_on(pod.upstreams, pod.api.get("/page"))
