"""The model runtime: one pool of connections, a time limit for each call, and distrust of what it answers."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Self

import anyio
import httpx
from pydantic import ValidationError

from app.errors import RuntimeFailedError, RuntimeLateError
from app.schemas import Inferred

HEALTH_TIMEOUT = 1.0
OK = 200


class Runtime:
    def __init__(self, client: httpx.AsyncClient, time_limit: float) -> None:
        self._client = client
        self._time_limit = time_limit

    @classmethod
    @asynccontextmanager
    async def open(cls, base_url: str, time_limit: float) -> AsyncIterator[Self]:
        # httpx's own timeouts start anew with every chunk, so they are off; `infer` has the one that counts. The pool
        # has no upper bound: there is at most one call for each version of a model.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
        async with httpx.AsyncClient(base_url=base_url, timeout=None, limits=limits, trust_env=False) as client:  # noqa: S113
            yield cls(client, time_limit)

    async def infer(self, model: str, version: str, batch: Sequence[Sequence[float]]) -> list[float]:
        """Return one output for each inputs of the batch.

        Raises:
            RuntimeFailedError: there was no connection, or it broke, or the answer is not what was agreed.
            RuntimeLateError: the answer was not whole in time.
        """
        response = await self._post("/v1/infer", {"model": model, "version": version, "batch": batch})
        if response.status_code != OK:
            raise RuntimeFailedError
        try:
            outputs = Inferred.model_validate_json(response.content).outputs
        except ValidationError as error:
            raise RuntimeFailedError from error
        if len(outputs) != len(batch):
            raise RuntimeFailedError
        return outputs

    async def healthy(self) -> bool:
        """Whether the runtime says that it is."""
        try:
            response = await self._client.get("/v1/health", timeout=HEALTH_TIMEOUT)
        except httpx.HTTPError:
            return False
        return response.status_code == OK

    async def _post(self, path: str, body: object) -> httpx.Response:
        try:
            # anyio's, not asyncio's: httpx shields its cleaning up from the one, and not from the other.
            with anyio.fail_after(self._time_limit):
                return await self._client.post(path, json=body)
        except TimeoutError as error:
            raise RuntimeLateError from error
        except httpx.HTTPError as error:
            raise RuntimeFailedError from error
