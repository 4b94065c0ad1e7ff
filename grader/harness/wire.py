"""HTTP/1.1 as bytes, without input or output: requests out through h11, a stranger's response in, within bounds."""

from dataclasses import dataclass

import h11

from grader.harness.request import Outgoing

READ_BYTES = 64 * 1024
PIECE_BYTES = 8 * 1024
"""Of a body that is sent in chunks."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a response may be.

    Attributes:
        seconds: until it is whole. Generous, since correct applications hash passwords slowly on a busy machine.
        body_bytes: of the body, as transferred.
        header_bytes: of all names and values together.
        headers: how many of them.
        interim: how many 1xx responses may come before the real one.
        pieces: into how many chunks the body may be cut; each costs the harness time, however small it is.
        wire_bytes: of all that is received for one request, interim responses and the lines of chunks included.
        check_bytes: of the bodies of all answers in one check, which may be held at once.
        check_bytes_each: that each answer adds to these, so that a check may ask as often as it likes.
    """

    seconds: float = 30.0
    body_bytes: int = 2 * 1024 * 1024
    header_bytes: int = 64 * 1024
    headers: int = 100
    interim: int = 20
    pieces: int = 50_000
    wire_bytes: int = 8 * 1024 * 1024
    check_bytes: int = 16 * 1024 * 1024
    check_bytes_each: int = 32 * 1024


class WireError(Exception):
    """The server's bytes are no HTTP response, or one beyond the limits. The message says how, for people."""


class ConnectionEnded(WireError):
    """The server closed before the response was whole."""


def in_words(error: Exception) -> str:
    """How a connection failed."""
    match error:
        case ConnectionRefusedError():
            return "the connection was refused"
        case ConnectionResetError() | BrokenPipeError():
            return "the connection was reset"
    return f"the connection broke: {error}"


class Allowance:
    """What all answers of a check may hold together: each is within bounds, and a hundred of them fill the memory.

    Args:
        limits: how much it is.
    """

    def __init__(self, limits: Limits) -> None:
        self._allowed = limits.check_bytes
        self._each = limits.check_bytes_each
        self._taken = 0

    def one_more(self) -> None:
        """One more answer is read."""
        self._allowed += self._each

    def take(self, count: int) -> None:
        """So many bytes of a body are kept.

        Raises:
            WireError: they are too many.
        """
        self._taken += count
        if self._taken > self._allowed:
            raise WireError(f"more than {self._allowed} bytes in all the answers of this check")


class ResponseReader:
    """Eats bytes until a response is whole; what has arrived can be read at any time.

    Args:
        connection: a client's h11 connection whose request is sent.
        limits: what the response may be.
        allowance: of the check; one of its own where there is none.

    Attributes:
        status: None until the status line and headers are there.
        headers: names and values as received.
        body: what has arrived of it; transfer coding undone, content coding not.
    """

    def __init__(self, connection: h11.Connection, limits: Limits, allowance: Allowance | None = None) -> None:
        self.status: int | None = None
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = bytearray()
        self._connection = connection
        self._limits = limits
        self._allowance = allowance or Allowance(limits)
        self._allowance.one_more()
        self._received = 0
        self._interim = 0
        self._pieces = 0
        self._silent = True

    def feed(self, data: bytes) -> bool:
        """Take what was received; empty bytes mean that the server closed.

        Returns:
            True once the response is whole.

        Raises:
            WireError: it is no response, or beyond the limits.
            ConnectionEnded: it ended too early.
        """
        if not data and self._silent:
            raise ConnectionEnded("the connection was closed without a response")
        self._silent = False
        self._received += len(data)
        if self._received > self._limits.wire_bytes:
            raise WireError(f"more than {self._limits.wire_bytes} bytes in all")
        try:
            return self._feed(data)
        except WireError:
            raise
        except Exception as error:  # whatever h11 raises here, the server's bytes made it so
            kind = WireError if data else ConnectionEnded
            raise kind(f"malformed HTTP: {error}") from error

    def _feed(self, data: bytes) -> bool:
        self._connection.receive_data(data)
        while True:
            event = self._connection.next_event()
            if event is h11.NEED_DATA:
                return False
            if isinstance(event, h11.EndOfMessage):
                return True
            self._take(event)

    def _take(self, event: object) -> None:
        match event:
            case h11.InformationalResponse():
                self._count_interim()
            case h11.Response():
                self._take_head(event)
            case h11.Data():
                self._take_body(event)
            case _:
                raise WireError(f"malformed HTTP: {event!r} in place of a response")

    def _count_interim(self) -> None:
        self._interim += 1
        if self._interim > self._limits.interim:
            raise WireError(f"more than {self._limits.interim} interim (1xx) responses")

    def _take_head(self, response: h11.Response) -> None:
        # RFC 9110 section 15: outside 100 to 599 a status code is invalid; h11 lets 600 to 999 through.
        if response.status_code > 599:  # noqa: PLR2004 - the RFC's number
            raise WireError(f"malformed HTTP: status {response.status_code}")
        headers = response.headers.raw_items()
        if len(headers) > self._limits.headers:
            raise WireError(f"more than {self._limits.headers} headers")
        if sum(len(name) + len(value) for name, value in headers) > self._limits.header_bytes:
            raise WireError(f"more than {self._limits.header_bytes} bytes of headers")
        self.status, self.headers = response.status_code, headers

    def _take_body(self, data: h11.Data) -> None:
        self._pieces += 1
        if self._pieces > self._limits.pieces:
            raise WireError(f"a body of more than {self._limits.pieces} pieces")
        self._allowance.take(len(data.data))
        self.body += data.data
        if len(self.body) > self._limits.body_bytes:
            raise WireError(f"more than {self._limits.body_bytes} bytes of body")


def serialize(outgoing: Outgoing, limits: Limits, allowance: Allowance | None = None) -> tuple[bytes, ResponseReader]:
    """The request's bytes, and the reader for its response.

    Args:
        outgoing: the request.
        limits: what the response may be.
        allowance: of the check.

    Raises:
        h11.LocalProtocolError: the check asks for what HTTP cannot carry; the grader's own fault.
    """
    connection = h11.Connection(our_role=h11.CLIENT, max_incomplete_event_size=limits.header_bytes)
    head = h11.Request(method=outgoing.method, target=outgoing.target, headers=outgoing.headers)
    parts = [connection.send(head)]
    if outgoing.body:
        # Cut for those that are sent in chunks; for others it makes no difference.
        pieces = (outgoing.body[start : start + PIECE_BYTES] for start in range(0, len(outgoing.body), PIECE_BYTES))
        parts += [connection.send(h11.Data(data=piece)) for piece in pieces]
    parts.append(connection.send(h11.EndOfMessage()))
    return b"".join(part or b"" for part in parts), ResponseReader(connection, limits, allowance)
