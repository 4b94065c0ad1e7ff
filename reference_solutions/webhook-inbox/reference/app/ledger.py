"""The ledger: one pool of connections, a time limit for each attempt, and what an answer means."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum, auto
from typing import Self

import anyio
import httpx

TIME_LIMIT = 2.0  # seconds for one attempt, to the end of the answer
_TOO_MANY_REQUESTS = 429


class Outcome(Enum):
    ACCEPTED = auto()
    REFUSED = auto()  # it will not be accepted later either
    UNCERTAIN = auto()  # not accepted, or accepted without our hearing of it


class Ledger:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    @classmethod
    @asynccontextmanager
    async def open(cls, base_url: str) -> AsyncIterator[Self]:
        # The number of calls is bounded where they are made; a second bound here would count waiting as part of a call.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=50)
        async with httpx.AsyncClient(base_url=base_url, timeout=None, limits=limits, trust_env=False) as client:  # noqa: S113
            yield cls(client)

    async def post(self, event_id: str, body: str) -> Outcome:
        """Make one attempt. The key lets the ledger know an event that it has already entered."""
        headers = {"Idempotency-Key": event_id, "Content-Type": "application/json"}
        try:
            # anyio's, not asyncio's: httpx shields its cleaning up from the one, and not from the other.
            with anyio.fail_after(TIME_LIMIT):
                async with self._client.stream("POST", "/entries", content=body, headers=headers) as response:
                    # To the end, so that the connection can be used again. As it came: a body that cannot be
                    # decoded takes nothing from its status.
                    async for _ in response.aiter_raw():
                        pass
        except (TimeoutError, httpx.HTTPError):
            return Outcome.UNCERTAIN
        return _meaning(response)


def _meaning(response: httpx.Response) -> Outcome:
    if response.is_success:
        return Outcome.ACCEPTED
    if response.is_server_error or response.status_code == _TOO_MANY_REQUESTS:
        return Outcome.UNCERTAIN
    return Outcome.REFUSED
