"""WebSockets to an honest server: what is sent, received, closed and written down."""

import asyncio
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect, WebSocketException

from grader.harness import Api, Mismatch
from grader.harness.mismatch import DeadlinePassed
from grader.harness.wire import Limits

pytestmark = pytest.mark.anyio

Serve = Callable[[FastAPI], Api]


@contextmanager
def _served(app: FastAPI) -> Iterator[Api]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(app, log_level="critical", lifespan="off", ws="websockets-sansio", loop="asyncio")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield Api(port=listener.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Runs an application under uvicorn until the test ends."""
    with ExitStack() as running:
        yield lambda app: running.enter_context(_served(app))


class Room:
    """An application: echoes JSON, closes or refuses when it is told to, and tells how each WebSocket ended.

    Attributes:
        ended: the close codes that it has seen.
    """

    def __init__(self) -> None:
        self.app = FastAPI()
        self.ended: asyncio.Queue[int] = asyncio.Queue()
        self.headers: dict[str, str] = {}
        self.app.websocket("/ws")(self.talk)
        self.app.websocket("/private")(self.refuse)
        self.app.get("/ended")(self.tell)

    async def talk(self, ws: WebSocket) -> None:
        self.headers = dict(ws.headers)
        await ws.accept()
        try:
            while True:
                match await ws.receive_json():
                    case {"close": code}:
                        await ws.close(code)
                        return
                    case {"bytes": value}:
                        await ws.send_json(value, mode="binary")
                    case {"text": text}:
                        await ws.send_text(text)
                    case value:
                        await ws.send_json(value)
        except WebSocketDisconnect as gone:
            self.ended.put_nowait(gone.code)

    async def refuse(self, _: WebSocket) -> None:
        raise WebSocketException(code=1008)

    async def tell(self) -> int:
        """How the next WebSocket ended, once it has."""
        return await self.ended.get()


async def test_json_goes_both_ways(serve: Serve) -> None:
    """What is received is a node, and its exchange is the talk so far."""
    async with serve(Room().app).websocket("/ws", params={"token": "a b"}) as ws:
        await ws.send_json({"n": [1, "ü"]})
        node = await ws.receive_json()
    node.equals({"n": [1, "ü"]})
    assert node.exchange is not None
    assert node.exchange.url == "ws://127.0.0.1:8000/ws?token=a+b"
    assert (node.exchange.method, node.exchange.status, node.exchange.error) == ("GET", 101, None)
    assert node.exchange.response_body == '> {"n": [1, "ü"]}\n< {"n":[1,"ü"]}'
    assert node.exchange.curl == "python -m websockets 'ws://127.0.0.1:8000/ws?token=a+b'"


async def test_bytes_are_json_too(serve: Serve) -> None:
    """Whether a message is text or bytes is left to the contract; the transcript says which it was."""
    async with serve(Room().app).websocket("/ws") as ws:
        await ws.send_json({"bytes": {"n": 1}})
        await ws.next_is({"n": 1})
        assert ws.exchange.response_body == '> {"bytes": {"n": 1}}\n< (binary) {"n":1}'


async def test_the_handshake_is_that_of_a_client_without_extensions(serve: Serve) -> None:
    """Nothing names the grader, no compression is offered, and a check's own headers replace the ordinary ones."""
    room = Room()
    async with serve(room.app).websocket("/ws", headers={"Authorization": "Bearer t", "user-agent": "x"}) as ws:
        await ws.send_json(1)
        await ws.next_is(1)
        assert "Authorization: Bearer t" in ws.exchange.curl
    assert room.headers["authorization"] == "Bearer t"
    assert room.headers["user-agent"] == "x"
    assert "sec-websocket-extensions" not in room.headers
    assert "grader" not in str(room.headers).lower()


async def test_what_is_no_json_is_a_mismatch(serve: Serve) -> None:
    """A message is judged as strictly as a body."""
    async with serve(Room().app).websocket("/ws") as ws:
        await ws.send_json({"text": '{"a": NaN}'})
        with pytest.raises(Mismatch, match="NaN is no JSON number"):
            await ws.receive_json()


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param({"a": 1, "more": 2}, {"a": 1}, id="further-members-pass"),
        pytest.param({"a": [{"b": 1, "more": 2}]}, {"a": [{"b": 1}]}, id="at-any-depth"),
        pytest.param([], [], id="an-empty-array"),
    ],
)
async def test_next_is_lets_further_members_pass(message: Any, expected: Any, serve: Serve) -> None:
    """A contract seldom forbids members that it does not name."""
    async with serve(Room().app).websocket("/ws") as ws:
        await ws.send_json(message)
        (await ws.next_is(expected)).equals(message)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param({"a": True}, {"a": 1}, id="true-is-not-1"),
        pytest.param({"more": 2}, {"a": 1}, id="a-missing-member"),
        pytest.param({"a": [1, 2]}, {"a": [1]}, id="an-element-too-many"),
        pytest.param([1], {"a": 1}, id="no-object"),
        pytest.param({"text": "{"}, {"a": 1}, id="no-json"),
    ],
)
async def test_another_message_is_shown(message: Any, expected: Any, serve: Serve) -> None:
    """The mismatch shows what came, and the recording shows the talk."""
    api = serve(Room().app)
    async with api.websocket("/ws") as ws:
        await ws.send_json(message)
        with pytest.raises(Mismatch, match="the next message is") as caught:
            await ws.next_is(expected)
    assert caught.value.exchange is not None
    assert caught.value.got in (caught.value.exchange.response_body or "")
    assert api.recording.last is not None
    assert api.recording.last.response_body is not None
    assert api.recording.last.response_body.startswith("> ")


