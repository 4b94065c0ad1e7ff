"""Every exchange of a check, as people will read it."""

from collections import deque

from grader.harness.curl import curl_line
from grader.harness.mismatch import Mismatch
from grader.harness.request import Outgoing, Unsendable
from grader.harness.transport import Broken, Outcome
from grader.text import visible
from grader.verdicts import Exchange

MAX_EXCHANGES = 20
MAX_BODY_CHARS = 4 * 1024
MAX_HEADER_BYTES = 4 * 1024
MAX_URL_CHARS = 2 * 1024
MAX_CURL_CHARS = 24 * 1024

# They describe the connection of the harness, which is not what anybody wants to repeat.
_CONNECTION_HEADERS = frozenset({b"host", b"connection"})


class Recording:
    """The exchanges of one run of one check, oldest first, at most the last twenty.

    Attributes:
        exchanges: what the report shows.
        lost: whether a connection was refused, reset or cut: the application may be gone.
    """

    def __init__(self) -> None:
        self.exchanges: deque[Exchange] = deque(maxlen=MAX_EXCHANGES)
        self.lost = False

    @property
    def last(self) -> Exchange | None:
        """The latest exchange."""
        return self.exchanges[-1] if self.exchanges else None

    def blame(self, error: Unsendable) -> Exception:
        """What to raise for a value that cannot be sent.

        Returns:
            A mismatch where the application has answered before, since the value may be its own, such as an id; the
            error itself, which is the check's, where it has not.
        """
        if self.last is None:
            return error
        return Mismatch("an answer with which a client can go on", str(error), exchange=self.last)

    def add(self, outcome: Outcome) -> Exchange:
        """Write down what became of a request, and return it as the report shows it."""
        exchange = exchange_of(outcome)
        self.exchanges.append(exchange)
        self.lost = self.lost or outcome.broken is Broken.LOST
        return exchange


def exchange_of(outcome: Outcome) -> Exchange:
    """What became of a request, as the report shows it."""
    outgoing = outcome.outgoing
    curl = curl_line(outgoing)
    return Exchange(
        method=visible(outgoing.method),
        url=visible(outgoing.url, limit=MAX_URL_CHARS),
        request_headers=_headers(_sent(outgoing)),
        request_body=None if outgoing.body is None else _text(outgoing.body),
        status=outcome.status,
        response_headers=_headers(outcome.headers),
        response_body=None if outcome.status is None else _text(outcome.body),
        error=visible(outcome.error) or None,
        seconds=round(max(0.0, outcome.until - outcome.since), 4),
        curl=curl if len(curl) <= MAX_CURL_CHARS else "",
    )


def _sent(outgoing: Outgoing) -> list[tuple[bytes, bytes]]:
    chosen = {name.lower().encode("ascii", "replace") for name, _ in outgoing.own_headers}
    hidden = _CONNECTION_HEADERS - chosen
    return [(name, value) for name, value in outgoing.headers if name.lower() not in hidden]


def _headers(raw: list[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    shown, budget = [], MAX_HEADER_BYTES
    for name, value in raw:
        budget -= len(name) + len(value)
        if budget < 0:
            shown.append(("…", "(further headers left out)"))
            break
        shown.append((_line(name), _line(value)))
    return shown


def _line(data: bytes) -> str:
    return visible(data.decode("utf-8", "backslashreplace"), limit=MAX_HEADER_BYTES)


def _text(body: bytes) -> str:
    return visible(body.decode("utf-8", "backslashreplace"), limit=MAX_BODY_CHARS, multiline=True)
