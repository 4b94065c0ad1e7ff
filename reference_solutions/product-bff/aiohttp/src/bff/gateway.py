"""Calls to upstreams. They do not raise; what went wrong is an outcome like any other."""

import asyncio
import json
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import quote

import aiohttp
from yarl import URL


class Trouble(Enum):
    FAILED = 502
    LATE = 504
    DROPPED = 0  # not asked, because the request had failed already


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes

    def members(self, *names: str) -> dict[str, object] | Trouble:
        """Those members of a good answer's JSON object."""
        if self.status != 200:
            return Trouble.FAILED
        try:
            body = json.loads(self.body)
            return {name: body[name] for name in names}
        except (ValueError, KeyError, TypeError, RecursionError):
            return Trouble.FAILED


Outcome = Answer | Trouble


@dataclass
class Round:
    """The calls that are made for one incoming request."""

    session: aiohttp.ClientSession
    request_id: str
    failed: bool = False
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(8))

    async def get(self, base: str, kind: str, product_id: str) -> Outcome:
        url = URL(f"{base}/{kind}/{quote(product_id, safe='').replace('.', '%2E')}", encoded=True)
        outcome = await self._attempt(url)
        if isinstance(outcome, Answer) and outcome.status == 503:
            outcome = await self._attempt(url)
        return outcome

    async def _attempt(self, url: URL) -> Outcome:
        async with self.places:
            if self.failed:
                return Trouble.DROPPED
            headers = {"X-Request-ID": self.request_id}
            try:
                async with self.session.get(url, headers=headers, allow_redirects=False) as response:
                    return Answer(response.status, await response.read())
            except TimeoutError:
                return Trouble.LATE
            except aiohttp.ClientError:
                return Trouble.FAILED


def open_session(seconds: float) -> aiohttp.ClientSession:
    """One session for all upstreams. `total` is for one request, from its start to the end of its body."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        timeout=aiohttp.ClientTimeout(total=seconds),
        cookie_jar=aiohttp.DummyCookieJar(),
    )
