"""Applications that are killed, and what the next process makes of what was left."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from grader.harness import Call, Upstreams
from grader.harness.mismatch import DeadlinePassed, Mismatch
from grader.harness.probes.crashes import crash, resumes_after_crash
from grader.harness.probes.eventually import all_come
from grader.harness.upstream import script

pytestmark = pytest.mark.anyio


class Played:
    """An application whose each start makes calls for what it finds; stands in for `Lifecycle`.

    Attributes:
        did: what was done to it, in order.
        finds: what a start takes up.
        starts: whether it starts at all.
    """

    def __init__(self, ask: Callable[[str], Awaitable[object]]) -> None:
        self.did: list[str] = []
        self.finds: list[str] = []
        self.starts = True
        self._ask = ask
        self._calls: set[asyncio.Task[None]] = set()

    async def kill(self) -> None:
        self.did.append("kill")

    async def start(self) -> None:
        self.did.append("start")
        if not self.starts:
            raise Mismatch("the application starts again", "its process ended (status 1)")
        task = asyncio.create_task(self._take_up())
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def _take_up(self) -> None:
        for item in self.finds:
            await self._ask(item)


@pytest.fixture
async def played(upstreams: Upstreams, ports: list[int]) -> Played:
    await upstreams["catalog"].on("GET", "/items/{id}", script.answer({}))

    async def ask(item: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", ports[0])
        writer.write(f"GET /items/{item} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
        await reader.read()
        writer.close()

    return Played(ask)


def item(call: Call) -> str:
    return call.path.rpartition("/")[2]


async def test_what_was_pending_is_taken_up(played: Played, upstreams: Upstreams) -> None:
    """In any order, and more often than once."""
    played.finds = ["b", "a", "b"]
    calls = await resumes_after_crash(played, upstreams, ["a", "b"], item, seconds=60)  # type: ignore[arg-type]
    assert {item(call) for call in calls} == {"a", "b"}
    assert played.did == ["kill", "start"]


async def test_what_came_before_the_crash_counts_for_nothing(played: Played, upstreams: Upstreams) -> None:
    """The process that made the call never heard the answer."""
    played.finds = ["a", "b"]
    await played.start()
    await all_come(upstreams, ["a", "b"], item, "both come", seconds=60)
    played.finds = ["a"]
    with pytest.raises(DeadlinePassed, match=r"after SIGKILL and start, got after 0\.2 s 1 of 2 have not come: b"):
        await resumes_after_crash(played, upstreams, ["a", "b"], item, seconds=0.2)  # type: ignore[arg-type]


async def test_several_crashes_in_a_row(played: Played, upstreams: Upstreams) -> None:
    """Only what the last process does counts."""
    played.finds = ["a"]
    await resumes_after_crash(played, upstreams, ["a"], item, times=3)  # type: ignore[arg-type]
    assert played.did == ["kill", "start"] * 3


async def test_who_does_not_start_again_fails(played: Played) -> None:
    """As the lifecycle says it."""
    played.starts = False
    with pytest.raises(Mismatch, match="its process ended"):
        await crash(played)  # type: ignore[arg-type]
