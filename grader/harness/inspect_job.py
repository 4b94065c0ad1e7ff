"""An `inspect` job: does it start here, and what does it say that it offers?"""

import asyncio
from collections.abc import Iterator
from itertools import islice

from grader.harness.api import Api
from grader.harness.json_node import Json
from grader.harness.mismatch import Mismatch
from grader.text import visible
from grader.verdicts import Job, Route, Routes

MAX_ROUTES = 500
MAX_PATH_CHARS = 300
# https://spec.openapis.org/oas/v3.1.0#path-item-object
_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})


def inspect(job: Job) -> Routes:
    """Ask the application, which listens, for its health and its routes."""
    return asyncio.run(_inspect(Api(job.host, job.port)))


async def _inspect(api: Api) -> Routes:
    health = await _health(api)
    try:
        reply = await api.get("/openapi.json")
        document = reply.expect(200).json()
        return Routes(routes=list(islice(_routes(document), MAX_ROUTES)), health=health)
    except Mismatch as problem:
        return Routes(routes=[], health=health, problem=f"/openapi.json: {problem}")


async def _health(api: Api) -> int | None:
    try:
        return (await api.get("/health")).status
    except Mismatch:
        return None  # that it does not answer is the answer


def _routes(document: Json) -> Iterator[Route]:
    for path, operations in document["paths"].object().items():
        for method in operations.object():
            if method in _METHODS:
                yield Route(method=method.upper(), path=visible(path, limit=MAX_PATH_CHARS))
