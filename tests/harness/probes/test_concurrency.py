import asyncio
from collections.abc import Callable

import httpx
import pytest
from fastapi import FastAPI, HTTPException

from grader.harness import Api, Json, Mismatch, Reply, Request
from grader.harness.probes.concurrency import all_answered, all_different, exactly_one, rounds, together
from grader.verdicts import Exchange

pytestmark = pytest.mark.anyio

Serve = Callable[[FastAPI], Api]


def registry(*, atomic: bool) -> FastAPI:
    """Registers each name once; without `atomic`, all that look while another one is between look and write win."""
    app = FastAPI()
    taken: set[str] = set()
    looked: dict[str, asyncio.Barrier] = {}

    @app.post("/names/{name}", status_code=201)
    async def register(name: str) -> None:
        if name in taken:
            raise HTTPException(409, "taken")
        if not atomic:
            await looked.setdefault(name, asyncio.Barrier(4)).wait()
        taken.add(name)

    return app


def four(number: int) -> list[Request]:
    return [Request("POST", f"/names/round-{number}")] * 4


def one_winner(replies: list[Reply]) -> None:
    exactly_one(replies, 201, 409)


async def test_an_invariant_that_holds_in_every_round_passes(serve: Serve) -> None:
    """The replies of each round come back."""
    answered = await rounds(serve(registry(atomic=True)), four, one_winner, count=3)
    assert [sorted(reply.status for reply in replies) for replies in answered] == [[201, 409, 409, 409]] * 3


async def test_a_race_breaks_the_invariant(serve: Serve) -> None:
    """The four requests are in the application at the same time; the mismatch says what was seen, and when."""
    with pytest.raises(Mismatch) as caught:
        await rounds(serve(registry(atomic=False)), four, one_winner, count=3)
    assert (caught.value.expected, caught.value.got, caught.value.case) == (
        "exactly one of 4 answers 201, the others 409",
        "4 of 4 answered 201",
        "round 1 of 3",
    )
    assert caught.value.exchange is not None


async def test_one_request_is_not_concurrent(serve: Serve) -> None:
    """A burst of one would prove nothing, so it is the grader's fault."""
    with pytest.raises(ValueError, match="at least two"):
        await together(serve(FastAPI()), four(1)[:1])


def replies_of(*statuses: int) -> list[Reply]:
    return [
        Reply(status, httpx.Headers(), b"", Exchange(method="POST", url=f"/{number}", status=status))
        for number, status in enumerate(statuses)
    ]


def test_exactly_one_gives_the_winner() -> None:
    """The others may have any of the statuses that were named."""
    replies = replies_of(409, 201, 429)
    assert exactly_one(replies, 201, (409, 429)) is replies[1]


@pytest.mark.parametrize(
    ("statuses", "got", "shown"),
    [
        pytest.param((201, 409, 201), "2 of 3 answered 201, 1 answered 409", 2, id="two-winners"),
        pytest.param((409, 409, 409), "3 of 3 answered 409", 0, id="no-winner"),
        pytest.param((409, 201, 500), "1 of 3 answered 201, 1 answered 409, 1 answered 500", 2, id="a-stranger"),
    ],
)
def test_exactly_one_says_what_was_seen(statuses: tuple[int, ...], got: str, shown: int) -> None:
    """The mismatch counts the answers and shows the one that is wrong."""
    replies = replies_of(*statuses)
    with pytest.raises(Mismatch) as caught:
        exactly_one(replies, 201, 409)
    assert caught.value.got == got
    assert caught.value.exchange is replies[shown].exchange


def test_all_answered_says_what_was_seen() -> None:
    """The mismatch counts the answers and shows the first that is wrong."""
    replies = replies_of(201, 500, 201)
    with pytest.raises(Mismatch) as caught:
        all_answered(replies, 201)
    assert (caught.value.expected, caught.value.got) == ("all 3 answers 201", "2 of 3 answered 201, 1 answered 500")
    assert caught.value.exchange is replies[1].exchange
    assert all_answered(replies, 201, 500) == replies


def test_values_that_differ_in_type_are_different() -> None:
    """1, "1", true and 1.5 are four values."""
    all_different([Json(1), Json("1"), Json(True), Json(1.5), 2, "2"], "ids")


def test_values_that_repeat_are_counted() -> None:
    """The mismatch says how many differ and which repeats, and shows where."""
    exchange = Exchange(method="POST", url="/")
    with pytest.raises(Mismatch) as caught:
        all_different([Json(7), Json({"a": [1]}), Json(7, exchange)], "ids")
    assert (caught.value.expected, caught.value.got) == ("3 different ids", "2 different ids of 3: 7 repeats")
    assert caught.value.exchange is exchange
