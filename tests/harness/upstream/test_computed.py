"""Answers that a function of the pack computes."""

import json
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.harness.upstream.computed import Request, compute, function

pytestmark = pytest.mark.anyio

REQUEST = Request("GET", "/", {}, {}, {}, b"", 1)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], str]:
    """Write a file of a pack."""

    def written(source: str) -> str:
        path = tmp_path / "prices.py"
        path.write_text(textwrap.dedent(source))
        return str(path)

    return written


async def test_it_is_told_all_of_the_call(stand: Any, connect: Any, write: Callable[[str], str]) -> None:
    """Path, variables, query, headers, body, how often it was asked, and the pack's own arguments."""
    source = """
        def shown(request, *arguments):
            return 201, [request.method, request.path, request.variables, request.query, request.headers["x-a"],
                         request.json(), request.attempt, arguments]
    """
    stand.route("/items/{id}/{part}", [["computed", write(source), "shown", [1, "two"]]], method="PUT")
    caller = await connect()
    for attempt in (1, 2):
        target = "/items/caf%C3%A9/x?q=1&q=2&empty="
        got = await caller.ask(target, method="PUT", body=b'{"n": 1}', headers="X-A: one\n")
        assert got.status == 201
        assert json.loads(got.body) == [
            *["PUT", "/items/café/x", {"id": "café", "part": "x"}, {"q": "2", "empty": ""}, "one"],
            *[{"n": 1}, attempt, [1, "two"]],
        ]


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("def it(request): raise KeyError('id')", id="raises"),
        pytest.param("def it(): return 1", id="takes no request"),
        pytest.param("def it(request): return object()", id="no JSON"),
        pytest.param("async def it(request): return 1", id="coroutine", marks=pytest.mark.filterwarnings("ignore")),
        pytest.param("def it(request): return 'many', {}", id="no status"),
    ],
)
async def test_a_function_that_fails_is_told(
    stand: Any, connect: Any, write: Callable[[str], str], source: str
) -> None:
    """The caller does not hang, and nobody takes it for the candidate's fault."""
    stand.route("/items/a", [["computed", write(source), "it", []]])
    caller = await connect()
    await caller.call("/items/a")
    with pytest.raises(ConnectionResetError):
        await caller.rest()
    assert stand.told("failed")[0]["problem"].startswith("catalog GET /items/a: ")


@pytest.mark.parametrize(
    ("source", "error"),
    [
        pytest.param("", AttributeError, id="no such function"),
        pytest.param("1 +", SyntaxError, id="no Python"),
        pytest.param("raise OSError", OSError, id="raises"),
    ],
)
async def test_a_function_that_cannot_be_had_is_known_before_any_call(
    stand: Any, write: Callable[[str], str], source: str, error: type[Exception]
) -> None:
    """The route is refused, and so no candidate waits for a file to be loaded."""
    with pytest.raises(error):
        stand.route("/items/a", [["computed", write(source), "it", []]])


def test_a_file_is_loaded_once(write: Callable[[str], str]) -> None:
    """Its functions share what stands at its top; dataclasses in it find their module."""
    file = write(
        """
        from __future__ import annotations
        from dataclasses import dataclass

        seen = []

        @dataclass
        class Price:
            amount: str

        def one(request):
            seen.append(1)
            return Price("1").amount

        def two(request):
            return seen
        """
    )
    assert compute(file, "one", [], REQUEST) == (200, b'"1"')
    assert compute(file, "two", [], REQUEST) == (200, b"[1]")


def test_what_is_no_file_of_python_is_said(tmp_path: Path) -> None:
    """A wrong name is the pack's fault."""
    with pytest.raises(ImportError):
        function(str(tmp_path / "prices.txt"), "it")
