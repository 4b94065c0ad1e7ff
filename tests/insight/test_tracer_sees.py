"""One application with every way to hold up a loop, and many that do not; each route is asked once."""

from collections.abc import Callable
from typing import Any

import pytest

APP = '''
import asyncio
import hashlib
import re
import sqlite3
import threading
import time
import urllib.request
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import requests
import vendor
from fastapi import Depends, FastAPI
from fastapi.responses import PlainTextResponse

import store

UPSTREAM = "http://upstream.example"
database = sqlite3.connect(":memory:", check_same_thread=False)
guard = threading.Lock()
time.sleep(0.01)  # an import holds up nobody


@asynccontextmanager
async def lifespan(app):
    time.sleep(0.01)  # nor does start-up
    yield


class Outermost:
    """Middleware around everything: what libraries do inside is not its doing."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)


app = FastAPI(lifespan=lifespan)
app.add_middleware(Outermost)
app.add_route("/library", vendor.endpoint)


@app.get("/requests")
async def by_requests():
    return requests.get("http://127.0.0.1:9/").text  # blocks


@app.get("/swallowed")
async def swallowed():
    try:
        requests.post(  # blocks
            "http://127.0.0.1:9/",
            json={},
        )
    except Exception:
        return {}


@app.get("/urllib")
async def by_urllib():
    return urllib.request.urlopen("http://upstream.example/").read()  # blocks


@app.get("/httpx")
async def by_httpx():
    return httpx.get(UPSTREAM).json()  # blocks


@app.get("/httpx-client")
async def by_httpx_client():
    with httpx.Client() as client:
        return client.post(UPSTREAM).json()  # blocks


async def current_user():
    time.sleep(600)  # blocks


@app.get("/dependency")
async def dependency(user=Depends(current_user)):
    return {}


@app.get("/storage")
async def storage():
    return store.load(database)


@app.get("/method")
async def method():
    return store.Store(database).count()


@app.get("/sqlite")
async def by_sqlite():
    database.execute("select 1")  # blocks


@app.get("/file")
async def reads():
    return PlainTextResponse(Path(__file__).read_text())  # blocks


@app.get("/comprehension")
async def comprehension():
    return [time.sleep(0) for _ in range(2)]  # blocks


@app.get("/background")
async def background():
    async def later():
        time.sleep(0)  # blocks

    asyncio.create_task(later())
    await asyncio.sleep(0)


@app.get("/raises")
async def raises():
    time.sleep(0)  # blocks
    raise ValueError("unrelated")


@app.get("/computes")
async def computes():
    total = 0
    for number in range(12_000_000):
        total += number  # blocks
    return total


@app.get("/recursion")
async def recursion():
    return store.fibonacci(33)


@app.get("/hashes")
async def hashes():
    return hashlib.pbkdf2_hmac("sha256", b"x", b"y", 2_000_000).hex()  # blocks


@app.get("/pattern")
async def pattern():
    return bool(re.match("(a+)+$", "a" * 25 + "b"))  # blocks


@app.get("/waits")
async def waits():
    with guard:
        threading.Timer(0.5, guard.release).start()
        guard.acquire()  # blocks


@app.get("/exact")
async def exact():
    async with httpx.AsyncClient() as client:
        answer = await client.get("http://stock.example/items/1?x=1")
    if answer.json() == {"left": 3}:
        time.sleep(0)  # blocks


@app.post("/body")
async def body(item: dict):
    if item == {"name": "Zoë"}:
        time.sleep(0)  # blocks


@app.get("/good")
async def good():
    async with httpx.AsyncClient() as client:
        await client.get(UPSTREAM)
    await asyncio.to_thread(time.sleep, 0.3)
    await asyncio.to_thread(store.fibonacci, 27)
    await asyncio.sleep(0.3)
    with guard:
        return {}


@app.get("/def")
def plain():
    time.sleep(0.3)
    database.execute("select 1")
    return httpx.get(UPSTREAM).json()


@app.get("/library-loop")
def own_loop():
    async def inner():
        time.sleep(0.3)

    asyncio.run(inner())
'''

