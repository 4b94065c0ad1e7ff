"""What is taken in, and what is refused."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from app.errors import BadSignatureError
from app.signatures import sign, verify
from conftest import SECRET, Ledger, deliver, post, settled, webhook

pytestmark = pytest.mark.anyio

GOOD = sign(SECRET, "1000", b"{}")


@pytest.mark.parametrize("now", [701, 1000, 1299])
def test_a_signature_holds_for_five_minutes(now: int) -> None:
    verify(SECRET, f"t=1000,v1={GOOD}", b"{}", now)


@pytest.mark.parametrize(
    ("header", "body", "now"),
    [
        pytest.param(None, b"{}", 1000, id="none"),
        pytest.param("", b"{}", 1000, id="empty"),
        pytest.param(GOOD, b"{}", 1000, id="bare"),
        pytest.param(f"v1={GOOD}", b"{}", 1000, id="no time"),
        pytest.param(f"t=,v1={GOOD}", b"{}", 1000, id="empty time"),
        pytest.param(f"t=1000.0,v1={GOOD}", b"{}", 1000, id="no whole seconds"),
        pytest.param(f"t=١٠٠٠,v1={GOOD}", b"{}", 1000, id="other digits"),
        pytest.param(f"t={'9' * 5000},v1={GOOD}", b"{}", 1000, id="more digits than Python reads"),
        pytest.param("t=1000,v1=", b"{}", 1000, id="empty signature"),
        pytest.param(f"t=1000,v1={GOOD[:-2]}", b"{}", 1000, id="short"),
        pytest.param(f"t=1001,v1={GOOD}", b"{}", 1000, id="another time"),
        pytest.param(f"t=1000,v1={GOOD}", b"{ }", 1000, id="another spelling of the body"),
        pytest.param(f"t=1000,v1={GOOD}", b"{}", 1301, id="old"),
        pytest.param(f"t=1000,v1={GOOD}", b"{}", 699, id="from the future"),
    ],
)
def test_other_signatures_are_refused(header: str | None, body: bytes, now: int) -> None:
    with pytest.raises(BadSignatureError):
        verify(SECRET, header, body, now)


async def test_the_first_delivery_is_accepted_and_others_are_duplicates(
    client: httpx.AsyncClient, ledger: Ledger
) -> None:
    first = await deliver(client, "evt-1")
    assert (first.status_code, first.json()) == (202, {"event_id": "evt-1", "status": "accepted"})
    await settled(client, "evt-1")
    again = await post(client, json.dumps(webhook("evt-1", "pay-2", type="refund.created")).encode())
    assert (again.status_code, again.json()) == (200, {"event_id": "evt-1", "status": "duplicate"})
    assert (await settled(client, "evt-1"))["type"] == "payment.succeeded"
    assert ledger.keys == ["evt-1"]
    assert ledger.bodies == [webhook("evt-1")]


async def test_twenty_deliveries_at_once_make_one_entry(client: httpx.AsyncClient, ledger: Ledger) -> None:
    replies = await asyncio.gather(*(deliver(client, "evt-1") for _ in range(20)))
    assert sorted(reply.status_code for reply in replies) == [200] * 19 + [202]
    assert (await settled(client, "evt-1"))["attempts"] == 1
    assert ledger.keys == ["evt-1"]


@pytest.mark.usefixtures("ledger")
async def test_the_signature_is_judged_before_the_body(client: httpx.AsyncClient) -> None:
    assert (await post(client, b"{", age=330)).status_code == 401
    assert (await post(client, b"{")).status_code == 422
    assert (await client.post("/webhooks/payments", content=b"{")).status_code == 401


@pytest.mark.usefixtures("ledger")
async def test_a_body_may_have_so_many_bytes(client: httpx.AsyncClient) -> None:
    body = json.dumps(webhook("evt-1")).encode()
    assert (await post(client, body.ljust(65_537))).status_code == 413
    assert (await post(client, body.ljust(65_536))).status_code == 202


@pytest.mark.parametrize(
    ("change", "loc"),
    [
        ({"event_id": ""}, ["body", "event_id"]),
        ({"event_id": "e" * 65}, ["body", "event_id"]),
        ({"event_id": "evt 1"}, ["body", "event_id"]),
        ({"event_id": "evt-1\n"}, ["body", "event_id"]),
        ({"type": "payment.lost"}, ["body", "type"]),
        ({"created": "2024-05-17T09:30:00Z"}, ["body", "created"]),
        ({"created": 1.5}, ["body", "created"]),
        ({"data": None}, ["body", "data"]),
        ({"data": {"payment_id": "", "amount": 1, "currency": "EUR"}}, ["body", "data", "payment_id"]),
        ({"data": {"payment_id": "p" * 65, "amount": 1, "currency": "EUR"}}, ["body", "data", "payment_id"]),
        ({"data": {"payment_id": "p", "amount": 0, "currency": "EUR"}}, ["body", "data", "amount"]),
        ({"data": {"payment_id": "p", "amount": 1.5, "currency": "EUR"}}, ["body", "data", "amount"]),
        ({"data": {"payment_id": "p", "amount": 1, "currency": "eur"}}, ["body", "data", "currency"]),
        ({"data": {"payment_id": "p", "amount": 1, "currency": "EURO"}}, ["body", "data", "currency"]),
        ({"data": {"payment_id": "p", "amount": 1}}, ["body", "data", "currency"]),
    ],
)
@pytest.mark.usefixtures("ledger")
async def test_invalid_events_are_refused_by_name(
    client: httpx.AsyncClient, change: dict[str, Any], loc: list[str]
) -> None:
    reply = await post(client, json.dumps(webhook("evt-1") | change).encode())
    assert (reply.status_code, reply.json()["detail"][0]["loc"]) == (422, loc)
    assert (await client.get("/events/evt-1")).status_code == 404
