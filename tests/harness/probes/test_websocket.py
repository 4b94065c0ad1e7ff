import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import count, islice
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI, HTTPException, WebSocket, WebSocketDisconnect

from grader.harness import Api, Mismatch
from grader.harness.mismatch import DeadlinePassed
from grader.harness.probes.websocket import (
    STALL_BYTES,
    crowd,
    forgotten,
    receive_alike,
    receives_in_order,
    receives_nothing_before,
    refused_or_closed,
    stalled_hold_up_nobody,
)
from grader.harness.websocket import Socket
from grader.harness.wire import Limits
from tests.harness.probes.hubs import (
    Hub,
    Tell,
    all_at_once,
    backwards,
    by_queues,
    by_queues_or_not,
    by_queues_that_fill,
    by_tasks,
    carelessly,
    one_by_one,
    one_by_one_in_a_task,
)

# Candidates pin versions of uvicorn whose default is the older, now deprecated implementation.
OLDER = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:The `websockets` implementation")
IMPLEMENTATIONS = ["websockets-sansio", pytest.param("websockets", marks=OLDER)]

pytestmark = pytest.mark.anyio

Serve = Callable[..., Api]


@contextmanager
def _served(app: FastAPI, ws: str) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(
            app, log_level="critical", lifespan="off", ws=ws, loop="asyncio", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Runs an application under uvicorn until the test ends."""
    with ExitStack() as running:

        def start(app: FastAPI, *, ws: str = "websockets-sansio", seconds: float = 30.0) -> Api:
            return Api(port=running.enter_context(_served(app, ws)), limits=Limits(seconds=seconds))

        yield start


# --- who is let in


def door(behave: Callable[[WebSocket], Awaitable[None]]) -> FastAPI:
    app = FastAPI()
    app.websocket("/ws")(behave)
    return app


async def refuses(ws: WebSocket) -> None:
    await ws.close()


async def refuses_with_401(_: WebSocket) -> None:
    raise HTTPException(401, "no")


async def closes(ws: WebSocket) -> None:
    await ws.accept()
    await ws.close(1008)


async def closes_when_asked(ws: WebSocket) -> None:
    await ws.accept()
    await ws.receive_text()
    await ws.close(1008)


async def closes_with_another_code(ws: WebSocket) -> None:
    await ws.accept()
    await ws.close(1000)


async def speaks_first(ws: WebSocket) -> None:
    await ws.accept()
    await ws.send_json({"type": "error"})
    await ws.close(1008)


async def answers(ws: WebSocket) -> None:
    await ws.accept()
    with suppress(WebSocketDisconnect):
        while True:
            await ws.send_json(await ws.receive_json())


async def redirects(_: WebSocket) -> None:
    raise HTTPException(307, headers={"location": "/login"})


async def breaks(_: WebSocket) -> None:
    raise KeyError("token")


@pytest.mark.parametrize("behave", [refuses, refuses_with_401, closes, closes_when_asked])
async def test_a_refusal_and_a_close_are_as_good(behave: Any, serve: Serve) -> None:
    """Whether before or after the handshake is left to the application."""
    await refused_or_closed(serve(door(behave)), "/ws", params={"token": "bad"}, provoke={"subscribe": []})


@pytest.mark.parametrize(
    ("behave", "got"),
    [
        (closes_with_another_code, "closed by the server: 1000"),
        (speaks_first, '{"type":"error"}'),
        (answers, '{"subscribe":[]}'),
        (redirects, "refused with 307"),
        (breaks, "refused with 500"),
    ],
)
async def test_what_is_not_shut_out_is_found_at_once(behave: Any, got: str, serve: Serve) -> None:
    """Another code, another status, and above all an answer; no wait for a clock is needed to say so."""
    with pytest.raises(Mismatch, match="refused with a 4xx, or the WebSocket is closed with 1008") as caught:
        await refused_or_closed(serve(door(behave)), "/ws", provoke={"subscribe": []})
    assert got in caught.value.got
    assert not isinstance(caught.value, DeadlinePassed)


async def test_nobody_at_the_door_is_a_mismatch(free_port: int) -> None:
    """An application that is gone has refused nothing."""
    with pytest.raises(Mismatch, match="refused"):
        await refused_or_closed(Api(port=free_port), "/ws")


# --- who gets what


def publisher(api: Api, name: str) -> Callable[[int], Awaitable[Any]]:
    async def publish(number: int) -> Any:
        change = {"id": name, "amount": f"{number}.00"}
        (await api.post("/changes", json=change)).expect(202)
        return change

    return publish


async def subscribe(ws: Socket, *names: str) -> None:
    await ws.send_json({"subscribe": list(names)})
    await ws.next_is({"ids": sorted(names)})


async def test_order_is_proved_message_by_message(serve: Serve) -> None:
    """The mismatch says which message is another one."""
    api = serve(Hub(by_queues).app)
    publish = publisher(api, "a")
    async with api.websocket("/ws") as ws:
        await subscribe(ws, "a")
        told = [await publish(number) for number in range(4)]
        await receives_in_order(ws, told[:2])
        with pytest.raises(Mismatch, match=r"message 1 of 2 is .*3\.00.*got .*2\.00"):
            await receives_in_order(ws, [told[3], told[2]])


async def test_all_sockets_must_agree_on_an_order(serve: Serve) -> None:
    """Any order of changes that were made at once will do, if it is the same everywhere."""
    for tell, fails in ((by_queues, False), (backwards, True)):
        api = serve(Hub(tell).app)
        publish = publisher(api, "a")
        async with api.websocket("/ws") as one, api.websocket("/ws") as other:
            for ws in (one, other):
                await subscribe(ws, "a")
            told = [await publish(number) for number in range(2)]
            if fails:
                with pytest.raises(Mismatch, match="message 1 of 2, as at another socket, is"):
                    await receive_alike([one, other], told[::-1])
            else:
                assert await receive_alike([one, other], told[::-1]) == told


async def test_a_message_too_many_is_found_before_the_fence(serve: Serve) -> None:
    """That nothing came is proved by the message that was caused after it."""
    api = serve(Hub(by_queues).app)
    async with api.websocket("/ws") as ws:
        await subscribe(ws, "b")
        await publisher(api, "a")(1)
        await receives_nothing_before(ws, await publisher(api, "b")(2))
        await publisher(api, "b")(3)
        with pytest.raises(Mismatch, match=r"nothing else comes before: the next message is .*4\.00.*got .*3\.00"):
            await receives_nothing_before(ws, await publisher(api, "b")(4))


# --- who is held up by whom


NAME = "x" * 250


def talk() -> Iterator[tuple[Any, Any]]:
    """Subscribes to ever more ids, so that few messages have long answers."""
    names = [NAME, *(f"{number:060}" for number in range(30))]
    yield {"subscribe": names[1:]}, {"ids": sorted(names)}
    for number in count(30):
        names.append(f"{number:060}")
        yield {"subscribe": names[-1:]}, {"ids": sorted(names)}


async def stalled(api: Api) -> None:
    async with crowd(api, "/ws", lambda ws: subscribe(ws, NAME)) as subscribers:
        await stalled_hold_up_nobody(subscribers, talk(), publisher(api, NAME))


@pytest.mark.parametrize("ws", IMPLEMENTATIONS)
@pytest.mark.parametrize("tell", [by_queues, by_queues_or_not, by_tasks])
async def test_a_subscriber_that_does_not_read_holds_up_nobody(tell: Tell, ws: str, serve: Serve) -> None:
    """Where each subscriber is told by a task of its own, or told no more, all others are served."""
    await stalled(serve(Hub(tell, bound=100 if tell is by_queues_or_not else 0).app, ws=ws))


@pytest.mark.parametrize("ws", IMPLEMENTATIONS)
@pytest.mark.parametrize(
    ("tell", "expected"),
    [
        (one_by_one, "a change is accepted while a subscriber does not read"),
        (all_at_once, "a change is accepted while a subscriber does not read"),
        (by_queues_that_fill, "a change is accepted while a subscriber does not read"),
        (one_by_one_in_a_task, "while another subscriber does not read, the next message is"),
    ],
)
async def test_a_subscriber_that_does_not_read_holds_up_others(
    tell: Tell, expected: str, ws: str, serve: Serve
) -> None:
    """Whoever awaits one subscriber before it goes on to others, or to its answer, is found each time.

    Nothing but the clock can say so, hence the deadline.
    """
    with pytest.raises(DeadlinePassed, match=expected):
        await stalled(serve(Hub(tell, bound=100).app, ws=ws, seconds=1.5))


async def test_too_short_a_talk_is_the_graders_fault(serve: Serve) -> None:
    """It would leave room in the buffers, and prove nothing."""
    api = serve(Hub(by_queues).app)
    async with crowd(api, "/ws", lambda ws: subscribe(ws, NAME), pairs=1) as subscribers:
        with pytest.raises(ValueError, match="bytes too short"):
            await stalled_hold_up_nobody(subscribers, islice(talk(), 3), publisher(api, NAME))


async def test_the_talk_is_listened_to(serve: Serve) -> None:
    """A wrong answer is the application's fault, and no more is sent than is needed."""
    said: list[Any] = []

    def wrong() -> Iterator[tuple[Any, Any]]:
        for message, answer in talk():
            said.append(message)
            yield message, {**answer, "ids": []}

    api = serve(Hub(by_queues).app)
    async with crowd(api, "/ws", lambda ws: subscribe(ws, NAME), pairs=1) as subscribers:
        with pytest.raises(Mismatch, match="the next message is"):
            await stalled_hold_up_nobody(subscribers, wrong(), publisher(api, NAME))
    assert len(said) == 1
    assert STALL_BYTES > 128 * 1024


# --- who is forgotten


@pytest.mark.parametrize("tell", [by_queues, carelessly])
async def test_those_who_went_away_are_forgotten(tell: Tell, serve: Serve) -> None:
    """Once an application has noticed that a subscriber is gone, changes are accepted as before."""
    api = serve(Hub(tell).app)
    async with crowd(api, "/ws", lambda ws: subscribe(ws, "a"), pairs=2) as subscribers:
        await forgotten(subscribers.stalled, subscribers.others, publisher(api, "a"))


async def test_those_who_went_away_are_not_forgotten(serve: Serve) -> None:
    """An application that goes on sending to them fails, and so does the change."""
    api = serve(Hub(carelessly, leaky=True).app)
    async with crowd(api, "/ws", lambda ws: subscribe(ws, "a"), pairs=2) as subscribers:
        with pytest.raises(Mismatch, match="status 202, got status 500"):
            await forgotten(subscribers.stalled, subscribers.others, publisher(api, "a"))