STORE = """
import time


def load(database):
    return database.execute("select 2").fetchall()  # blocks


class Store:
    def __init__(self, database):
        self.database = database

    def count(self):
        time.sleep(0)  # blocks


def fibonacci(number):  # blocks
    return number if number < 2 else fibonacci(number - 1) + fibonacci(number - 2)  # blocks
"""

VENDOR = """
import time
from starlette.responses import Response


async def endpoint(request):
    time.sleep(0.3)
    return Response()
"""

BLOCKS = {
    "/requests": ("requests.get", "async by_requests", ""),
    "/swallowed": ("requests.post", "async swallowed", ""),
    "/urllib": ("urllib.request.urlopen", "async by_urllib", ""),
    "/httpx": ("httpx.get", "async by_httpx", ""),
    "/httpx-client": ("httpx.Client.post", "async by_httpx_client", ""),
    "/dependency": ("time.sleep", "async current_user", ""),
    "/storage": ("sqlite3.Connection.execute", "load", "storage"),
    "/method": ("time.sleep", "Store.count", "method"),
    "/sqlite": ("sqlite3.Connection.execute", "async by_sqlite", ""),
    "/file": ("pathlib.Path.read_text", "async reads", ""),
    "/comprehension": ("time.sleep", "async comprehension", ""),
    "/background": ("time.sleep", "async later", ""),
    "/raises": ("time.sleep", "async raises", ""),
    "/computes": ("computing", "async computes", ""),
    "/recursion": ("computing", "fibonacci", "recursion"),
    "/hashes": ("hashlib.pbkdf2_hmac", "async hashes", ""),
    "/pattern": ("re.match", "async pattern", ""),
    "/waits": ("threading.Lock.acquire", "async waits", ""),
    "/exact": ("time.sleep", "async exact", ""),
    "/body": ("time.sleep", "async body", ""),
}
FREE = ["/good", "/def", "/library", "/library-loop"]
ROUTES = [*BLOCKS, *FREE]

POSTED = {
    "method": "POST",
    "url": "http://127.0.0.1:8000/body",
    "headers": [["content-type", "application/json"]],
    "body": '{"name": "Zoë"}',
}


@pytest.fixture(scope="module")
def traced(trace: Callable[..., Any]) -> Any:
    """One run over all routes. At most ten places are told, so it takes several."""
    files = {"app/main.py": APP, "app/store.py": STORE, "../vendor/vendor.py": VENDOR}
    entry = {"target": "main:app", "factory": False, "directory": ".", "paths": ["app", "../vendor"]}
    upstreams = {"http://stock.example/": [["GET", "/items/1", 200, '{"left": 3}']]}

    def of(*routes: str) -> Any:
        requests = [POSTED if route == "/body" else route for route in routes]
        return trace(files, requests, entry=entry, upstreams=upstreams)

    runs = [ROUTES[:8], ROUTES[8:16], ROUTES[16:]]
    results = [(routes, of(*routes)) for routes in runs]
    return {route: run.of(number) for routes, run in results for number, route in enumerate(routes)}


@pytest.mark.parametrize("route", BLOCKS)
def test_what_blocks_is_named(traced: dict[str, list[dict[str, Any]]], route: str) -> None:
    """The line that is marked, what it called, and the function that it stands in; nothing else."""
    (place,) = traced[route]
    call, function, caller = BLOCKS[route]
    kind = "async " if place["is_async"] else ""
    assert (place["call"], kind + place["function"], place["caller"]) == (call, function, caller)
    assert place["source"].endswith("  # blocks")
    assert place["file"] == ("app/store.py" if function in {"load", "Store.count", "fibonacci"} else "app/main.py")


@pytest.mark.parametrize("route", FREE)
def test_what_holds_up_nobody_is_not(traced: dict[str, list[dict[str, Any]]], route: str) -> None:
    """Asynchronous calls, `def` endpoints, work in threads and loops of their own, libraries among themselves."""
    assert traced[route] == []
