"""WebSockets: who is let in, who gets which messages in which order, and who is held up by whom.

Order decides, never a pause: that a message does not come is proved by the one that comes in its place.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from grader.harness.api import Api
from grader.harness.mismatch import DeadlinePassed, Mismatch
from grader.harness.reply import Reply
from grader.harness.websocket import SMALL_READ_BUFFER, Socket

POLICY_VIOLATION: Final = 1008
"""RFC 6455 section 7.4.1."""
PAIRS: Final = 8
TALK_BYTES: Final = 64 * 1024
"""What a server keeps for one that does not read, before it makes who sends wait: 64 KiB in asyncio's buffer and, with
a small read buffer at the other end, 20 to 45 KB in its kernel's (uvicorn on Linux 6, cubic and BBR). This is less."""
PUSH_BYTES: Final = 48 * 1024
"""With the former this is more."""
STALL_BYTES: Final = 256 * 1024
"""More than twice as much."""
LAST_CHANGES: Final = 130
"""When nothing more is taken, a few changes are enough, but for queues that make wait only when they are full: a
hundred is a common bound."""

Publish = Callable[[int], Awaitable[Any]]
"""Makes change number n, counted from 0, and gives the message that its subscribers get.

Raises `Mismatch` if the change is not accepted."""


async def refused_or_closed(
    api: Api, path: str, *, code: int = POLICY_VIOLATION, provoke: Any = None, **options: Any
) -> None:
    """The handshake is refused with a 4xx, or the WebSocket is closed with this code before any message.

    Args:
        api: the candidate.
        path: of the WebSocket.
        code: of the close frame.
        provoke: a message that an open WebSocket would answer; so one that should not be open need not be waited for.
        options: as for `Api.handshake`.

    Raises:
        Mismatch: it is accepted and used, closed otherwise, or refused with another status.
    """
    expected = f"the handshake is refused with a 4xx, or the WebSocket is closed with {code} before any message"
    async with api.handshake(path, **options) as handshake:
        if isinstance(handshake.outcome, Reply):
            if not 400 <= handshake.outcome.status < 500:  # noqa: PLR2004 - what 4xx means
                raise handshake.outcome.mismatch(expected, f"it is refused with {handshake.outcome.status}")
            return
        socket = handshake.accepted()
        if provoke is not None:
            with suppress(Mismatch):  # it may be closed by now
                await socket.send_json(provoke)
        await socket.expect_closed(code, expected=expected)


async def receives_in_order(socket: Socket, expected: Sequence[Any]) -> None:
    """The next messages are these, in this order; further members are let pass.

    Raises:
        Mismatch: one is another, or does not come.
    """
    for number, message in enumerate(expected, 1):
        await socket.next_is(message, f"message {number} of {len(expected)}")


async def receive_alike(sockets: Sequence[Socket], expected: Sequence[Any]) -> list[Any]:
    """The next messages of each of the sockets are these, in whatever order, but in the same one at all of them.

    Returns:
        The messages in that order.

    Raises:
        Mismatch: one is another, comes twice or not at all, or in another order than at the first socket.
    """
    left: list[Any] = list(expected)
    order: list[Any] = []
    while left:
        index = await sockets[0].next_among(left, f"message {len(order) + 1} of {len(expected)}")
        order.append(left.pop(index))
    for socket in sockets[1:]:
        for number, message in enumerate(order, 1):
            await socket.next_is(message, f"message {number} of {len(expected)}, as at another socket,")
    return order


async def receives_nothing_before(socket: Socket, fence: Any) -> None:
    """Nothing has come to the socket before this message, which was caused after all that must not come.

    Raises:
        Mismatch: something came before it, or it does not come.
    """
    await socket.next_is(fence, "nothing else comes before: the next message")


@dataclass(frozen=True, slots=True)
class Crowd:
    """Subscribers of the same thing, of whom half will stop reading.

    Attributes:
        stalled: these will.
        others: these go on.
    """

    stalled: list[Socket]
    others: list[Socket]


