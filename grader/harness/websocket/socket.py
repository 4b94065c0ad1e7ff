"""A WebSocket as checks use it. Whatever the server does to it ends in a value or a `Mismatch`."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from grader.harness import strict_json
from grader.harness.json_node import Json
from grader.harness.mismatch import DeadlinePassed, Mismatch
from grader.harness.transport import Clock
from grader.harness.websocket.connection import Connection
from grader.harness.websocket.entry import Entry
from grader.harness.websocket.frames import Message
from grader.verdicts import Exchange

MAX_SHOWN = 300
"""Characters of a message that a mismatch shows."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a wait may last.

    Attributes:
        seconds: says how many there are now; fewer near the end of the check.
        clock: monotonic seconds.
    """

    seconds: Callable[[], float]
    clock: Clock


class Socket:
    """An open WebSocket. Like a browser it reads in the background; messages are kept until a check asks for them.

    Args:
        connection: what it talks through.
        entry: its place in the recording.
        patience: how long it waits.
    """

    def __init__(self, connection: Connection, entry: Entry, patience: Patience) -> None:
        self._connection = connection
        self._entry = entry
        self._patience = patience
        self._reads = True

    @property
    def exchange(self) -> Exchange:
        """The handshake, and all that was said so far."""
        return self._entry.exchange()

    async def send_json(self, value: Any) -> None:
        """Send a value as JSON; as `send_text`."""
        await self.send_text(json.dumps(value, ensure_ascii=False, allow_nan=False))

    async def send_text(self, text: str) -> None:
        """Send a message.

        Raises:
            Mismatch: the WebSocket has ended, or the server takes nothing for too long.
        """
        if self._connection.ending is None:
            self._connection.send_text(text)
            await self._until(lambda: not self._connection.full, "the server reads what it is sent")
        if self._connection.ending is not None:
            raise self._ended("an open WebSocket")

    async def receive_json(self) -> Json:
        """The next message as strict JSON, whether it came as text or as bytes.

        Raises:
            Mismatch: none came in time, the WebSocket has ended, or the message is no JSON.
        """
        message = await self._receive("a message")
        exchange = self.exchange
        return Json(strict_json.parse(message.data, exchange=exchange), exchange)

    async def next_is(self, expected: Any, what: str = "the next message") -> Json:
        """The next message, if it has the members of `expected`; further ones, at any depth, are let pass.

        Args:
            expected: a JSON value.
            what: how the mismatch calls the message.

        Returns:
            The message.

        Raises:
            Mismatch: it is another one, or as for `receive_json`.
        """
        return (await self._next([expected], what))[1]

    async def next_among(self, expected: Sequence[Any], what: str = "the next message") -> int:
        """The next message, if it is one of these, as for `next_is`.

        Args:
            expected: JSON values.
            what: how the mismatch calls the message.

        Returns:
            The index of the first that it is.

        Raises:
            Mismatch: it is none of them, or as for `receive_json`.
        """
        return (await self._next(expected, what))[0]

    async def expect_closed(self, *codes: int, expected: str = "") -> int:
        """The next thing that the server does is to close the WebSocket.

        Args:
            codes: those that will do (RFC 6455 section 7.4), 1005 for a close frame without one; any if none is named.
            expected: how the mismatch calls it.

        Returns:
            The code.

        Raises:
            Mismatch: a message comes instead, another code, or an end without a close frame.
        """
        code = f" with {' or '.join(map(str, codes))}" if codes else ""
        expected = expected or f"the server closes the WebSocket{code}"
        await self._news(expected)
        if self._connection.messages:
            raise self.mismatch(expected, _excerpt(self._connection.messages[0]))
        ending = self._connection.ending
        if ending is None or ending.code is None or (codes and ending.code not in codes):
            raise self._ended(expected)
        return ending.code

    async def close(self) -> None:
        """Close it in due form: a close frame with 1000, and its answer.

        Raises:
            DeadlinePassed: the server neither answered nor ended the connection.
        """
        self.resume_reading()
        self._connection.start_closing()
        await self._until(lambda: False, "the server answers a close frame")
        self._entry.update()

    def abort(self) -> None:
        """Vanish: a TCP reset, no close frame."""
        self._connection.reset()
        self._entry.update()

    def stop_reading(self) -> None:
        """Read nothing until `resume_reading`; opened with a small buffer, the server soon can send no more."""
        self._reads = False
        self._connection.set_reading(wanted=False)

    def resume_reading(self) -> None:
        """Read on."""
        self._reads = True
        self._connection.set_reading(wanted=True)

    def mismatch(self, expected: str, got: str) -> Mismatch:
        """A mismatch that carries the transcript, to be raised."""
        return Mismatch(expected, got, exchange=self._entry.update())

    async def _receive(self, expected: str) -> Message:
        await self._news(expected)
        if not self._connection.messages:
            raise self._ended(expected)
        return self._connection.messages.popleft()

    async def _next(self, expected: Sequence[Any], what: str) -> tuple[int, Json]:
        wanted = f"{what} is {' or '.join(map(_shown, expected))}"
        message = await self._receive(wanted)
        with suppress(Mismatch):
            node = Json(strict_json.parse(message.data), self.exchange)
            for index, value in enumerate(expected):
                if _is(node, value):
                    return index, node
        raise self.mismatch(wanted, _excerpt(message))

    async def _news(self, expected: str) -> None:
        if not self._reads:
            raise RuntimeError("a WebSocket that does not read learns nothing")
        await self._until(lambda: bool(self._connection.messages), expected)

    async def _until(self, ready: Callable[[], bool], expected: str) -> None:
        since, seconds = self._patience.clock(), self._patience.seconds()
        if not await self._connection.until(ready, seconds):
            got = f"nothing within {round(seconds, 1):g} s"
            until, exchange = self._patience.clock(), self._entry.update(got)
            raise DeadlinePassed(expected, got, since=since, until=until, exchange=exchange)

    def _ended(self, expected: str) -> Mismatch:
        ending = self._connection.ending
        return self.mismatch(expected, ending.words if ending else "it is open")


def _is(node: Json, expected: Any) -> bool:
    try:
        _judge(node, expected)
    except Mismatch:
        return False
    return True


def _judge(node: Json, expected: Any) -> None:
    """Compare, but let further members pass; `Mismatch` if it differs."""
    if isinstance(expected, Mapping):
        for name, value in expected.items():
            _judge(node[name], value)
    elif isinstance(expected, list) and len(node.array()) == len(expected):
        for element, value in zip(node.array(), expected, strict=True):
            _judge(element, value)
    else:
        node.equals(expected)


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:MAX_SHOWN]


def _excerpt(message: Message) -> str:
    return message.data[:MAX_SHOWN].decode("utf-8", "backslashreplace") or "an empty message"
