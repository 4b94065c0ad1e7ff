from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI, HTTPException, Response
from fastapi.responses import JSONResponse

from grader.harness import Api, Mismatch, Request
from grader.harness.contract import Contract
from grader.harness.probes.parameters import HUGE, bad_paths, huge_integers
from grader.harness.probes.status import expect_each, never_5xx, refused, send

pytestmark = pytest.mark.anyio

Serve = Callable[[FastAPI], Api]


def directory() -> FastAPI:
    app = FastAPI()

    @app.delete("/users/{user_id}", status_code=204)
    def delete(user_id: int) -> None:
        if user_id != 1:
            raise HTTPException(404, "no such user")

    @app.get("/users")
    def page(offset: int = 0) -> dict[str, int]:
        return {"offset": offset}

    @app.post("/users")
    def create(body: dict[str, Any]) -> Response:
        return JSONResponse(body, status_code=409)

    @app.get("/64-bits/{number}")
    def fits(number: int) -> str:
        return number.to_bytes(8, signed=True).hex()

    return app


async def test_a_request_is_sent_as_it_is_written_down(serve: Serve) -> None:
    """Method, path, query, body and headers arrive."""
    api = serve(directory())
    page = await send(api, Request("GET", "/users", params={"offset": 7}))
    page.json()["offset"].equals(7)
    echo = await send(api, Request("POST", "/users", json={"a": None}))
    echo.json().equals({"a": None})
    raw = await send(api, Request("POST", "/users", content=b'{"b":1}', headers={"Content-Type": "application/json"}))
    raw.json().equals({"b": 1})


async def test_a_table_is_judged_row_by_row(serve: Serve) -> None:
    """A wrong status fails its row, and so does an error without `detail`; the others pass."""
    table: list[tuple[str, Request, int | tuple[int, ...]]] = [
        ("gone", Request("DELETE", "/users/1"), 204),
        ("unknown", Request("DELETE", "/users/2"), 404),
        ("one of two", Request("DELETE", "/users/abc"), (400, 422)),
        ("not offered", Request("PUT", "/users"), 405),
        ("wrong status", Request("DELETE", "/users/2"), 204),
        ("no detail", Request("POST", "/users", json={}), 409),
    ]
    tally = await expect_each(serve(directory()), table)
    assert tally.passed == 4
    assert [(name, seen.got[:25]) for name, seen in tally.failures if isinstance(seen, Mismatch)] == [
        ("wrong status", "status 404 Not Found with"),
        ("no detail", "only an empty object"),
    ]


async def test_tallies_can_be_gathered(serve: Serve, contract: Contract) -> None:
    """Several tables count into one tally."""
    api = serve(directory())
    tally = await expect_each(api, [("gone", Request("DELETE", "/users/1"), 204)])
    rows = [(name, Request("DELETE", path), 422) for name, path in bad_paths(contract, "DELETE /users/{id}")]
    assert await expect_each(api, rows, tally) is tally
    assert (tally.passed, tally.total) == (2, 2)


async def test_huge_integers_may_get_anything_but_a_5xx(serve: Serve, contract: Contract) -> None:
    """An application that takes any integer passes; one that needs 64 bits fails for each of the numbers."""
    api = serve(directory())
    requests = huge_integers(contract, "DELETE /users/{id}") + huge_integers(contract, "GET /users")
    sound = await never_5xx(api, requests)
    assert (sound.credit, sound.total) == (1, 3 * len(HUGE))
    narrow = [
        (name, replace(each, method="GET", path=each.path.replace("users", "64-bits"))) for name, each in requests[:5]
    ]
    flawed = await never_5xx(api, narrow)
    assert [name for name, _ in flawed.failures] == [name for name, _ in narrow]
    assert all(isinstance(seen, Mismatch) and seen.got == "status 500" for _, seen in flawed.failures)


async def test_a_refusal_is_judged_by_the_contract_too(serve: Serve, contract: Contract) -> None:
    """The status, the `detail` and the declared body all count."""
    api = serve(directory())
    reply = await api.post("/users", json={"detail": "taken"})
    assert refused(reply, 409, contract=contract, key="POST /users") is reply
    with pytest.raises(Mismatch, match="status 422"):
        refused(reply, 422, contract=contract, key="POST /users")
    with pytest.raises(Mismatch, match=r"DELETE /users/\{id\} to answer 204"):
        refused(reply, 409, contract=contract, key="DELETE /users/{id}")
