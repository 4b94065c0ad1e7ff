"""What is answered."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from conftest import Ledger, body, deliver, eventually, send, settled
from inbox.signing import MAX_BODY, issue_cursor, read_cursor

pytestmark = pytest.mark.anyio


async def test_an_event_is_accepted_once(client: httpx.AsyncClient, ledger: Ledger) -> None:
    answers = await asyncio.gather(*(deliver(client, "evt-1") for _ in range(20)))
    assert sorted(answers) == [200] * 19 + [202]
    assert (await settled(client, "evt-1"))["attempts"] == 1
    assert await deliver(client, "evt-1", "pay-2") == 200
    assert ledger.calls == [("evt-1", body("evt-1"))]


@pytest.mark.parametrize(("late", "status"), [(270, 422), (-270, 422), (330, 401), (-330, 401)])
async def test_the_signature_comes_before_the_body(client: httpx.AsyncClient, late: int, status: int) -> None:
    assert (await send(client, b"\xff{", late)).status_code == status


@pytest.mark.parametrize("header", ["", "t=1", "v1=ab", f"t=1,v1={'0' * 64}", f"t={'1' * 400},v1={'0' * 64}"])
async def test_a_header_that_signs_nothing_is_refused(client: httpx.AsyncClient, header: str) -> None:
    reply = await client.post("/webhooks/payments", content=b"{}", headers={"X-Signature": header})
    assert (reply.status_code, list(reply.json())) == (401, ["detail"])


@pytest.mark.usefixtures("ledger")
async def test_a_body_has_a_limit(client: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 8_192

    content = json.dumps(body("evt-1")).encode()
    assert (await send(client, content.ljust(MAX_BODY + 1))).status_code == 413
    assert (await client.post("/webhooks/payments", content=endless())).status_code == 413
    assert (await send(client, content.ljust(MAX_BODY))).status_code == 202


@pytest.mark.parametrize(
    ("loc", "value"),
    [
        (("event_id",), "with space"),
        (("event_id",), "e\n"),
        (("type",), "payment.lost"),
        (("created",), "yesterday"),
        (("data",), []),
        (("data", "payment_id"), "p" * 65),
        (("data", "amount"), 0),
        (("data", "currency"), "EURO"),
    ],
)
async def test_an_invalid_event_is_refused(client: httpx.AsyncClient, loc: tuple[str, ...], value: object) -> None:
    event = body("evt-1")
    (event if len(loc) == 1 else event["data"])[loc[-1]] = value
    reply = await send(client, json.dumps(event).encode())
    assert (reply.status_code, reply.json()["detail"][0]["loc"]) == (422, ["body", *loc])


@pytest.mark.parametrize("path", ["/events?limit=0", "/events/none"])
async def test_readers_need_the_key_before_all(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code in {404, 422}
    assert (await client.get(path, headers={"X-API-Key": "another"})).status_code == 401
    assert (await client.post("/events/none/replay", headers={"X-API-Key": ""})).status_code == 401


@pytest.mark.parametrize("query", ["limit=101", "limit=x", "status=x", "type=x", "cursor=x", "cursor=ÿ", "cursor=A==="])
async def test_a_wrong_question_is_refused(client: httpx.AsyncClient, query: str) -> None:
    assert (await client.get(f"/events?{query}")).status_code == 422


def test_no_other_text_passes_for_a_cursor() -> None:
    cursor = issue_cursor("a secret", 17)
    assert read_cursor("a secret", cursor) == 17
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=. "
    others = {cursor[:place] + sign + cursor[place + 1 :] for place in range(len(cursor)) for sign in alphabet}
    for other in (others - {cursor}) | {cursor + "=", cursor[:-1], issue_cursor("another", 17)}:
        with pytest.raises(ValueError):  # noqa: PT011  (its kinds are many)
            read_cursor("a secret", other)


@pytest.mark.usefixtures("ledger")
async def test_pages_stay_exact_while_events_arrive(client: httpx.AsyncClient) -> None:
    there = [f"evt-{number}" for number in range(7)]
    for event_id in there:
        await deliver(client, event_id)
    page = (await client.get("/events", params={"limit": 3, "type": "refund.created"})).json()
    seen = page["items"]
    while page["next_cursor"]:
        await deliver(client, f"late-{len(seen)}")
        page = (await client.get("/events", params={"limit": 3, "cursor": page["next_cursor"]})).json()
        seen += page["items"]
    assert [item["event_id"] for item in seen] == there[::-1]
    settled_ones = [await settled(client, event_id) for event_id in there[::-1]]
    assert (await client.get("/events")).json()["items"][-7:] == settled_ones


async def test_one_of_several_replays_counts(client: httpx.AsyncClient, ledger: Ledger) -> None:
    ledger.says = lambda _key: httpx.Response(404)
    await deliver(client, "evt-1")
    assert (await settled(client, "evt-1"))["status"] == "failed"
    assert [item["event_id"] for item in (await client.get("/events?status=failed")).json()["items"]] == ["evt-1"]
    ledger.open.clear()
    ledger.says = lambda _key: httpx.Response(200)
    replies = await asyncio.gather(*(client.post("/events/evt-1/replay") for _ in range(6)))
    assert sorted(reply.status_code for reply in replies) == [202] + [409] * 5
    await eventually(lambda: len(ledger.keys) == 2)
    assert (await client.get("/events/evt-1")).json()["attempts"] == 0
    ledger.open.set()
    again = await settled(client, "evt-1")
    assert (again["status"], again["attempts"]) == ("processed", 1)
    assert (await client.post("/events/none/replay")).status_code == 404