async def test_next_among_says_which_it_was(serve: Serve) -> None:
    """For messages whose order is open."""
    async with serve(Room().app).websocket("/ws") as ws:
        await ws.send_json({"n": 2})
        assert await ws.next_among([{"n": 1}, {"n": 2}]) == 1
        await ws.send_json({"n": 3})
        with pytest.raises(Mismatch, match=re.escape('is {"n": 1} or {"n": 2}, got {"n":3}')):
            await ws.next_among([{"n": 1}, {"n": 2}])


async def test_a_close_of_the_server_is_what_was_expected(serve: Serve) -> None:
    """Any code, or one of those that are named."""
    api = serve(Room().app)
    for codes in ((), (1008,), (1000, 1008)):
        async with api.websocket("/ws") as ws:
            await ws.send_json({"close": 1008})
            assert await ws.expect_closed(*codes) == 1008
            assert "* closed by the server: 1008 (policy violation)" in (ws.exchange.response_body or "")
    assert not api.recording.lost


@pytest.mark.parametrize(
    ("sent", "got"),
    [
        pytest.param([{"close": 1011}], "closed by the server: 1011", id="another-code"),
        pytest.param([{"n": 1}, {"close": 1008}], '{"n":1}', id="a-message-first"),
    ],
)
async def test_expect_closed_wants_the_close_next(sent: list[Any], got: str, serve: Serve) -> None:
    """The code counts, and so does that nothing comes before."""
    async with serve(Room().app).websocket("/ws") as ws:
        for message in sent:
            await ws.send_json(message)
        with pytest.raises(Mismatch, match="closes the WebSocket with 1008") as caught:
            await ws.expect_closed(1008)
    assert got in caught.value.got


async def test_an_unexpected_close_is_a_mismatch(serve: Serve) -> None:
    """Who waits for a message or sends one hears how the WebSocket ended; what came before that is still there."""
    async with serve(Room().app).websocket("/ws") as ws:
        await ws.send_json(1)
        await ws.send_json({"close": 1011})
        await ws.next_is(1)
        with pytest.raises(Mismatch, match="got closed by the server: 1011"):
            await ws.receive_json()
        with pytest.raises(Mismatch, match="expected an open WebSocket, got closed by the server: 1011"):
            await ws.send_json(2)


async def test_a_message_that_does_not_come_is_a_passed_deadline(serve: Serve) -> None:
    """The clock alone decides nothing: it is told apart, with the times of the wait; the WebSocket is still good."""
    api = serve(Room().app)
    async with api.websocket("/ws") as ws:
        api._limits = Limits(seconds=0.2)
        with pytest.raises(DeadlinePassed, match=r"expected a message, got nothing within 0\.2 s") as caught:
            await ws.receive_json()
        assert caught.value.until > caught.value.since
        assert caught.value.exchange is api.recording.last
        api._limits = Limits()
        await ws.send_json(1)
        await ws.next_is(1)


