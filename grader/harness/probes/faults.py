"""Ways in which an upstream answers, and does not: each is a function of the body that a good answer has.

So a check can have several upstreams fail in the same way, and each still answers with its own data where it answers.
"""

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from grader.harness.upstream.gate import Gate
from grader.harness.upstream.script import (
    Script,
    answer,
    closed,
    half_a_body,
    late,
    no_answer,
    not_json,
    raw,
    reset,
    slow_body,
)

Fault = Callable[[Any], Script]


def good(body: Any) -> Script:
    """A good answer."""
    return answer(body)


def never(_: Any) -> Script:
    """No answer, on a connection that stays open."""
    return no_answer()


BROKEN: Final[Mapping[str, Fault]] = MappingProxyType(
    {
        "closed without an answer": lambda _: closed(),
        "reset": lambda _: reset(),
        "broken off in the body": half_a_body,
    }
)
"""The connection breaks before the answer is complete."""

NONSENSE: Final[Mapping[str, Fault]] = MappingProxyType(
    {
        "a page of HTML": lambda _: not_json(),
        "an empty body": lambda _: raw(b"", headers={"Content-Type": "application/json"}),
        "half a document": lambda body: not_json(json.dumps(body)[:-2]),
        "a list": lambda body: answer([body]),
    }
)
"""A whole answer with status 200 that is no JSON object."""


def status(code: int) -> Fault:
    """The good body with another status, so that nothing but the status tells.

    Args:
        code: 200 to 599.
    """
    return lambda body: answer(body, status=code)


def lacking(member: str) -> Fault:
    """A good answer without one member."""
    return lambda body: answer({name: value for name, value in body.items() if name != member})


def after(seconds: float, fault: Fault = good) -> Fault:
    """The same, some seconds after the call has arrived."""
    return lambda body: late(fault(body), seconds)


def behind(gate: Gate, fault: Fault = good) -> Fault:
    """The same, once a gate is open (`Upstreams.gate`)."""
    return lambda body: [["wait", gate.name], *fault(body)]


def trickled(every: float) -> Fault:
    """The headers at once, and then a byte of the body at a time, without an end.

    Args:
        every: seconds between two bytes.
    """
    return lambda body: slow_body(body, every=every)


def in_pieces(seconds: float) -> Fault:
    """A good answer whose body comes in two pieces: so many seconds after the headers, and as many after that."""
    return lambda body: _in_pieces(answer(body), seconds)


def _in_pieces(script: Script, seconds: float) -> Script:
    head, (_, text), end = script
    half, pause = len(text) // 2, ["pause", seconds]
    return [head, pause, ["data", text[:half]], pause, ["data", text[half:]], end]
