"""How the candidate calls its upstreams: counted, and held against what was asked for."""

import asyncio
import contextlib
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, HTTPException

from grader.harness import Api, Mismatch, Reply, Upstreams
from grader.harness.mismatch import DeadlinePassed
from grader.harness.probes.calling import at_once, attempts, in_order, on_their_clock, pools, times_out
from grader.harness.upstream import script
from grader.verdicts import Exchange

pytestmark = pytest.mark.anyio

PAGES = 6


def reply(status: int = 200) -> Reply:
    """An answer of the application."""
    return Reply(status, httpx.Headers(), b"", Exchange(method="GET", url="/"))


# --- pools


def shop(
    connections: dict[str, HTTPConnection], *, keeps: bool, tries: int = 1, seconds: float | None = None
) -> FastAPI:
    """Asks each upstream, so often, until it answers 200; within a time limit or without."""
    app = FastAPI()

    @app.get("/page")
    def page() -> None:
        for connection in connections.values():
            connection.timeout = seconds
            statuses = [status(connection, keeps) for _ in range(tries)]
            if 200 not in statuses:
                raise HTTPException(502)

    return app


def status(connection: HTTPConnection, keeps: bool) -> int:
    try:
        connection.request("GET", "/a")
        with connection.getresponse() as answer:
            answer.read()
            return answer.status
    except TimeoutError:
        raise HTTPException(504) from None
    finally:
        if not keeps:
            connection.close()


@pytest.fixture
def connections(ports: list[int]) -> Iterator[dict[str, HTTPConnection]]:
    """The application's connections: closed in the end, whatever it does."""
    opened = {
        name: HTTPConnection("127.0.0.1", port) for name, port in zip(("catalog", "pricing"), ports, strict=False)
    }
    with contextlib.ExitStack() as stack:
        for connection in opened.values():
            stack.callback(connection.close)
        yield opened


@pytest.fixture
async def routed(upstreams: Upstreams) -> Upstreams:
    """Both upstreams, with an answer."""
    for upstream in upstreams.values():
        await upstream.on("GET", "/a", script.answer({}))
    return upstreams


def pages(api: Api) -> list[Any]:
    return [lambda: api.get("/page")] * PAGES


async def test_kept_connections_are_pooled(serve: Any, connections: Any, routed: Upstreams) -> None:
    """One to each upstream, however often it is asked."""
    await pools(routed, pages(serve(shop(connections, keeps=True))), 1)
    assert [upstream.accepts for upstream in routed.values()] == [1, 1]


async def test_a_connection_for_each_call_is_not(serve: Any, connections: Any, routed: Upstreams) -> None:
    """It says how many there were, of how many requests."""
    api = serve(shop(connections, keeps=False))
    with pytest.raises(Mismatch) as caught:
        await pools(routed, pages(api), PAGES - 1)
    assert caught.value.expected == "at most 5 connections to catalog for 6 requests in a row"
    assert caught.value.got == "6 connections were opened"
    assert caught.value.exchange is not None
    await pools(routed, pages(api), 2 * PAGES)


async def test_what_is_not_answered_well_says_nothing_of_pools(
    serve: Any, connections: Any, upstreams: Upstreams
) -> None:
    """Each request must have the status that it is expected to have."""
    api = serve(shop(connections, keeps=True))
    with pytest.raises(Mismatch, match="status 200"):
        await pools(upstreams, pages(api), 10)
    await pools(upstreams, pages(api), 10, 502)


# --- attempts


@pytest.mark.parametrize("tries", [1, 2, 3])
async def test_attempts_are_counted(serve: Any, connections: Any, routed: Upstreams, tries: int) -> None:
    """Exactly so many: one too few is as wrong as one too many."""
    seen = await serve(shop(connections, keeps=True, tries=tries)).get("/page")
    catalog = routed["catalog"]
    assert [call.attempt for call in await attempts(routed, catalog, "/a", tries, seen)] == list(range(1, tries + 1))
    for wanted, words in ((tries - 1, f"{tries} came: catalog GET /a"), (tries + 1, f"{tries} came")):
        with pytest.raises(Mismatch, match=words) as caught:
            await attempts(routed, catalog, "/a", wanted, seen)
        assert caught.value.expected == "catalog is asked " + ("once" if wanted == 1 else f"{wanted} times")
        assert caught.value.exchange == seen.exchange


