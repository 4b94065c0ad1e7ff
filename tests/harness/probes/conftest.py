"""A small contract, applications of several builds on loopback, and an `Api` that talks to them."""

import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI

from grader.harness import Api, Upstreams
from grader.harness.contract import Contract
from grader.harness.upstream import script
from tests.harness.probes.calling import PATIENCE, Asked, Pod, opened

OPENAPI = """
openapi: 3.1.0
info: {title: users, version: "1"}
paths:
  /users:
    post:
      requestBody:
        content: {application/json: {schema: {$ref: "#/components/schemas/NewUser"}}}
      responses:
        201:
          description: made
          headers: {Location: {required: true, schema: {type: string}}}
          content: {application/json: {schema: {$ref: "#/components/schemas/User"}}}
        4XX: {$ref: "#/components/responses/Refused"}
    get:
      parameters:
        - {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 100}}
        - {name: offset, in: query, schema: {type: integer, minimum: 0}}
        - {name: q, in: query, schema: {type: string}}
      responses: {"200": {description: a page}}
  /users/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: integer}}
    patch:
      requestBody:
        content: {application/json: {schema: {$ref: "#/components/schemas/UserChange"}}}
      responses: {"200": {description: changed}}
    delete:
      responses: {"204": {description: gone}}
components:
  responses:
    Refused:
      description: refused
      content: {application/json: {schema: {type: object, required: [detail]}}}
  schemas:
    Email: {type: string, format: email}
    Name: {type: string, minLength: 1, maxLength: 100, x-grader-strip: true}
    Password: {type: string, minLength: 8, maxLength: 128}
    NewUser:
      type: object
      additionalProperties: false
      required: [email, name, password]
      properties:
        email: {$ref: "#/components/schemas/Email"}
        name: {$ref: "#/components/schemas/Name"}
        password: {$ref: "#/components/schemas/Password"}
    UserChange:
      type: object
      additionalProperties: false
      properties:
        email: {$ref: "#/components/schemas/Email"}
        name: {$ref: "#/components/schemas/Name"}
        password: {$ref: "#/components/schemas/Password"}
    User:
      type: object
      required: [id, email, created_at]
      properties:
        id: {type: integer}
        email: {$ref: "#/components/schemas/Email"}
        created_at: {type: string, format: date-time}
"""


@pytest.fixture(scope="session")
def contract() -> Contract:
    return Contract.parse(OPENAPI)


@pytest.fixture
def new_user() -> Callable[[], dict[str, Any]]:
    """Makes a valid body with an address of its own at each call."""
    numbers = count()
    return lambda: {"email": f"user{next(numbers)}@example.com", "name": "Ada", "password": "correct horse"}


@contextmanager
def _served(app: FastAPI) -> Iterator[Api]:
    # The socket listens before the server runs, so the first connection waits in its queue and nobody sleeps.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(app, log_level="critical", lifespan="off", ws="none", http="h11", loop="asyncio")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield Api(port=listener.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def serve() -> Iterator[Callable[[FastAPI], Api]]:
    """Runs an application under uvicorn until the test ends."""
    with ExitStack() as running:
        yield lambda app: running.enter_context(_served(app))


@pytest.fixture
async def run(serve: Any, upstreams: Upstreams, looks: Any) -> Callable[[FastAPI], Awaitable[Pod]]:
    """Runs an application."""

    async def running(app: FastAPI) -> Pod:
        @app.get("/health")
        async def health() -> None:
            pass

        upstreams.patience = PATIENCE
        await upstreams["catalog"].on("GET", "/items/{id}", script.answer({}))
        pod = Pod(serve(app), upstreams, looks)
        pod.sleeps_after(10**9)
        return pod

    return running


@pytest.fixture
def ask(ports: list[int]) -> Asked:
    """Asks the catalogue, on a connection of its own that is closed if the caller loses interest."""

    async def asked(item: Any = "a") -> bytes:
        async with opened(ports[0], item) as reader:
            return await reader.read()

    return asked
