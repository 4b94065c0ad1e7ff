"""What becomes of an event: attempts, pauses, order, and the end of the process."""

import asyncio

import httpx
import pytest
from alembic import command
from alembic.config import Config
from app.ledger import Ledger as Entries
from app.ledger import Outcome
from app.processing import CALLS_AT_ONCE
from app.store import EventStore
from conftest import Ledger, Service, deliver, settled, until

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("failure", [500, 503, 429, httpx.ConnectError("refused"), httpx.ReadError("broken")])
async def test_what_may_pass_is_tried_again(
    client: httpx.AsyncClient, ledger: Ledger, failure: int | Exception
) -> None:
    def fail_once(_key: str) -> httpx.Response:
        if len(ledger.keys) > 1:
            return httpx.Response(200)
        if isinstance(failure, Exception):
            raise failure
        return httpx.Response(failure)

    ledger.answer = fail_once
    await deliver(client, "evt-1")
    event = await settled(client, "evt-1")
    assert (event["status"], event["attempts"]) == ("processed", 2)
    assert event["processed_at"] > event["received_at"]
    assert ledger.times[1] - ledger.times[0] < 1


async def test_four_attempts_are_all(client: httpx.AsyncClient, ledger: Ledger) -> None:
    ledger.answer = lambda _key: httpx.Response(500)
    await deliver(client, "evt-1")
    event = await settled(client, "evt-1")
    assert (event["status"], event["attempts"], event["processed_at"]) == ("failed", 4, None)
    pauses = [later - earlier for earlier, later in zip(ledger.times, ledger.times[1:], strict=False)]
    assert pauses[0] < 1
    assert pauses == sorted(pauses)
    assert max(pauses) < 5


async def test_no_answer_is_not_waited_for(client: httpx.AsyncClient, ledger: Ledger) -> None:
    ledger.hold.clear()
    await deliver(client, "evt-1")
    await until(lambda: len(ledger.keys) == 2)
    ledger.hold.set()
    assert (await settled(client, "evt-1"))["attempts"] == 2
    assert 2 < ledger.times[1] - ledger.times[0] < 3.5


async def test_an_answer_is_its_status_whatever_its_body() -> None:
    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(201, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"no gzip"))

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://ledger") as client:
        assert await Entries(client).post("evt-1", "{}") is Outcome.ACCEPTED


async def test_a_refusal_is_final(client: httpx.AsyncClient, ledger: Ledger) -> None:
    ledger.answer = lambda _key: httpx.Response(422)
    await deliver(client, "evt-1")
    event = await settled(client, "evt-1")
    assert (event["status"], event["attempts"], ledger.keys) == ("failed", 1, ["evt-1"])


async def test_a_payment_keeps_its_order_and_holds_up_no_other(client: httpx.AsyncClient, ledger: Ledger) -> None:
    ledger.answer = lambda key: httpx.Response(500 if ledger.keys.count(key) == 1 and key == "evt-1" else 200)
    ledger.hold.clear()
    ledger.held = {"evt-1"}
    for event_id in ("evt-1", "evt-2", "evt-3"):
        await deliver(client, event_id)
    await deliver(client, "other", "pay-2")
    assert (await settled(client, "other"))["status"] == "processed"
    assert "evt-2" not in ledger.keys
    ledger.hold.set()
    await settled(client, "evt-3")
    tried = [key for key in ledger.keys if key != "other"]
    assert tried[-3:] == ["evt-1", "evt-2", "evt-3"]
    assert set(tried[:-3]) == {"evt-1"}


async def test_thirty_held_calls_hold_nothing_up(client: httpx.AsyncClient, ledger: Ledger) -> None:
    ledger.hold.clear()
    for number in range(30):
        await deliver(client, f"held-{number}", f"pay-{number}")
    await until(lambda: len(ledger.keys) == 30)
    assert (await client.get("/health")).status_code == 200
    assert (await deliver(client, "evt-1")).status_code == 202
    ledger.hold.set()
    assert (await settled(client, "evt-1"))["status"] == "processed"


async def test_a_backlog_is_worked_off_by_and_by(client: httpx.AsyncClient, ledger: Ledger) -> None:
    ledger.hold.clear()
    for number in range(CALLS_AT_ONCE + 5):
        await deliver(client, f"evt-{number}", f"pay-{number}")
    await until(lambda: len(ledger.keys) >= CALLS_AT_ONCE)
    ledger.hold.set()
    for number in range(CALLS_AT_ONCE + 5):
        assert (await settled(client, f"evt-{number}"))["status"] == "processed"
    assert ledger.calls_at_once <= CALLS_AT_ONCE


async def test_what_is_held_at_the_end_is_processed_after_the_next_start(service: Service, ledger: Ledger) -> None:
    ledger.hold.clear()
    async with asyncio.timeout(10):
        async with service() as client:
            await deliver(client, "evt-1")
            await deliver(client, "evt-2")
            await until(lambda: len(ledger.keys) == 1)
    assert ledger.keys == ["evt-1"]
    ledger.hold.set()
    async with service() as client:
        assert (await settled(client, "evt-2"))["status"] == "processed"
    assert ledger.keys == ["evt-1", "evt-1", "evt-2"]


async def test_a_call_that_is_answered_at_the_end_counts(service: Service, ledger: Ledger) -> None:
    ledger.hold.clear()
    async with service() as client:
        await deliver(client, "evt-1")
        await until(lambda: len(ledger.keys) == 1)
        asyncio.get_running_loop().call_later(0.2, ledger.hold.set)
    async with service() as client:
        assert (await settled(client, "evt-1"))["status"] == "processed"
    assert ledger.keys == ["evt-1"]


async def test_a_lane_survives_trouble_with_the_database(
    client: httpx.AsyncClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(EventStore, "record", lambda *_: 1 / 0)
        await deliver(client, "evt-1")
        await until(lambda: len(ledger.keys) == 1)
        await asyncio.sleep(0.1)
    assert (await settled(client, "evt-1"))["status"] == "processed"


def test_the_migrations_make_what_the_models_say(migrations: Config) -> None:
    command.upgrade(migrations, "head")
    command.check(migrations)
    command.downgrade(migrations, "base")