# --- time limits


async def test_an_upstream_that_is_too_slow_times_out(serve: Any, connections: Any, routed: Upstreams) -> None:
    """The application's own limit ends it; nobody here has one."""
    await routed["catalog"].on("GET", "/a", script.no_answer())
    api = serve(shop(connections, keeps=False, seconds=0.05))
    assert (await times_out(api.get("/page"), 504, expected="504 after 0.05 s")).status == 504


async def test_another_answer_rests_on_the_clock(serve: Any, connections: Any, routed: Upstreams) -> None:
    """It counts only if the machine had time: it is a deadline, with the time in which it ran, and the exchange."""
    api = serve(shop(connections, keeps=True))
    assert routed
    with pytest.raises(DeadlinePassed) as caught:
        await times_out(api.get("/page"), 504, expected="504, since the limit is exceeded")
    assert (caught.value.expected, caught.value.got) == ("504, since the limit is exceeded", "status 200")
    assert caught.value.since <= caught.value.until
    assert caught.value.exchange is not None


async def passed_by() -> Reply:
    raise DeadlinePassed("a whole HTTP response", "none within 30 s", since=1.0, until=2.0)


async def test_no_answer_is_told_as_the_rule(serve: Any) -> None:
    """In the words of the rule, with the times of the request."""
    assert serve
    with pytest.raises(DeadlinePassed) as caught:
        await times_out(passed_by(), 504, expected="504 in time")
    assert (caught.value.expected, caught.value.got) == ("504 in time", "none within 30 s")
    assert (caught.value.since, caught.value.until) == (1.0, 2.0)


async def test_what_is_judged_on_their_clock_is_a_deadline() -> None:
    """Any mismatch becomes one; what is one stays as it is, and what is no mismatch as well."""

    async def wrong() -> None:
        raise reply(502).mismatch("status 504", "status 502")

    async def broken() -> None:
        raise ZeroDivisionError

    async def late() -> None:
        await passed_by()

    async def right() -> None:
        pass

    with pytest.raises(DeadlinePassed, match="expected status 504, got status 502") as caught:
        await on_their_clock(wrong())
    assert caught.value.exchange == reply(502).exchange
    with pytest.raises(DeadlinePassed, match="none within 30 s") as caught:
        await on_their_clock(late())
    assert caught.value.since == 1.0
    with pytest.raises(ZeroDivisionError):
        await on_their_clock(broken())
    await on_their_clock(right())


# --- cases


async def test_cases_are_tried_at_the_same_time() -> None:
    """Each waits for the other here; what fails is told under its name."""
    barrier = asyncio.Barrier(2)

    async def fails() -> None:
        await barrier.wait()
        raise Mismatch("this", "that")

    async with asyncio.timeout(60):
        tally = await at_once({"good": barrier.wait(), "bad": fails()})
    assert (tally.passed, [name for name, _ in tally.failures]) == (1, ["bad"])


async def test_what_is_no_mismatch_is_no_case() -> None:
    """It is the grader's own fault, whatever else failed."""

    async def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await at_once({"broken": broken()})


# --- order


@pytest.mark.parametrize("came", ["abc", "aabbc", "abacbc"])
def test_an_order_is_that_of_first_attempts(came: str) -> None:
    """Whatever is tried again counts where it came first."""
    calls: Any = list(came)
    in_order(calls, "abc", lambda call: call, "events")


@pytest.mark.parametrize(("came", "shown"), [("acb", "a, c, b"), ("ab", "a, b"), ("abcd", "a, b, c, d"), ("", "none")])
def test_another_order_shows_both(came: str, shown: str) -> None:
    """One too few and one too many are other orders as well."""
    calls: Any = list(came)
    with pytest.raises(Mismatch) as caught:
        in_order(calls, "abc", lambda call: call, "events of one payment")
    assert (caught.value.expected, caught.value.got) == ("events of one payment come in this order: a, b, c", shown)
