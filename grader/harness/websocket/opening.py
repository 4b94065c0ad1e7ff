"""The opening handshake as bytes, without input or output (RFC 6455 section 4).

The answer is read like any other response, within the same bounds; `websockets` tells whether a 101 is a valid one.
"""

from collections.abc import Mapping
from typing import cast

import h11
from websockets.client import ClientProtocol
from websockets.datastructures import Headers as HandshakeHeaders
from websockets.exceptions import InvalidHandshake
from websockets.http11 import USER_AGENT, Response
from websockets.protocol import State
from websockets.uri import parse_uri

from grader.harness.request import Headers, Outgoing, Params, Request, encode
from grader.harness.wire import Limits, ResponseReader, WireError

SWITCHING_PROTOCOLS = 101


class Opening(ResponseReader):
    """Asks for a WebSocket, and eats bytes until the answer is whole: a valid 101, or a response that refuses.

    No extension is offered, so no message is ever compressed.

    Args:
        path: begins with a slash.
        params: query parameters, added to those in `path`.
        headers: replace the ordinary ones of the same name.
        address: host and port of the application.
        limits: what the answer may be.

    Attributes:
        outgoing: the request.
        request: its bytes.
        rest: what came behind a 101, and belongs to the WebSocket.

    Raises:
        Unsendable, ValueError, TypeError, h11.LocalProtocolError: the check asks for what cannot be sent; the
            grader's own fault.
    """

    def __init__(
        self, path: str, params: Params | None, headers: Headers | None, address: tuple[str, int], limits: Limits
    ) -> None:
        self._handshake = ClientProtocol(parse_uri("ws://127.0.0.1/"), state=State.OPEN)
        own = list(headers.items()) if isinstance(headers, Mapping) else list(headers or ())
        request = Request("GET", path, params, headers=[*self._ordinary(own), *own])
        self.outgoing = encode(request, *address)
        connection = h11.Connection(our_role=h11.CLIENT, max_incomplete_event_size=limits.header_bytes)
        self.request = _bytes(connection, self.outgoing)
        self.rest = b""
        super().__init__(connection, limits)

    @property
    def accepted(self) -> bool:
        """Whether there is a WebSocket now."""
        return self.status == SWITCHING_PROTOCOLS

    def _ordinary(self, own: list[tuple[str, str]]) -> list[tuple[str, str]]:
        ordinary = {
            "User-Agent": USER_AGENT,
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": self._handshake.key,
            "Sec-WebSocket-Version": "13",
        }
        chosen = {name.lower() for name, _ in own}
        return [(name, value) for name, value in ordinary.items() if name.lower() not in chosen]

    def _feed(self, data: bytes) -> bool:
        self._connection.receive_data(data)
        while not self.accepted:
            event = self._connection.next_event()
            if event is h11.NEED_DATA:
                return False
            if isinstance(event, h11.EndOfMessage):
                return True
            self._take(event)
        self.rest = bytes(self._connection.trailing_data[0])
        return True

    def _take(self, event: object) -> None:
        if not isinstance(event, h11.InformationalResponse) or event.status_code != SWITCHING_PROTOCOLS:
            return super()._take(event)
        self._take_head(cast(h11.Response, event))  # for h11 a 101 is no response, but it has all that one has
        self._judge()
        return None

    def _judge(self) -> None:
        pairs = [(name.decode("ascii"), value.decode("iso-8859-1")) for name, value in self.headers]
        try:
            self._handshake.process_response(Response(SWITCHING_PROTOCOLS, "", HandshakeHeaders(pairs)))
        except InvalidHandshake as error:
            raise WireError(f"a 101 that opens no WebSocket: {error}") from error


def _bytes(connection: h11.Connection, outgoing: Outgoing) -> bytes:
    head = h11.Request(method=outgoing.method, target=outgoing.target, headers=outgoing.headers)
    return b"".join(part or b"" for part in (connection.send(head), connection.send(h11.EndOfMessage())))
