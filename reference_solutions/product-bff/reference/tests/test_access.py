"""Credentials and request ids."""

import time

import httpx
import jwt
import pytest
from conftest import KEY, SECRET, Upstreams, token

pytestmark = pytest.mark.anyio

CHANGE = {"id": "desk", "amount": "11.95", "currency": "EUR"}
ENDLESS = jwt.encode({"scope": "products:read"}, SECRET, algorithm="HS256")
UNSIGNED = jwt.encode({"scope": "products:read", "exp": int(time.time()) + 600}, None, algorithm="none")


@pytest.mark.parametrize(
    "authorization",
    [
        pytest.param("", id="none"),
        pytest.param("Basic YTpi", id="another scheme"),
        pytest.param("Bearer abc", id="no token"),
        pytest.param(f"Bearer {token(secret=SECRET[::-1])}", id="signature"),
        pytest.param(f"Bearer {token(exp=int(time.time()) - 90)}", id="expired"),
        pytest.param(f"Bearer {ENDLESS}", id="without exp"),
        pytest.param(f"Bearer {UNSIGNED}", id="alg none"),
    ],
)
async def test_a_bad_token_is_refused(client: httpx.AsyncClient, upstreams: Upstreams, authorization: str) -> None:
    for path in ("/products/desk", "/products?ids=desk"):
        response = await client.get(path, headers={"Authorization": authorization})
        assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert upstreams.calls == []


@pytest.mark.parametrize("scope", ["", "products:readonly", "orders:read products:write", ["products:read"]])
async def test_another_scope_is_forbidden(client: httpx.AsyncClient, upstreams: Upstreams, scope: object) -> None:
    headers = {"Authorization": f"Bearer {token(scope=scope)}"}
    assert (await client.get("/products/desk", headers=headers)).status_code == 403
    assert upstreams.calls == []


async def test_the_token_goes_no_further(client: httpx.AsyncClient, upstreams: Upstreams) -> None:
    await client.get("/products/desk")
    assert [request for request in upstreams.requests if "Authorization" in request.headers] == []


@pytest.mark.parametrize("sent", ["a", "A.b-c_9", "x" * 128])
async def test_a_request_id_is_kept(client: httpx.AsyncClient, upstreams: Upstreams, sent: str) -> None:
    upstreams.plan("reviews", "desk", httpx.Response(503))
    response = await client.get("/products/desk", headers={"X-Request-ID": sent})
    assert response.headers["X-Request-ID"] == sent
    assert [request.headers["X-Request-ID"] for request in upstreams.requests] == [sent] * 4


@pytest.mark.parametrize("sent", [None, "", "x" * 129, "a b", "a/b"])
async def test_a_request_id_is_made_up(client: httpx.AsyncClient, upstreams: Upstreams, sent: str | None) -> None:
    headers = {} if sent is None else {"X-Request-ID": sent}
    first, second = [(await client.get("/products/desk", headers=headers)).headers["X-Request-ID"] for _ in range(2)]
    assert sent != first != second != sent
    assert {request.headers["X-Request-ID"] for request in upstreams.requests} == {first, second}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health", 200),
        ("GET", "/products", 422),
        ("GET", "/nowhere", 404),
        ("DELETE", "/health", 405),
        ("POST", "/internal/price-changed", 401),
    ],
)
async def test_every_answer_has_a_request_id(client: httpx.AsyncClient, method: str, path: str, status: int) -> None:
    response = await client.request(method, path, headers={"X-Request-ID": "mine"})
    assert (response.status_code, response.headers["X-Request-ID"]) == (status, "mine")


@pytest.mark.parametrize(("key", "status"), [(KEY, 202), (KEY + "x", 401), ("", 401), (None, 401)])
async def test_only_the_key_opens_what_is_internal(client: httpx.AsyncClient, key: str | None, status: int) -> None:
    headers = {} if key is None else {"X-Internal-Key": key}
    assert (await client.post("/internal/price-changed", json=CHANGE, headers=headers)).status_code == status


@pytest.mark.parametrize(
    "members", [{"id": None}, {"currency": []}, {"id": {}}, {"amount": "12"}, {"amount": "12.5"}, {"amount": "12.500"}]
)
async def test_a_bad_price_change_is_refused(client: httpx.AsyncClient, members: dict[str, object]) -> None:
    headers = {"X-Internal-Key": KEY}
    response = await client.post("/internal/price-changed", json={**CHANGE, **members}, headers=headers)
    assert response.status_code == 422
