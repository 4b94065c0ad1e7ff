"""JSON lines over a socket pair."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from grader.harness.line import Line

pytestmark = pytest.mark.anyio


@pytest.fixture
def ends() -> Any:
    here, there = socket.socketpair()
    with here, there:
        yield here, there


@pytest.fixture
async def lines(ends: Any) -> AsyncIterator[list[Line]]:
    opened = [await Line.open(end) for end in ends]
    yield opened
    for line in opened:
        await line.close()


@pytest.mark.parametrize(
    "message",
    [
        pytest.param({"text": 'a\nb\u2028"\\'}, id="line feeds"),
        pytest.param({"body": bytes(range(256)).decode("latin-1")}, id="bytes"),
        pytest.param({"body": "x" * 5_000_000}, id="five megabytes"),
        pytest.param({}, id="nothing"),
    ],
)
async def test_a_message_comes_as_it_was_sent(lines: list[Line], message: dict[str, Any]) -> None:
    """However the kernel cuts it, and whatever stands in it."""
    lines[0].send(message)
    lines[0].send({"next": True})
    assert [await lines[1].receive(), await lines[1].receive()] == [message, {"next": True}]


async def test_a_closed_end_is_the_end(ends: Any, lines: list[Line]) -> None:
    """What was sent before comes; half a line does not."""
    lines[0].send({"last": 1})
    assert await lines[1].receive() == {"last": 1}
    ends[0].sendall(b'{"half":')
    await lines[0].close()
    ends[0].close()
    assert await lines[1].receive() is None


def test_an_end_outlives_the_loops_in_which_it_is_used(ends: Any) -> None:
    """Each check has a loop of its own, and the process stays."""

    async def say(number: int) -> None:
        line = await Line.open(ends[0])
        line.send({"number": number})
        await line.close()

    async def hear() -> list[Any]:
        line = await Line.open(ends[1])
        heard = [await line.receive() for _ in range(3)]
        await line.close()
        return heard

    for number in range(3):
        asyncio.run(say(number))
    assert asyncio.run(hear()) == [{"number": number} for number in range(3)]
