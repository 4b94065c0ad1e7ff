"""What operators see and do."""

import asyncio

import httpx
import pytest
from app.cursors import Cursors
from app.errors import BadCursorError
from conftest import Ledger, deliver, settled, until

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("path", ["/events/none", "/events?limit=0", "/events?cursor=x"])
async def test_a_key_is_asked_for_first(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path, headers={"X-API-Key": "wrong"})).status_code == 401
    del client.headers["X-API-Key"]
    assert (await client.get(path)).status_code == 401


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "status=lost", "type=payment.lost", "cursor=x"])
async def test_a_bad_query_is_refused(client: httpx.AsyncClient, query: str) -> None:
    assert (await client.get(f"/events?{query}")).status_code == 422


def test_a_cursor_says_one_thing_in_one_way() -> None:
    cursors = Cursors(b"a-secret")
    issued = cursors.issue(17)
    assert cursors.read(issued) == 17
    altered = [
        "1" + issued,
        "0" + issued,
        issued[:-1],
        issued.upper(),
        issued + "0",
        issued.replace("17", "16"),
        "",
        "17",
    ]
    for cursor in [*altered, Cursors(b"another").issue(17)]:
        with pytest.raises(BadCursorError):
            cursors.read(cursor)


@pytest.mark.usefixtures("ledger")
async def test_pages_are_exact_while_events_arrive(client: httpx.AsyncClient) -> None:
    expected = [f"evt-{number}" for number in range(7)]
    for event_id in expected:
        await deliver(client, event_id)
    page = (await client.get("/events?limit=3")).json()
    seen = page["items"]
    while page["next_cursor"] is not None:
        await deliver(client, f"new-{len(seen)}")
        page = (await client.get(f"/events?limit=3&cursor={page['next_cursor']}")).json()
        seen += page["items"]
    assert [event["event_id"] for event in seen] == expected[::-1]


async def test_lists_are_filtered(client: httpx.AsyncClient, ledger: Ledger) -> None:
    ledger.answer = lambda key: httpx.Response(400 if key == "bad" else 200)
    for event_id in ("good", "bad"):
        await deliver(client, event_id)
        await settled(client, event_id)
    failed = (await client.get("/events?status=failed&type=payment.succeeded")).json()
    assert failed == {"items": [(await client.get("/events/bad")).json()], "next_cursor": None}
    assert (await client.get("/events?type=refund.created")).json()["items"] == []


async def test_a_replay_starts_from_nothing(client: httpx.AsyncClient, ledger: Ledger) -> None:
    ledger.answer = lambda _key: httpx.Response(400)
    await deliver(client, "evt-1")
    assert (await settled(client, "evt-1"))["status"] == "failed"
    ledger.answer = lambda _key: httpx.Response(200)
    ledger.hold.clear()
    replies = await asyncio.gather(*(client.post("/events/evt-1/replay") for _ in range(5)))
    assert sorted(reply.status_code for reply in replies) == [202, 409, 409, 409, 409]
    await until(lambda: len(ledger.keys) == 2)
    assert (await client.get("/events/evt-1")).json()["attempts"] == 0
    ledger.hold.set()
    event = await settled(client, "evt-1")
    assert (event["status"], event["attempts"]) == ("processed", 1)
    assert (await client.post("/events/none/replay")).status_code == 404
