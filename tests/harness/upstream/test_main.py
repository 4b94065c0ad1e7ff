"""The process takes commands in order, and says what became of each."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from grader.harness.line import Line
from grader.harness.upstream.__main__ import play

pytestmark = pytest.mark.anyio


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    """To a process that is none."""
    here, there = socket.socketpair()
    with here, there:
        playing = asyncio.create_task(play(there))
        line = await Line.open(here)
        yield line
        await line.close()
        here.close()
        async with asyncio.timeout(60):
            await playing


async def done(line: Line, do: str, **details: Any) -> str:
    """What the process says of a command."""
    line.send({"do": do, "id": 7, **details})
    async with asyncio.timeout(60):
        while message := await line.receive():
            if message["event"] == "done":
                assert message["id"] == 7
                return str(message["problem"])
    pytest.fail("it has ended")


@pytest.mark.parametrize(
    ("do", "details"),
    [
        ("sync", {}),
        ("reset", {}),
        ("rest", {}),
        ("tag", {"header": "x"}),
        ("bind", {"ports": {}}),
        ("gate", {"name": "g", "catches": [], "need": 0}),
        ("route", {"upstream": "catalog", "method": "GET", "path": "/", "scripts": [[["end"]]]}),
    ],
)
async def test_what_is_done_has_no_problem(line: Line, do: str, details: dict[str, Any]) -> None:
    """The answer is empty."""
    assert await done(line, do, **details) == ""


@pytest.mark.parametrize(
    ("do", "details", "problem"),
    [
        ("dance", {}, "dance: ValueError: no such command"),
        ("open", {"name": "nobody"}, "open: KeyError: 'nobody'"),
        ("open", {}, "open: TypeError"),
        ("down", {"name": "nobody"}, "down: KeyError: 'nobody'"),
        ("bind", {"ports": {"catalog": 70_000}}, "bind: OverflowError"),
        (
            "route",
            {"upstream": "c", "method": "GET", "path": "/", "scripts": [[["computed", "/nowhere.py", "it", []]]]},
            "route: FileNotFoundError",
        ),
    ],
)
async def test_what_cannot_be_done_is_said_and_harms_nothing(
    line: Line, do: str, details: dict[str, Any], problem: str
) -> None:
    """It lives on."""
    assert (await done(line, do, **details)).startswith(problem)
    assert await done(line, "sync") == ""


async def test_commands_are_done_in_their_order(line: Line) -> None:
    """Whoever sends two need not wait for the first."""
    for number, do in enumerate(("sync", "dance", "sync")):
        line.send({"do": do, "id": number})
    answers = [await line.receive() for _ in range(3)]
    assert [(answer["id"], bool(answer["problem"])) for answer in answers if answer] == [(0, 0), (1, 1), (2, 0)]
