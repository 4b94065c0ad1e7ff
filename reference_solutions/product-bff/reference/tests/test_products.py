"""Products, one and many, and what upstreams do to them."""

import asyncio
from typing import Any

import httpx
import pytest
from conftest import Upstreams

pytestmark = pytest.mark.anyio

UNRATED: dict[str, Any] = {"rating": None, "review_count": None, "degraded": ["reviews"]}


def product(product_id: str, **members: Any) -> dict[str, Any]:
    price = {"amount": "12.50", "currency": "EUR"}
    rated = {"rating": 4.5, "review_count": 12, "degraded": []}
    return {"id": product_id, "title": f"The {product_id}", "price": price, **rated, **members}


async def test_a_product_is_joined(client: httpx.AsyncClient, upstreams: Upstreams) -> None:
    response = await client.get("/products/desk")
    assert (response.status_code, response.json()) == (200, product("desk"))
    assert sorted(request.url.path for request in upstreams.requests) == [
        "/items/desk",
        "/prices/desk",
        "/reviews/desk",
    ]


async def test_the_three_calls_are_concurrent(client: httpx.AsyncClient, upstreams: Upstreams) -> None:
    upstreams.hold.clear()
    reading = asyncio.create_task(client.get("/products/desk"))
    await upstreams.are_in_flight(3)
    upstreams.hold.set()
    assert (await reading).status_code == 200


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([httpx.Response(500)], id="500"),
        pytest.param([httpx.Response(201, json={})], id="201"),
        pytest.param([httpx.Response(200, text="<html>")], id="no JSON"),
        pytest.param([httpx.Response(200, json={"id": "desk"})], id="lacks a member"),
        pytest.param([httpx.Response(200, json=[])], id="no object"),
        pytest.param([httpx.ConnectError("refused")], id="refused"),
        pytest.param([httpx.RemoteProtocolError("broke")], id="broken"),
        pytest.param([httpx.Response(503), httpx.Response(503)], id="503 twice"),
        pytest.param([httpx.Response(503), httpx.Response(500)], id="503, then 500"),
    ],
)
@pytest.mark.parametrize("name", ["catalog", "pricing", "reviews"])
@pytest.mark.parametrize("path", ["/products/desk", "/products?ids=desk,chair"])
async def test_a_bad_answer_is_502_or_degrades(
    client: httpx.AsyncClient, upstreams: Upstreams, name: str, path: str, answers: list[httpx.Response | Exception]
) -> None:
    upstreams.plan(name, "desk", *answers)
    response = await client.get(path)
    if name == "reviews":
        unrated = product("desk", **UNRATED)
        assert response.json() == (unrated if path == "/products/desk" else {"items": [unrated, product("chair")]})
    else:
        assert (response.status_code, "detail" in response.json()) == (502, True)
    assert upstreams.calls.count((name, "desk")) == len(answers)


@pytest.mark.parametrize("before", [[], [httpx.Response(503)]], ids=["at once", "after a 503"])
@pytest.mark.parametrize(("name", "status"), [("catalog", 504), ("pricing", 504), ("reviews", 200)])
async def test_no_answer_in_time_is_504_or_degrades(
    client: httpx.AsyncClient, upstreams: Upstreams, name: str, status: int, before: list[httpx.Response]
) -> None:
    upstreams.plan(name, "desk", *before, None)
    response = await client.get("/products/desk")
    assert response.status_code == status
    if name == "reviews":
        assert response.json() == product("desk", **UNRATED)


@pytest.mark.parametrize("name", ["catalog", "pricing", "reviews"])
async def test_a_503_is_asked_once_more(client: httpx.AsyncClient, upstreams: Upstreams, name: str) -> None:
    upstreams.plan(name, "desk", httpx.Response(503))
    assert (await client.get("/products/desk")).json() == product("desk")


@pytest.mark.parametrize("pricing", [httpx.Response(500), httpx.ConnectError("refused"), None])
async def test_the_catalog_has_the_last_word(
    client: httpx.AsyncClient, upstreams: Upstreams, pricing: httpx.Response | Exception | None
) -> None:
    # The catalog says so only the second time, when pricing has failed long since.
    upstreams.plan("catalog", "desk", httpx.Response(503), httpx.Response(404))
    upstreams.plan("pricing", "desk", pricing)
    assert (await client.get("/products/desk")).status_code == 404


async def test_a_list_keeps_the_order_and_leaves_out_what_is_unknown(
    client: httpx.AsyncClient, upstreams: Upstreams
) -> None:
    upstreams.plan("catalog", "chair", httpx.Response(404))
    upstreams.plan("reviews", "lamp", httpx.Response(500))
    response = await client.get("/products?ids=sofa,chair,lamp,desk")
    assert response.json() == {"items": [product("sofa"), product("lamp", **UNRATED), product("desk")]}


@pytest.mark.parametrize(
    ("query", "status"), [("", 422), ("?ids=" + "x," * 20 + "x", 422), ("?ids=x" + ",x" * 19, 200)]
)
async def test_a_list_has_bounds(client: httpx.AsyncClient, upstreams: Upstreams, query: str, status: int) -> None:
    assert (await client.get(f"/products{query}")).status_code == status
    assert len(upstreams.calls) == (60 if status == 200 else 0)


async def test_a_list_has_eight_calls_in_flight(client: httpx.AsyncClient, upstreams: Upstreams) -> None:
    ids = [f"p-{number}" for number in range(20)]
    upstreams.plan("reviews", "p-3", httpx.Response(503))
    upstreams.hold.clear()
    reading = asyncio.create_task(client.get("/products", params={"ids": ",".join(ids)}))
    await upstreams.are_in_flight(8)
    upstreams.hold.set()
    assert (await reading).json() == {"items": [product(product_id) for product_id in ids]}
    assert upstreams.most_in_flight == 8


async def test_nobody_waits_for_what_no_longer_matters(client: httpx.AsyncClient, upstreams: Upstreams) -> None:
    upstreams.plan("catalog", "desk", httpx.Response(404))
    upstreams.hold.clear()
    reading = asyncio.create_task(client.get("/products/desk"))
    await upstreams.are_in_flight(3)
    upstreams.plan("pricing", "desk", None)
    upstreams.plan("reviews", "desk", None)
    upstreams.hold.set()
    assert (await reading).status_code == 404
    assert upstreams.in_flight == 2


async def test_a_list_that_has_failed_begins_nothing_new(client: httpx.AsyncClient, upstreams: Upstreams) -> None:
    ids = [f"p-{number}" for number in range(20)]
    upstreams.plan("catalog", "p-0", httpx.Response(500))
    for product_id in ids[1:]:
        for name in ("catalog", "pricing", "reviews"):
            upstreams.plan(name, product_id, None)
    assert (await client.get("/products", params={"ids": ",".join(ids)})).status_code == 502
    await asyncio.sleep(0.5)  # all that hangs has run out of time
    assert upstreams.in_flight == 0
    assert len(upstreams.calls) < 20  # of 60


async def test_an_id_stays_in_its_place(client: httpx.AsyncClient, upstreams: Upstreams) -> None:
    await client.get("/products", params={"ids": "..,a/b,c?d"})
    assert {request.url.raw_path for request in upstreams.requests if request.url.host == "catalog"} == {
        b"/items/%2E%2E",
        b"/items/a%2Fb",
        b"/items/c%3Fd",
    }
