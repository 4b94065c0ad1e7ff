"""An `inspect` job."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.verdicts import Job

Serve = Callable[..., Any]


def json_reply(value: Any, status: int = 200) -> bytes:
    body = json.dumps(value).encode()
    return b"HTTP/1.1 %d X\r\ncontent-length: %d\r\n\r\n%b" % (status, len(body), body)


@pytest.mark.parametrize(
    ("document", "routes", "problem"),
    [
        pytest.param(
            json_reply({"paths": {"/users": {"get": {}, "post": {}, "parameters": []}, "/\u202e": {"delete": 1}}}),
            [("GET", "/users"), ("POST", "/users"), ("DELETE", "/\\u202e")],
            "",
            id="routes",
        ),
        pytest.param(
            json_reply({"paths": {f"/{n}": {"get": {}} for n in range(600)}}),
            [("GET", f"/{n}") for n in range(500)],
            "",
            id="bounded",
        ),
        pytest.param(json_reply({}, 404), [], "status 404", id="no-document"),
        pytest.param(json_reply([1]), [], "is an object", id="no-object"),
        pytest.param(json_reply({"paths": {"/x": 1}}), [], "is an object", id="odd-paths"),
        pytest.param(b"nonsense", [], "malformed HTTP", id="no-http"),
    ],
)
def test_an_inspect_job_tells_health_and_routes(
    document: bytes, routes: list[tuple[str, str]], problem: str, harness: Any, serve: Serve, tmp_path: Path
) -> None:
    """What the candidate's own document says, or why it cannot be read."""

    def behave(connection: Any, request: bytes) -> None:
        connection.sendall(document if b"/openapi.json" in request else json_reply({}, 503))

    process = harness(Job(mode="inspect", port=serve(behave).port, pack=str(tmp_path), seed=1))
    assert process.finish() == 0
    assert process.kinds() == ["hello", "listening", "routes", "finished"]
    told = process.events[2]
    assert [(route.method, route.path) for route in told.routes] == routes
    assert problem in told.problem
    assert bool(told.problem) == bool(problem)
    assert told.health == 503