@pytest.mark.parametrize("closed", [True, False])
async def test_the_server_sees_a_close_frame(closed: bool, serve: Serve) -> None:
    """Closed by the check, or by the end of the block, in due form."""
    api = serve(Room().app)
    async with api.websocket("/ws") as ws:
        if closed:
            await ws.close()
    assert (await api.get("/ended")).json().integer() == 1000
    assert "> (close 1000)" in (api.recording.exchanges[0].response_body or "")
    assert api.recording.exchanges[0].error is None


async def test_abort_sends_no_close_frame(serve: Serve) -> None:
    """The server sees that the connection is gone (1005 or 1006, as it likes), and the check knows that it did that."""
    api = serve(Room().app)
    async with api.websocket("/ws") as ws:
        ws.abort()
        with pytest.raises(Mismatch, match="reset by the client"):
            await ws.receive_json()
    assert (await api.get("/ended")).json().integer() in (1005, 1006)
    assert not api.recording.lost


async def test_a_socket_that_does_not_read_keeps_everything_for_later(serve: Serve) -> None:
    """Nothing is lost, however long it does not read; to wait for a message meanwhile is the grader's own fault."""
    text = "x" * 50_000
    async with serve(Room().app).websocket("/ws", read_buffer=1024) as ws:
        ws.stop_reading()
        for _ in range(4):
            await ws.send_json({"t": text})
        with pytest.raises(RuntimeError):
            await ws.receive_json()
        ws.resume_reading()
        for _ in range(4):
            await ws.next_is({"t": text})


async def test_a_refusal_is_a_reply(serve: Serve) -> None:
    """Its status and body can be judged like any other's; as a WebSocket it is a mismatch."""
    api = serve(Room().app)
    async with api.handshake("/private") as handshake:
        assert handshake.refused(401, 403).status == 403
        assert handshake.refused().status == 403
        with pytest.raises(Mismatch, match="expected status 401, got status 403"):
            handshake.refused(401)
        with pytest.raises(Mismatch, match="accepted: status 101, got status 403"):
            handshake.accepted()
    assert api.recording.last is not None
    assert (api.recording.last.url, api.recording.last.status) == ("ws://127.0.0.1:8000/private", 403)
    assert "Upgrade: websocket" in api.recording.last.curl


async def test_an_open_socket_is_no_refusal(serve: Serve) -> None:
    """Who wants a refusal is shown that there was none."""
    async with serve(Room().app).handshake("/ws") as handshake:
        with pytest.raises(Mismatch, match="refused, got it was accepted"):
            handshake.refused()


async def test_a_long_talk_shows_its_beginning_and_its_end(serve: Serve) -> None:
    """Evidence is bounded, and says how much is left out; no message can pass for two."""
    async with serve(Room().app).websocket("/ws") as ws:
        for number in range(200):
            await ws.send_json(f"{number}\n> forged" + "y" * 100)
            await ws.receive_json()
        shown = ws.exchange.response_body or ""
    assert len(shown) < 4_200
    assert shown.startswith('> "0\\n> forged')
    assert "more, left out here)" in shown
    assert '< "199' in shown
    assert not [line for line in shown.splitlines() if line.startswith("> forged")]


async def test_no_wait_outlasts_the_check(serve: Serve) -> None:
    """Near the end of the check there is less patience."""
    port = serve(Room().app)._port
    api = Api(port=port, ends_at=0.0)
    async with api.handshake("/ws") as handshake:
        with pytest.raises(DeadlinePassed, match="no answer to the handshake within 0 s"):
            handshake.accepted()


async def test_what_was_said_is_recorded_when_the_check_is_ended(serve: Serve) -> None:
    """A check that runs out of time shows the WebSocket that it waited at."""
    api = serve(Room().app)
    waits = asyncio.Event()

    async def check() -> None:
        async with api.websocket("/ws") as ws:
            await ws.send_json(1)
            await ws.next_is(1)
            waits.set()
            await ws.receive_json()

    task = asyncio.create_task(check())
    await waits.wait()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert api.recording.last is not None
    assert (api.recording.last.response_body or "").startswith("> 1\n< 1\n")


async def test_later_exchanges_may_drive_it_out(serve: Serve) -> None:
    """The recording keeps its bound and its order, whatever a WebSocket does after it has been driven out."""
    api = serve(Room().app)
    async with api.websocket("/ws"):
        for _ in range(25):
            await api.get("/nothing")
    assert len(api.recording.exchanges) == 20
    assert {exchange.url.rpartition("/")[2] for exchange in api.recording.exchanges} == {"nothing"}
