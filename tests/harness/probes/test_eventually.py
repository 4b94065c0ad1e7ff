"""Calls that come in the end, and calls that do not."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from grader.harness import Call, Upstreams
from grader.harness.mismatch import DeadlinePassed
from grader.harness.probes.eventually import all_come, come
from grader.harness.upstream import script

pytestmark = pytest.mark.anyio

Asked = Callable[[str], Awaitable[bytes]]


@pytest.fixture
async def ask(upstreams: Upstreams, ports: list[int]) -> Asked:
    """Asks the catalogue for an item."""
    await upstreams["catalog"].on("GET", "/items/{id}", script.answer({}))

    async def asked(item: str) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", ports[0])
        writer.write(f"GET /items/{item} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()
        return answer

    return asked


def item(call: Call) -> str:
    return call.path.rpartition("/")[2]


async def test_who_waits_is_told_as_soon_as_it_is_so(upstreams: Upstreams, ask: Asked) -> None:
    """And gets all that has come."""
    waiting = asyncio.create_task(come(upstreams, lambda calls: len(calls) == 2, "two come", seconds=60))
    await ask("a")
    await ask("b")
    assert [item(call) for call in await waiting] == ["a", "b"]


async def test_what_does_not_come_fails_by_the_clock(upstreams: Upstreams, ask: Asked) -> None:
    """With what came instead; so it counts only where the machine had time."""
    await ask("a")
    with pytest.raises(DeadlinePassed, match=r"two come, got after 0\.05 s 1 came: catalog GET /items/a") as caught:
        await come(upstreams, lambda calls: len(calls) == 2, "two come", seconds=0.05)
    assert caught.value.until - caught.value.since >= 0.05


async def test_each_key_has_to_come(upstreams: Upstreams, ask: Asked) -> None:
    """In any order, beside others, and as often as it likes."""
    waiting = asyncio.create_task(all_come(upstreams, ["a", "b"], item, "both come", seconds=60))
    for each in ("b", "x", "b", "a"):
        await ask(each)
    assert [item(call) for call in await waiting] == ["b", "x", "b", "a"]


async def test_only_what_comes_after_a_call_counts(upstreams: Upstreams, ask: Asked) -> None:
    """As after a crash: what the upstream got before was for nothing."""
    await ask("a")
    await ask("b")
    last = (await upstreams.settled())[-1].number
    await ask("a")
    with pytest.raises(DeadlinePassed, match=r"both come, got after 0\.05 s 1 of 2 have not come: b"):
        await all_come(upstreams, ["a", "b"], item, "both come", after=last, seconds=0.05)
    await ask("b")
    assert [item(call) for call in await all_come(upstreams, ["a", "b"], item, "both come", after=last)] == ["a", "b"]
