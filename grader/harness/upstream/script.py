"""What a call is answered with: a list of steps, as plain JSON, which the process plays one after another."""

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

Step = list[Any]
Script = list[Step]
"""Steps: `["head", status, headers]`, `["data", latin-1 text]`, `["end"]`, `["wait", gate]`, `["pause", seconds]`,
`["silence"]`, `["trickle", latin-1 text, seconds]`, `["headers", seconds]`, `["cut"]`, `["reset"]`,
`["computed", file, name, arguments]`."""

OK: Final = 200
Headers = Mapping[str, str]

JSON: Final[Headers] = {"Content-Type": "application/json"}


def answer(value: Any = None, *, status: int = OK, headers: Headers | None = None) -> Script:
    """A whole answer with a JSON body.

    Args:
        value: what the body says.
        status: 200 to 599.
        headers: besides Content-Type and Content-Length.
    """
    return raw(json.dumps(value).encode(), status=status, headers={**JSON, **(headers or {})})


def raw(body: bytes, *, status: int = OK, headers: Headers | None = None) -> Script:
    """A whole answer with these bytes as its body."""
    return [_head(status, headers, len(body)), _data(body), ["end"]]


def not_json(text: str = "<html>502 Bad Gateway</html>") -> Script:
    """200 with a body that calls itself JSON and is none."""
    return raw(text.encode(), headers=JSON)


def half_a_body(value: Any) -> Script:
    """200, half of the body that Content-Length announces, and then the connection is closed."""
    body = json.dumps(value).encode()
    return [_head(OK, JSON, len(body)), _data(body[: len(body) // 2]), ["cut"]]


def no_answer() -> Script:
    """The call is read and never answered; the connection stays open."""
    return [["silence"]]


def closed() -> Script:
    """The call is read, and the connection closed without an answer."""
    return [["cut"]]


def reset() -> Script:
    """The call is read, and the connection reset (RST)."""
    return [["reset"]]


def slow_body(value: Any, *, every: float) -> Script:
    """200 and the headers at once, then one byte of the body at a time: the last but one is repeated for ever.

    Args:
        value: what the body would say.
        every: seconds between two bytes; shorter than any time limit between reads, so that only a limit on the whole
            call ends it.
    """
    body = json.dumps(value).encode()
    return [_head(OK, JSON, 1_000_000), _data(body[:1]), ["trickle", " ", every]]


def slow_head(*, every: float) -> Script:
    """The status line at once, then one header after another without an end: there is never an answer.

    Args:
        every: as for `slow_body`.
    """
    return [["headers", every]]


def late(script: Script, seconds: float) -> Script:
    """The same answer, some seconds after the call has arrived."""
    return [["pause", seconds], *script]


def stream(*parts: bytes | str, media_type: str = "text/event-stream") -> Script:
    """A chunked answer. A part that is text is the name of a gate at which the rest waits; see `Upstreams.gate`."""
    head: Step = ["head", OK, [["Content-Type", media_type], ["Transfer-Encoding", "chunked"]]]
    return [head, *(_data(part) if isinstance(part, bytes) else ["wait", part] for part in parts), ["end"]]


def computed(function: Callable[..., Any], *arguments: Any) -> Script:
    """An answer that a function of the pack computes, in the process.

    Args:
        function: at the top of a file below `checks/`; called with a `Request` of `computed` and the arguments. What
            it returns is the JSON body, or a pair of status and body.
        arguments: as JSON can carry them.

    Raises:
        ValueError: the function cannot be found again from its file and name.
    """
    file = inspect.getsourcefile(function)
    if not file or "." in function.__qualname__ or function.__name__ == "<lambda>":
        raise ValueError(f"{function!r} cannot compute answers: a function at the top of a file is wanted")
    return [["computed", file, function.__name__, list(arguments)]]


def _head(status: int, headers: Headers | None, length: int) -> Step:
    pairs = [[name, value] for name, value in (headers or {}).items()]
    return ["head", status, [*pairs, ["Content-Length", str(length)]]]


def _data(body: bytes) -> Step:
    return ["data", body.decode("latin-1")]


def sequence(scripts: Sequence[Script]) -> list[Script]:
    """The scripts of one route: the first attempt gets the first, and the last is repeated.

    Raises:
        ValueError: there is none.
    """
    if not scripts:
        raise ValueError("a route needs at least one answer")
    return list(scripts)
