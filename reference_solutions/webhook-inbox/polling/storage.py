"""One connection in autocommit: every statement is a transaction, and each change of state is one statement."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiosqlite

SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    payment_id TEXT NOT NULL,
    raw BLOB NOT NULL,
    status TEXT NOT NULL DEFAULT 'pending',
    attempts INTEGER NOT NULL DEFAULT 0,
    received_at REAL NOT NULL,
    processed_at REAL,
    place INTEGER NOT NULL,             -- in the queue; a replay goes to the end
    due_at REAL NOT NULL DEFAULT 0,
    claimed INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS events_in_line ON events (payment_id, place) WHERE status = 'pending';
CREATE INDEX IF NOT EXISTS events_by_place ON events (place);
UPDATE events SET claimed = 0 WHERE claimed = 1;  -- by a process that is gone
"""

NEXT_PLACE = "(SELECT coalesce(max(place), 0) + 1 FROM events)"

ADD = f"""
INSERT INTO events (event_id, type, payment_id, raw, received_at, place) VALUES (?, ?, ?, ?, ?, {NEXT_PLACE})
ON CONFLICT (event_id) DO NOTHING
"""  # noqa: S608  (nothing of a stranger's in it)

# Only the first in line of a payment can be claimed. It stays the first while it is tried, and between its attempts.
CLAIM = """
UPDATE events SET claimed = 1 WHERE seq IN (
    SELECT seq FROM events AS mine INDEXED BY events_in_line  -- so that it looks at what is pending alone
    WHERE status = 'pending' AND claimed = 0 AND due_at <= ? AND NOT EXISTS (
        SELECT 1 FROM events AS other
        WHERE other.payment_id = mine.payment_id AND other.status = 'pending' AND other.place < mine.place
    )
    ORDER BY place LIMIT ?
)
RETURNING seq, event_id, raw, attempts
"""

SETTLE = """
UPDATE events SET claimed = 0, attempts = attempts + 1, status = ?, processed_at = ?, due_at = ? WHERE seq = ?
"""

REPLAY = f"""
UPDATE events SET status = 'pending', attempts = 0, processed_at = NULL, due_at = 0, place = {NEXT_PLACE}
WHERE event_id = ? AND status <> 'pending'
"""  # noqa: S608  (nothing of a stranger's in it)

PAGE = """
SELECT * FROM events
WHERE (:status IS NULL OR status = :status) AND (:type IS NULL OR type = :type) AND (:below IS NULL OR seq < :below)
ORDER BY seq DESC LIMIT :limit
"""


class Storage:
    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def add(self, event_id: str, kind: str, payment_id: str, raw: bytes) -> bool:
        return await self._changed(ADD, event_id, kind, payment_id, raw, time.time()) == 1

    async def claim(self, limit: int) -> list[aiosqlite.Row]:
        return list(await self._connection.execute_fetchall(CLAIM, (time.time(), limit)))

    async def settle(self, seq: int, status: str, pause: float) -> None:
        now = time.time()
        await self._changed(SETTLE, status, now if status == "processed" else None, now + pause, seq)

    async def replay(self, event_id: str) -> bool:
        return await self._changed(REPLAY, event_id) == 1

    async def one(self, event_id: str) -> aiosqlite.Row | None:
        rows = list(await self._connection.execute_fetchall("SELECT * FROM events WHERE event_id = ?", (event_id,)))
        return rows[0] if rows else None

    async def page(self, **asked: Any) -> list[aiosqlite.Row]:
        return list(await self._connection.execute_fetchall(PAGE, asked))

    async def _changed(self, statement: str, *values: Any) -> int:
        async with self._connection.execute(statement, values) as cursor:
            return cursor.rowcount


@asynccontextmanager
async def opened(path: str) -> AsyncIterator[Storage]:
    async with aiosqlite.connect(path, isolation_level=None) as connection:
        connection.row_factory = aiosqlite.Row
        await connection.executescript(SCHEMA)
        yield Storage(connection)
