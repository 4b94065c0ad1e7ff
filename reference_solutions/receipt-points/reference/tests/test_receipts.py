"""The contract, as a client sees it."""

import asyncio
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.anyio


def item(description: str = "Milk", price: str = "1.01") -> dict[str, str]:
    return {"shortDescription": description, "price": price}


def receipt(**members: Any) -> dict[str, Any]:
    """Return a receipt that is worth nothing: no letter, cents, one short item, an even day, a morning."""
    plain = {"retailer": "&", "purchaseDate": "2022-01-02", "purchaseTime": "08:13", "items": [item()], "total": "1.01"}
    return {**plain, **members}


async def score(client: httpx.AsyncClient, body: dict[str, Any]) -> int:
    response = await client.post("/receipts/process", json=body)
    assert response.status_code == 200
    found: int = (await client.get(f"/receipts/{response.json()['id']}/points")).json()["points"]
    return found


@pytest.mark.parametrize(
    ("members", "points"),
    [
        pytest.param({}, 0, id="nothing"),
        pytest.param({"retailer": "M&M_Corner - 24"}, 10, id="letters and digits"),
        pytest.param({"total": "7.00"}, 75, id="no cents"),
        pytest.param({"total": "0.00"}, 75, id="zero"),
        pytest.param({"total": "7.75"}, 25, id="quarters"),
        pytest.param({"items": [item()] * 5}, 10, id="two pairs"),
        pytest.param({"items": [item("   abc ", "12.25")]}, 3, id="trimmed and rounded up"),
        pytest.param({"items": [item("abc", "5.00")]}, 1, id="whole already"),
        pytest.param({"purchaseDate": "2022-02-03"}, 6, id="odd day"),
        pytest.param({"purchaseTime": "14:00"}, 0, id="at two"),
        pytest.param({"purchaseTime": "14:01"}, 10, id="after two"),
        pytest.param({"purchaseTime": "15:59"}, 10, id="before four"),
        pytest.param({"purchaseTime": "16:00"}, 0, id="at four"),
    ],
)
async def test_each_rule_counts_for_itself(client: httpx.AsyncClient, members: dict[str, Any], points: int) -> None:
    assert await score(client, receipt(**members)) == points


async def test_the_worked_examples(client: httpx.AsyncClient) -> None:
    items = [
        item("Mountain Dew 12PK", "6.49"),
        item("Emils Cheese Pizza", "12.25"),
        item("Knorr Creamy Chicken", "1.26"),
        item("Doritos Nacho Cheese", "3.35"),
        item("   Klarbrunn 12-PK 12 FL OZ  ", "12.00"),
    ]
    target = {"retailer": "Target", "purchaseDate": "2022-01-01", "purchaseTime": "13:01"}
    assert await score(client, {**target, "items": items, "total": "35.35"}) == 28
    corner = {"retailer": "M&M Corner Market", "purchaseDate": "2022-03-20", "purchaseTime": "14:33"}
    assert await score(client, {**corner, "items": [item("Gatorade", "2.25")] * 4, "total": "9.00"}) == 109


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({"retailer": ""}, id="empty"),
        pytest.param({"retailer": "Shop!"}, id="character"),
        pytest.param({"retailer": None}, id="null"),
        pytest.param({"items": []}, id="no items"),
        pytest.param({"items": [item(price="-1.00")]}, id="sign"),
        pytest.param({"items": [item("M&M")]}, id="ampersand in a description"),
        pytest.param({"total": "6.4"}, id="one decimal"),
        pytest.param({"total": "6.49\n"}, id="line break"),
        pytest.param({"purchaseDate": "2022-02-30"}, id="30 February"),
        pytest.param({"purchaseDate": "2022-01-01T00:00:00"}, id="date with a time"),
        pytest.param({"purchaseDate": "20220101"}, id="basic form"),
        pytest.param({"purchaseTime": "24:00"}, id="24:00"),
        pytest.param({"purchaseTime": "1:05"}, id="one digit"),
    ],
)
async def test_what_is_invalid_is_refused_with_400(client: httpx.AsyncClient, members: dict[str, Any]) -> None:
    response = await client.post("/receipts/process", json=receipt(**members))
    assert (response.status_code, "detail" in response.json()) == (400, True)


@pytest.mark.parametrize("content", ["{", "", "[]", "null", '"receipt"'])
async def test_what_is_no_object_is_refused_with_400(client: httpx.AsyncClient, content: str) -> None:
    headers = {"Content-Type": "application/json"}
    assert (await client.post("/receipts/process", content=content, headers=headers)).status_code == 400


async def test_forty_at_once_have_forty_ids(client: httpx.AsyncClient) -> None:
    bodies = [receipt(retailer="a" * number) for number in range(1, 41)]
    answers = await asyncio.gather(*(client.post("/receipts/process", json=body) for body in bodies))
    ids = [answer.json()["id"] for answer in answers]
    assert len(set(ids)) == 40
    assert [(await client.get(f"/receipts/{one}/points")).json()["points"] for one in ids] == list(range(1, 41))


async def test_an_unknown_id_is_not_found(client: httpx.AsyncClient) -> None:
    assert (await client.get("/receipts/nope/points")).status_code == 404
    assert (await client.get("/health")).status_code == 200
