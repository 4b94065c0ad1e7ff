"""Answers that a function of the pack computes. The pack is ours and trusted."""

import importlib.util
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl

from grader.harness.upstream.script import OK


@dataclass(frozen=True, slots=True)
class Request:
    """What a computing function is told of a call.

    Attributes:
        method: such as "POST".
        path: without the query, percent-decoded.
        query: name → the last value.
        variables: what stood in place of `{name}` in the route's path.
        headers: name in lower case → the last value.
        body: raw bytes.
        attempt: the how manyth call of this method and target it is, from 1.
    """

    method: str
    path: str
    query: dict[str, str]
    variables: dict[str, str]
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    attempt: int

    def json(self) -> Any:
        """The body as JSON; ValueError if it is none."""
        return json.loads(self.body)

    @classmethod
    def of(cls, recorded: dict[str, Any], variables: dict[str, str]) -> "Request":
        """From a call as the stage records it."""
        return cls(
            recorded["method"],
            recorded["path"],
            dict(parse_qsl(recorded["target"].partition("?")[2], keep_blank_values=True)),
            variables,
            {name.lower(): value for name, value in recorded["headers"]},
            recorded["body"].encode("latin-1"),
            recorded["attempt"],
        )


def compute(file: str, name: str, arguments: list[Any], request: Request) -> tuple[int, bytes]:
    """Status and body that the function gives.

    Raises:
        Exception: whatever the function raises; the pack's own fault.
    """
    value = function(file, name)(request, *arguments)
    status, body = value if isinstance(value, tuple) else (OK, value)
    return status, json.dumps(body).encode()


def function(file: str, name: str) -> Callable[..., Any]:
    """A function at the top of a file.

    Raises:
        Exception: whatever the file raises when it is loaded; the pack's own fault.
    """
    found: Callable[..., Any] = getattr(_module(file), name)
    return found


@cache
def _module(file: str) -> ModuleType:
    name = f"computed_{Path(file).stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look for their module there
    spec.loader.exec_module(module)
    return module
