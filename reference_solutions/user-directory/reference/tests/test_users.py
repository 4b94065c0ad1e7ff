"""The contract, as a client sees it."""

import asyncio
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.anyio


def body(email: str = "ada@example.com", **changes: Any) -> dict[str, Any]:
    return {"email": email, "name": "Ada", "password": "long enough", **changes}


async def create(client: httpx.AsyncClient, email: str = "ada@example.com", **changes: Any) -> dict[str, Any]:
    response = await client.post("/users", json=body(email, **changes))
    assert response.status_code == 201
    user: dict[str, Any] = response.json()
    return user


async def test_create_answers_the_resource_and_where_it_is(client: httpx.AsyncClient) -> None:
    response = await client.post("/users", json=body("Ada@Example.com", name="  Ada  "))
    user = response.json()
    assert response.headers["Location"] == f"/users/{user['id']}"
    assert (user["email"], user["name"]) == ("ada@example.com", "Ada")
    assert set(user) == {"id", "email", "name", "created_at"}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"email": "ada"}, id="no address"),
        pytest.param({"name": ""}, id="no name"),
        pytest.param({"name": "x" * 101}, id="long name"),
        pytest.param({"password": "x" * 7}, id="short password"),
        pytest.param({"password": "x" * 129}, id="long password"),
        pytest.param({"admin": True}, id="unknown member"),
        pytest.param({"name": None}, id="null"),
    ],
)
async def test_invalid_bodies_are_refused(client: httpx.AsyncClient, changes: dict[str, Any]) -> None:
    user = await create(client, "grace@example.com")
    assert (await client.post("/users", json=body(**changes))).status_code == 422
    assert (await client.patch(f"/users/{user['id']}", json=changes)).status_code == 422


async def test_an_address_is_taken_in_any_case(client: httpx.AsyncClient) -> None:
    await create(client)
    other = await create(client, "grace@example.com")
    assert (await client.post("/users", json=body("ADA@example.com"))).status_code == 409
    assert (await client.patch(f"/users/{other['id']}", json={"email": "ADA@example.com"})).status_code == 409
    assert (await client.patch(f"/users/{other['id']}", json={"email": "GRACE@example.com"})).status_code == 200


async def test_of_ten_registrations_of_one_address_one_succeeds(client: httpx.AsyncClient) -> None:
    responses = await asyncio.gather(*(client.post("/users", json=body()) for _ in range(10)))
    assert sorted(response.status_code for response in responses) == [201] + [409] * 9


async def test_a_change_touches_what_was_sent_and_nothing_else(client: httpx.AsyncClient) -> None:
    user = await create(client)
    for changes in ({"name": "Countess"}, {}, {"password": "another long one"}, {"email": "c@example.com"}):
        user |= {name: value for name, value in changes.items() if name != "password"}
        response = await client.patch(f"/users/{user['id']}", json=changes)
        assert (response.status_code, response.json()) == (200, user)
        assert (await client.get(f"/users/{user['id']}")).json() == user


async def test_a_deleted_user_is_gone_and_the_id_is_not_reused(client: httpx.AsyncClient) -> None:
    user = await create(client)
    path = f"/users/{user['id']}"
    response = await client.delete(path)
    assert (response.status_code, response.content) == (204, b"")
    assert (await client.get(path)).status_code == 404
    assert (await client.patch(path, json={"name": "x"})).status_code == 404
    assert (await client.delete(path)).status_code == 404
    assert (await create(client))["id"] != user["id"]


async def test_the_list_pages_and_counts_all_matches(client: httpx.AsyncClient) -> None:
    ids = [(await create(client, f"u{n}@example.com", name="100%"))["id"] for n in range(5)]
    await create(client, name="100 percent")
    page = (await client.get("/users", params={"q": "100%", "limit": 2, "offset": 2})).json()
    assert [user["id"] for user in page["items"]] == ids[2:4]
    assert page["total"] == 5


@pytest.mark.parametrize("user_id", [0, -1, 2**63, 10**50])
async def test_an_id_that_cannot_exist_is_unknown(client: httpx.AsyncClient, user_id: int) -> None:
    assert (await client.get(f"/users/{user_id}")).status_code == 404
    assert (await client.patch(f"/users/{user_id}", json={"name": "x"})).status_code == 404
    assert (await client.delete(f"/users/{user_id}")).status_code == 404
    assert (await client.get("/users", params={"offset": 10**50})).status_code == 200


async def test_put_is_not_offered_and_an_id_is_an_integer(client: httpx.AsyncClient) -> None:
    user = await create(client)
    assert (await client.put(f"/users/{user['id']}", json=body())).status_code == 405
    assert (await client.get("/users/abc")).status_code == 422
    assert (await client.get("/health")).status_code == 200
