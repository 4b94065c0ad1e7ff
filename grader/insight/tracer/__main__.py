"""Drives the application: one job, as JSON, is the only argument; the last line of standard output is the answer."""

import asyncio
import importlib
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import httpx
import respx
from asgi_lifespan import LifespanManager, LifespanNotSupported

from grader.insight.tracer.calls import watch_calls
from grader.insight.tracer.notes import Answer, Notes
from grader.insight.tracer.place import Source
from grader.insight.tracer.samples import SLOW, Sampler, SlowCallbacks, Turns

PATIENCE = 5.0
"""Seconds for one request."""


def main(job: Mapping[str, Any]) -> None:
    """Do a job in the working directory of the application. Ends the process.

    Args:
        job: `entry` (`target`, `factory`, `directory`, `paths`), `requests` (`method`, `url`, `headers`, `body`),
            `upstreams` (base URL, or the variable that holds it → [method, path, status, body], …) and `seconds`.
    """
    deadline = time.monotonic() + job["seconds"]
    entry = job["entry"]
    root = os.path.normpath(Path.cwd() / os.path.relpath(".", entry["directory"]))
    source, notes, turns = Source(root), Notes(), Turns()
    answer = Answer(_sink(), notes)
    sampler = Sampler(turns, source, notes, answer, deadline)
    sampler.start()
    watch_calls(source, notes)
    sys.path[:0] = [os.path.normpath(Path(root, path)) for path in entry["paths"]]
    runner = asyncio.Runner(debug=True, loop_factory=lambda: asyncio.SelectorEventLoop(turns))
    with suppress(BaseException):  # whatever the application raises
        runner.run(_drive(job, notes, SlowCallbacks(sampler), answer))
    answer.give()


def _sink() -> int:
    """Standard output, which from now on nothing that the application prints can reach."""
    sink, nothing = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    return sink


async def _drive(job: Mapping[str, Any], notes: Notes, slow: SlowCallbacks, answer: Answer) -> None:
    """Start the application, send it the requests, one after the other, and end the process."""
    asyncio.get_running_loop().slow_callback_duration = SLOW
    async with AsyncExitStack() as stack:
        router = stack.enter_context(respx.mock(assert_all_called=False))
        router.route().mock(side_effect=_upstreams(job["upstreams"]))
        application = await _started(stack, _loaded(job["entry"]))
        slow.listen()
        client = httpx.AsyncClient(transport=httpx.ASGITransport(application, raise_app_exceptions=False))
        for number, request in enumerate(job["requests"]):
            await asyncio.sleep(0)  # the callback ends that was the request before, or the start-up
            notes.request = number
            with suppress(Exception):
                await asyncio.wait_for(client.send(_request(client, request)), PATIENCE)
        await asyncio.sleep(SLOW)  # what they left in the background
        answer.give()  # without shutting down, which is no request and may take for ever


def _loaded(entry: Mapping[str, Any]) -> Any:
    """Import the application within the running loop, as uvicorn does, or call its factory."""
    module, _, attribute = entry["target"].partition(":")
    found: Any = importlib.import_module(module)
    for part in attribute.split("."):
        found = getattr(found, part)
    return found() if entry["factory"] else found


async def _started(stack: AsyncExitStack, application: Any) -> Any:
    """The application, started up if it knows how to be."""
    try:
        manager = await stack.enter_async_context(LifespanManager(application, startup_timeout=None))
    except LifespanNotSupported:
        return application
    return manager.app


def _upstreams(listed: Mapping[str, list[list[Any]]]) -> Callable[[httpx.Request], httpx.Response]:
    """What the services say that the application calls: what is listed for method and path, else 200 `{}`."""
    known = {
        (method, str(httpx.URL(os.environ.get(base, base).rstrip("/") + path))): (status, body)
        for base, answers in listed.items()
        for method, path, status, body in answers
    }

    def answer(request: httpx.Request) -> httpx.Response:
        status, body = known.get((request.method, str(request.url.copy_with(query=None))), (200, "{}"))
        return httpx.Response(status, headers={"Content-Type": "application/json"}, content=body.encode())

    return answer


def _request(client: httpx.AsyncClient, asked: Mapping[str, Any]) -> httpx.Request:
    headers = [(name.encode(), value.encode()) for name, value in asked["headers"]]
    body = None if asked["body"] is None else asked["body"].encode()
    return client.build_request(asked["method"], asked["url"], headers=headers, content=body)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
