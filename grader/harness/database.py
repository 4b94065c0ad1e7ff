"""A look into the database of a run: what sessions are open, which tables there are, and what is in them.

It explains and counts; it never writes. Which tables an application has is its own choice, so a check may only ask for
what its contract names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from grader.harness.fault import HarnessFault

MAX_ROWS: Final = 10_000
_SECONDS: Final = 30.0

# The harness's own role differs from the application's, and the server's helpers have none.
_SESSIONS = """
    SELECT coalesce(state, '') AS state, query FROM pg_stat_activity
    WHERE datname = current_database() AND usename <> current_user ORDER BY backend_start
"""
_COLUMNS = """
    SELECT table_name, column_name, data_type, is_nullable = 'YES' AS nullable FROM information_schema.columns
    WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY table_name, ordinal_position
"""


@dataclass(frozen=True, slots=True)
class Session:
    """A connection of the application.

    Attributes:
        state: such as `active`, `idle` or `idle in transaction`
            (https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW).
        query: the one that runs, or ran last.
    """

    state: str
    query: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, with the type as SQL names it."""

    name: str
    type: str
    nullable: bool


class Database:
    """The PostgreSQL that the pod runs beside the application.

    Args:
        url: of the server's owner.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    async def sessions(self) -> list[Session]:
        """The application's connections, oldest first.

        Raises:
            HarnessFault: the server does not answer.
        """
        return [Session(**row) for row in await self._fetch(_SESSIONS)]

    async def schema(self) -> Mapping[str, Sequence[Column]]:
        """Table → its columns, in their order.

        Raises:
            HarnessFault: the server does not answer.
        """
        tables: dict[str, list[Column]] = {}
        for table, name, kind, nullable in [tuple(row.values()) for row in await self._fetch(_COLUMNS)]:
            tables.setdefault(table, []).append(Column(name, kind, nullable))
        return tables

    async def rows(self, table: str) -> list[dict[str, Any]]:
        """What a table holds, `MAX_ROWS` at most.

        Args:
            table: one of `schema`.

        Raises:
            HarnessFault: there is no such table, or the server does not answer.
        """
        if table not in await self.schema():
            raise HarnessFault(f"a check looks into the table {table!r}, which the database does not have")
        quoted = table.replace('"', '""')
        return await self._fetch(f'SELECT * FROM "{quoted}" LIMIT {MAX_ROWS}')  # noqa: S608 - quoted, and it exists

    async def _fetch(self, query: str) -> list[dict[str, Any]]:
        try:
            connection = await asyncpg.connect(self._url, timeout=_SECONDS, command_timeout=_SECONDS)
            try:
                return [dict(row) for row in await connection.fetch(query)]
            finally:
                await connection.close(timeout=_SECONDS)
        except (OSError, TimeoutError, asyncpg.PostgresError) as error:
            raise HarnessFault(f"the database of this run does not answer: {type(error).__name__}: {error}") from error
