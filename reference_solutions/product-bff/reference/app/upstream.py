"""One upstream: a pool of connections, a time limit for each attempt, one more attempt after a 503."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

import anyio
import httpx

from app.errors import UpstreamFailedError, UpstreamLateError
from app.request_id import HEADER, request_id

UNAVAILABLE = 503
RETRY_PAUSE = 0.05
"""Seconds between a 503 and the second attempt; the contract allows 0.3."""

_TLS = httpx.create_ssl_context()  # slow to make, so shared
# No upper bound: with one, requests held at a slow upstream would keep others waiting for a connection. Idle ones are
# bounded, since httpx looks at each of them whenever a request begins or ends.
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=20)


class Slots:
    """How many upstream calls one incoming request may have in flight."""

    def __init__(self, number: int) -> None:
        self._free = asyncio.Semaphore(number)
        self._closed = False

    def close(self) -> None:
        """Begin no more calls: those that wait for a slot fail."""
        self._closed = True

    async def __aenter__(self) -> None:
        await self._free.acquire()
        if self._closed:
            self._free.release()
            raise UpstreamFailedError

    async def __aexit__(self, *_: object) -> None:
        self._free.release()


class Upstream:
    """Has a client, and so a pool, of its own: one upstream's idle connections never push out another's."""

    def __init__(self, client: httpx.AsyncClient, time_limit: float) -> None:
        self._client = client
        self._time_limit = time_limit

    @classmethod
    @asynccontextmanager
    async def open(cls, base_url: str, time_limit: float) -> AsyncIterator[Self]:
        # httpx's own timeouts start anew with every chunk, so they are off; `_attempt` has the one that counts.
        # An internal service is not reached through a proxy, whatever the environment says.
        client = httpx.AsyncClient(base_url=base_url, timeout=None, limits=_LIMITS, verify=_TLS, trust_env=False)  # noqa: S113
        async with client:
            yield cls(client, time_limit)

    async def get(self, path: str, slots: Slots) -> httpx.Response:
        """Return the answer, whatever its status, read to its end.

        Args:
            path: the path below the base URL.
            slots: of the incoming request; one is held for both attempts.

        Raises:
            UpstreamFailedError: there was no connection, or it broke, or no more calls are to be made.
            UpstreamLateError: an attempt took longer than the time limit.
        """
        async with slots:
            response = await self._attempt(path)
            if response.status_code == UNAVAILABLE:
                await asyncio.sleep(RETRY_PAUSE)
                response = await self._attempt(path)
            return response

    async def _attempt(self, path: str) -> httpx.Response:
        headers = {HEADER: request_id.get()}
        try:
            # anyio's, not asyncio's: httpx shields its cleaning up from the one, and not from the other.
            with anyio.fail_after(self._time_limit):
                return await self._client.get(path, headers=headers)
        except TimeoutError as error:
            raise UpstreamLateError from error
        except httpx.HTTPError as error:
            raise UpstreamFailedError from error
