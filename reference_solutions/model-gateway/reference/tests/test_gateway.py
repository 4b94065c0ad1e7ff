"""Keys, limits, routing, and what operators see."""

import hashlib

import httpx
import pytest
from app.errors import BadWeightsError, TooManyRequestsError
from app.limits import Rate, TokenBucket
from app.routing import RoutingTable
from conftest import ADMIN, FREE, Runtime

ASKED = {"user_id": "ada", "inputs": [1.0]}


def test_a_bucket_fills_up_to_its_burst() -> None:
    now = 0.0
    bucket = TokenBucket(Rate(2, 4), clock=lambda: now)
    bucket.take()
    bucket.take()
    with pytest.raises(TooManyRequestsError) as refused:
        bucket.take()
    assert refused.value.headers == {"Retry-After": "1"}
    now = 0.25
    bucket.take()
    now = 100.0
    bucket.take()
    bucket.take()
    with pytest.raises(TooManyRequestsError):
        bucket.take()


def test_shares_are_those_of_the_weights() -> None:
    table = RoutingTable({"ranker": {"a": 70, "b": 30, "c": 0}})
    chosen = [table.version_of("ranker", f"user-{number}") for number in range(10_000)]
    assert chosen.count("a") == pytest.approx(7000, abs=200)
    assert chosen.count("c") == 0


@pytest.mark.parametrize("weights", [{"a": 99}, {"a": 50, "z": 50}, {}])
def test_bad_weights_change_nothing(weights: dict[str, int]) -> None:
    table = RoutingTable({"ranker": {"a": 100, "b": 0}})
    with pytest.raises(BadWeightsError):
        table.change("ranker", weights)
    assert table.weights() == {"ranker": {"a": 100, "b": 0}}


@pytest.mark.anyio
async def test_refusals_take_no_token_and_are_counted(client: httpx.AsyncClient, runtime: Runtime) -> None:
    client.headers["X-API-Key"] = FREE
    for _ in range(20):
        reply = await client.post("/models/ranker/predict", json={"user_id": "", "inputs": [1]})
        assert reply.status_code == 422
    statuses = [(await client.post("/models/ranker/predict", json=ASKED)).status_code for _ in range(10)]
    assert statuses == [200] * 10
    assert len(runtime.batches) == 10
    text = (await client.get("/metrics")).text
    assert 'gateway_predictions_total{model="",status="422",version=""} 20.0' in text
    assert 'gateway_predictions_total{model="ranker",status="200",version="v1"} 10.0' in text


@pytest.mark.anyio
@pytest.mark.usefixtures("runtime")
async def test_a_number_that_is_none_is_refused(client: httpx.AsyncClient) -> None:
    content = b'{"user_id": "ada", "inputs": [NaN]}'
    reply = await client.post("/models/ranker/predict", content=content, headers={"Content-Type": "application/json"})
    assert reply.status_code == 422


@pytest.mark.anyio
@pytest.mark.usefixtures("runtime")
async def test_routing_is_changed_by_those_who_may(client: httpx.AsyncClient) -> None:
    path, body = "/admin/models/ranker/routing", {"weights": {"v2": 100}}
    assert (await client.put(path, json=body)).status_code == 401
    assert (await client.put(path, json=body, headers={"X-Admin-Key": ADMIN})).status_code == 200
    assert (await client.post("/models/ranker/predict", json=ASKED)).json()["version"] == "v2"
    assert (await client.get("/models")).json()["items"][0] == {"name": "ranker", "versions": {"v1": 0, "v2": 100}}


@pytest.mark.anyio
@pytest.mark.usefixtures("runtime")
async def test_a_fingerprint_is_salted_with_the_model(client: httpx.AsyncClient) -> None:
    reply = await client.post("/models/ranker/fingerprint", json={"text": "ä", "rounds": 3})
    assert reply.json()["digest"] == hashlib.pbkdf2_hmac("sha256", "ä".encode(), b"ranker", 3, 32).hex()