@asynccontextmanager
async def crowd(
    api: Api, path: str, subscribe: Callable[[Socket], Awaitable[object]], *, pairs: int = PAIRS, **options: Any
) -> AsyncIterator[Crowd]:
    """Open WebSockets of both kinds in turns, and subscribe each.

    In whatever order an application goes through its subscribers, some of the others come after a stalled one. Where
    that order is by chance (a set), all of them come first once in `comb(2 * pairs, pairs)` runs: 12,870 for 8 pairs.

    Args:
        api: the candidate.
        path: of the WebSocket.
        subscribe: subscribes one, and reads the answer.
        pairs: how many of each kind.
        options: as for `Api.handshake`.
    """
    stalled: list[Socket] = []
    others: list[Socket] = []
    async with AsyncExitStack() as stack:
        for _ in range(pairs):
            for kind, buffer in ((stalled, SMALL_READ_BUFFER), (others, None)):
                socket = await stack.enter_async_context(api.websocket(path, read_buffer=buffer, **options))
                await subscribe(socket)
                kind.append(socket)
        yield Crowd(stalled, others)


async def stalled_hold_up_nobody(subscribers: Crowd, talk: Iterable[tuple[Any, Any]], publish: Publish) -> None:
    """While some do not read, and the server can send them no more, changes are accepted and the others get them.

    First the stalled ones ask for much, but for less than would make their own handlers wait, and changes are made
    until whoever tells them must wait. Then they ask for more, far beyond what any buffer is known to take. One of the
    others says the same after them, and reads: when it has its answer, the server has come round to them, too.

    Args:
        subscribers: those of the same thing; the stalled ones begin not to read here.
        talk: what each of the stalled says, and the answer to it, one after another; taken from until the answers are
            `STALL_BYTES` together.
        publish: makes a change that all have subscribed to. The longer its message, the fewer are made.

    Raises:
        Mismatch: a change was not accepted; or a message is another, or does not come, where it is read.
        ValueError: `talk` is too short.
    """
    for socket in subscribers.stalled:
        socket.stop_reading()
    said, numbers = iter(talk), count()
    await _say(subscribers, said, TALK_BYTES)
    await _publish(subscribers, publish, numbers, lambda _, size: size < PUSH_BYTES)
    await _say(subscribers, said, STALL_BYTES - TALK_BYTES)
    await _publish(subscribers, publish, numbers, lambda changes, _: changes < LAST_CHANGES)


async def _say(subscribers: Crowd, talk: Iterator[tuple[Any, Any]], missing: int) -> None:
    for message, answer in talk:
        for socket in subscribers.stalled:
            with suppress(Mismatch):  # the service may have closed it: it does not read
                await socket.send_json(message)
        await subscribers.others[-1].send_json(message)
        await subscribers.others[-1].next_is(answer)
        missing -= _size(answer)
        if missing <= 0:
            return
    raise ValueError(f"what the stalled are told is {missing} bytes too short to fill the buffers")


async def _publish(
    subscribers: Crowd, publish: Publish, numbers: Iterator[int], go_on: Callable[[int, int], bool]
) -> None:
    """Make changes as long as wanted; `go_on` is told how many there were, and how many bytes their messages have."""
    changes, size = 0, 0
    while go_on(changes, size):
        message = await _accepted(publish, next(numbers))
        for socket in subscribers.others:
            await socket.next_is(message, "while another subscriber does not read, the next message")
        changes, size = changes + 1, size + _size(message)


async def _accepted(publish: Publish, number: int) -> Any:
    try:
        return await publish(number)
    except DeadlinePassed as late:
        expected = "a change is accepted while a subscriber does not read"
        raise DeadlinePassed(expected, late.got, since=late.since, until=late.until, exchange=late.exchange) from late


def _size(message: Any) -> int:
    """Bytes of a message that wastes none."""
    return len(json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode())


async def forgotten(gone: Sequence[Socket], others: Sequence[Socket], publish: Publish, *, rounds: int = 3) -> None:
    """After some have gone away, by a reset or by a close frame in turns, changes are accepted and the others get them.

    Args:
        gone: these go.
        others: these stay.
        publish: makes a change that all of them have subscribed to.
        rounds: how many changes.

    Raises:
        Mismatch: a change was not accepted, or one of the others did not get it.
    """
    for index, socket in enumerate(gone):
        if index % 2:
            await socket.close()
        else:
            socket.abort()
    for number in range(rounds):
        message = await publish(number)
        for socket in others:
            await socket.next_is(message, "after another subscriber has gone, the next message")
