"""What becomes of events: attempts, order, independence, and other starts."""

import asyncio
from collections import Counter

import httpx
import pytest
from conftest import Inbox, Ledger, deliver, eventually, main, settled
from inbox import workers
from inbox.store import Store

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "PAUSES", (0.05, 0.1, 0.2))
    monkeypatch.setattr(workers, "AFTER_TROUBLE", 0.05)


def test_pauses_are_what_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    drawn = [[workers.pause_after(attempts) for _ in range(1000)] for attempts in (1, 2, 3)]
    assert max(drawn[0]) < 1
    assert max(drawn[0]) < min(drawn[1])
    assert max(drawn[1]) < min(drawn[2])
    assert max(drawn[2]) < 5


@pytest.mark.parametrize("failure", [500, 429, httpx.ConnectError("refused"), httpx.RemoteProtocolError("broken")])
async def test_four_attempts_are_all(client: httpx.AsyncClient, ledger: Ledger, failure: int | Exception) -> None:
    def fail(_key: str) -> httpx.Response:
        if isinstance(failure, Exception):
            raise failure
        return httpx.Response(failure)

    ledger.says = fail
    await deliver(client, "evt-1")
    event = await settled(client, "evt-1")
    assert (event["status"], event["attempts"], len(ledger.keys)) == ("failed", 4, 4)


async def test_a_refusal_is_final(client: httpx.AsyncClient, ledger: Ledger) -> None:
    ledger.says = lambda _key: httpx.Response(404)
    await deliver(client, "evt-1")
    assert ((await settled(client, "evt-1"))["status"], ledger.keys) == ("failed", ["evt-1"])


async def test_silence_ends_after_two_seconds(client: httpx.AsyncClient, ledger: Ledger) -> None:
    ledger.open.clear()
    await deliver(client, "evt-1")
    await eventually(lambda: len(ledger.keys) == 2)
    ledger.open.set()
    assert (await settled(client, "evt-1"))["attempts"] == 2


async def test_an_answer_is_its_status(inbox: Inbox) -> None:
    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(201, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"no gzip"))

    played = httpx.MockTransport(answer)
    async with inbox() as client, httpx.AsyncClient(transport=played, base_url="http://ledger") as ledger:
        main.app.state.workers._client = ledger  # noqa: SLF001
        await deliver(client, "evt-1")
        assert (await settled(client, "evt-1"))["attempts"] == 1


async def test_order_within_payments(client: httpx.AsyncClient, ledger: Ledger) -> None:
    tried: Counter[str] = Counter()

    def fail_first(key: str) -> httpx.Response:
        tried[key] += 1
        return httpx.Response(503 if tried[key] < 2 else 200)

    ledger.says = fail_first
    for number in range(4):
        await asyncio.gather(*(deliver(client, f"{name}-{number}", name) for name in "abcdefgh"))
    for name in "abcdefgh":
        await settled(client, f"{name}-3")
        mine = [key for key in ledger.keys if key[0] == name]
        assert mine == [f"{name}-{number}" for number in range(4) for _ in range(2)]


async def test_more_failing_payments_than_workers_hold_up_nobody(
    client: httpx.AsyncClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "PAUSES", (60, 60, 60))
    ledger.says = lambda key: httpx.Response(201 if key == "good" else 503)
    for number in range(workers.WORKERS + 5):
        await deliver(client, f"bad-{number}", f"pay-{number}")
    await eventually(lambda: len(ledger.keys) == workers.WORKERS + 5)
    await deliver(client, "good", "another")
    assert (await settled(client, "good"))["status"] == "processed"


async def test_thirty_held_calls_hold_up_nobody(client: httpx.AsyncClient, ledger: Ledger) -> None:
    ledger.open.clear()
    for number in range(30):
        assert await deliver(client, f"evt-{number}", f"pay-{number}") == 202
    await eventually(lambda: ledger.now == 30)
    assert (await client.get("/health")).status_code == 200
    assert await deliver(client, "further", "another") == 202
    await eventually(lambda: "further" in ledger.keys)
    ledger.open.set()


async def test_what_was_held_at_the_end_goes_after_the_next_start(inbox: Inbox, ledger: Ledger) -> None:
    ledger.open.clear()
    async with asyncio.timeout(10):
        async with inbox() as client:
            for event_id in ("evt-1", "evt-2"):
                await deliver(client, event_id)
            await eventually(lambda: ledger.keys == ["evt-1"])
    ledger.open.set()
    async with inbox() as client:
        assert (await settled(client, "evt-2"))["status"] == "processed"
    assert ledger.keys == ["evt-1", "evt-1", "evt-2"]


async def test_a_worker_survives_trouble(
    client: httpx.AsyncClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(Store, "note", lambda *_: 1 / 0)
        await deliver(client, "evt-1")
        await eventually(lambda: len(ledger.keys) == 2)
    assert (await settled(client, "evt-1"))["status"] == "processed"
