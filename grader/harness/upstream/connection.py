"""HTTP/1.1 of one connection, on the upstream's side."""

import asyncio
import errno
import socket
import struct
import sys
from typing import Any, Final, Protocol, cast

import h11

from grader.harness.upstream.computed import Request, compute
from grader.harness.upstream.script import JSON, Script, Step, raw
from grader.harness.upstream.stage import Playing, Stage

MAX_HEAD_BYTES: Final = 64 * 1024
MAX_BODY_BYTES: Final = 4 * 1024 * 1024
MAX_PIECES: Final = 10_000
"""Into which a body may be cut; each costs time, however small it is."""
NO_LINGER: Final = struct.pack("ii", 1, 0)
"""With this a close is a reset (socket(7), SO_LINGER)."""
_GONE: Final = frozenset({errno.ECONNRESET, errno.EBADF, errno.ENOTCONN, errno.EPIPE})


class Register(Protocol):
    """Where connections that are open stand."""

    def opened(self, connection: "Connection") -> None:
        """It stands now."""
        ...

    def closed(self, connection: "Connection") -> None:
        """It stands no more."""
        ...


class Connection(asyncio.Protocol):
    """Reads requests, one after another, and plays their scripts.

    Args:
        upstream: whose listener accepted it.
        number: of the connection.
        stage: what all share.
        register: hears of its beginning and its end.
    """

    def __init__(self, upstream: str, number: int, stage: Stage, register: Register) -> None:
        self.upstream = upstream
        self._number = number
        self._stage = stage
        self._register = register
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD_BYTES)
        self._head: h11.Request | None = None
        self._body = bytearray()
        self._pieces = 0
        self._playing: Playing | None = None
        self._task: asyncio.Task[None] | None = None

    # --- what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands."""
        self._transport = cast("asyncio.Transport", transport)
        self._socket = transport.get_extra_info("socket")
        self._register.opened(self)

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if not self._stage.takes(len(data)):
            self._refuse()
            return
        self._http.receive_data(data)
        self._read()

    def eof_received(self) -> None:
        """The caller will send no more: it has gone. No client that reads on closes its own direction first."""
        self._give_up()

    def connection_lost(self, _: Exception | None) -> None:
        """The connection is closed."""
        self._give_up()
        self._register.closed(self)

    # --- what the stage and the listeners call

    def gone(self) -> bool:
        """See `stage.Caller.gone`: whether an end of file waits to be read."""
        if self._transport.is_closing():
            return True
        try:
            return bool(socket.socket.recv(_raw(self._socket), 1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b"")
        except BlockingIOError:
            return False
        except OSError as error:
            return error.errno in _GONE

    def abort(self) -> None:
        """See `stage.Caller.abort`."""
        if self._task:
            self._task.cancel()
        if self._playing:
            self._end(self._playing, "reset")
        self._reset()

    # --- requests

    def _read(self) -> None:
        try:
            while self._playing is None:
                event = self._http.next_event()
                if event is h11.NEED_DATA or event is h11.PAUSED:
                    self._encourage()
                    return
                self._take(event)
        except h11.RemoteProtocolError:
            self._refuse()

    def _encourage(self) -> None:
        """A client may wait for this before it sends its body (RFC 9110 section 10.1.1)."""
        if self._http.they_are_waiting_for_100_continue:
            self._send(h11.InformationalResponse(status_code=100, headers=[]))

    def _take(self, event: Any) -> None:
        match event:
            case h11.Request():
                self._head, self._pieces = event, 0
                self._body.clear()
            case h11.Data():
                self._body += event.data
                self._pieces += 1
                if len(self._body) > MAX_BODY_BYTES or self._pieces > MAX_PIECES:
                    raise h11.RemoteProtocolError("a body that is too large")
            case h11.EndOfMessage() if self._head:
                self._begin(self._head)

    def _begin(self, head: h11.Request) -> None:
        recorded = {
            "upstream": self.upstream,
            "connection": self._number,
            "method": head.method.decode("latin-1"),
            "target": head.target.decode("latin-1"),
            "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in head.headers],
            "body": self._body.decode("latin-1"),
        }
        self._playing = self._stage.arrived(recorded, self)
        self._task = asyncio.get_running_loop().create_task(self._play(self._playing))

    def _refuse(self) -> None:
        self._stage.abused()
        self.abort()

    # --- answers

    async def _play(self, playing: Playing) -> None:
        try:
            await self._stage.wait_at_gate(playing)
            await self._run(playing.script, playing)
            if self._playing is playing:
                raise ValueError("a script without an end")  # noqa: TRY301 - told like whatever else a script can do
        except Exception as error:  # noqa: BLE001 - a pack's own function, or a script that HTTP cannot carry
            print(f"upstream {self.upstream}: {error!r}", file=sys.stderr)  # noqa: T201 - the harness's log
            self._stage.failed(playing, error)
            self.abort()

    async def _run(self, script: Script, playing: Playing) -> None:
        for step in script:
            if self._playing is not playing:
                return
            await self._step(step, playing)

    async def _step(self, step: Step, playing: Playing) -> None:
        match step:
            case ["wait", str(gate)]:
                await self._stage.wait_at(gate)
            case ["pause", int() | float() as seconds]:
                await asyncio.sleep(seconds)
            case ["silence"]:
                await asyncio.get_running_loop().create_future()
            case ["trickle", str(text), int() | float() as seconds]:
                while True:
                    self._send(h11.Data(data=text.encode("latin-1")))
                    await asyncio.sleep(seconds)
            case ["headers", int() | float() as seconds]:
                self._transport.write(b"HTTP/1.1 200 OK\r\n")
                while True:
                    self._transport.write(b"X-Later: yes\r\n")
                    await asyncio.sleep(seconds)
            case ["computed", str(file), str(name), list(arguments)]:
                status, body = compute(file, name, arguments, Request.of(playing.recorded, playing.variables))
                await self._run(raw(body, status=status, headers=JSON), playing)
            case _:
                self._say(step, playing)

    def _say(self, step: Step, playing: Playing) -> None:
        match step:
            case ["head", int(status), list(headers)]:
                playing.recorded["status"] = status
                self._send(h11.Response(status_code=status, headers=[(str(n), str(v)) for n, v in headers]))
            case ["data", str(text)]:
                self._send(h11.Data(data=text.encode("latin-1")))
            case ["end"]:
                self._finish(playing)
            case ["cut"]:
                self._end(playing, "cut off")
                self._transport.close()
            case ["reset"]:
                self._end(playing, "reset")
                self._reset()
            case _:
                raise ValueError(f"no such step: {step!r:.100}")

    def _send(self, event: h11.Event) -> None:
        # The answer to HEAD has the headers of one with a body, and no body (RFC 9110 section 9.3.2).
        if isinstance(event, h11.Data) and self._head and self._head.method == b"HEAD":
            return
        data = self._http.send(event)
        if data:
            self._transport.write(data)

    def _finish(self, playing: Playing) -> None:
        # Told first, then sent: whoever has the answer can be sure that the harness knows of it.
        self._end(playing, f"answered {playing.recorded.get('status')}")
        self._send(h11.EndOfMessage())
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
            asyncio.get_running_loop().call_soon(self._read)
        else:
            self._transport.close()

    def _end(self, playing: Playing, outcome: str) -> None:
        self._stage.ended(playing, outcome)
        self._playing = None

    def _give_up(self) -> None:
        if self._playing:
            self._stage.given_up(self._playing)
            self._playing = None
        if self._task:
            self._task.cancel()

    def _reset(self) -> None:
        """Close it so that the caller sees a reset rather than an end."""
        if not self._transport.is_closing():
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        self._transport.abort()


def _raw(transport_socket: Any) -> socket.socket:
    """The socket behind asyncio's wrapper, which has no `recv`."""
    return cast("socket.socket", transport_socket._sock)  # noqa: SLF001 - see above
