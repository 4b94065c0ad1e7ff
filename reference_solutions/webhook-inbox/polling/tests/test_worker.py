"""What an answer of the ledger comes to, over a real connection."""

import asyncio
from pathlib import Path

import pytest
import storage
import worker

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def outcome(answer: bytes, path: Path) -> tuple[str, int]:
    """Return status and attempts of an event after its first attempt, which the ledger answered so."""

    async def enter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    async with (
        await asyncio.start_server(enter, "127.0.0.1", 0) as ledger,
        storage.opened(str(path)) as events,
        worker.at_work(events, f"http://127.0.0.1:{ledger.sockets[0].getsockname()[1]}"),
        asyncio.timeout(20),
    ):
        await events.add("evt-1", "refund.created", "pay-1", b"{}")
        while True:
            event = await events.one("evt-1")
            if event is not None and event["attempts"]:
                return event["status"], event["attempts"]
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", "processed", id="no body"),
        pytest.param(
            b"HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\nContent-Length: 7\r\n\r\nno gzip",
            "processed",
            id="a body that cannot be decoded",
        ),
        pytest.param(b"HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n", "pending", id="too many"),
        pytest.param(b"HTTP/1.1 404 None\r\nContent-Length: 0\r\n\r\n", "failed", id="refused"),
        pytest.param(b"", "pending", id="broken off"),
        pytest.param(b"nonsense\r\n\r\n", "pending", id="nonsense"),
    ],
)
async def test_what_an_answer_comes_to(answer: bytes, status: str, tmp_path: Path) -> None:
    assert await outcome(answer, tmp_path / "inbox.db") == (status, 1)


async def test_a_claim_of_a_process_that_is_gone_ends_with_it(tmp_path: Path) -> None:
    path = tmp_path / "inbox.db"
    async with storage.opened(str(path)) as events:
        await events.add("evt-1", "refund.created", "pay-1", b"{}")
        assert [row["event_id"] for row in await events.claim(9)] == ["evt-1"]
        assert await events.claim(9) == []
    async with storage.opened(str(path)) as events:
        assert [row["event_id"] for row in await events.claim(9)] == ["evt-1"]
