"""The place of a WebSocket in the recording of a check."""

import shlex

from grader.harness.recording import MAX_CURL_CHARS, Recording
from grader.harness.request import Headers
from grader.harness.transport import Broken, Outcome
from grader.harness.websocket.connection import Connection
from grader.text import visible
from grader.verdicts import Exchange


class Entry:
    """One WebSocket as one exchange: the handshake, and in place of a response's body the transcript.

    Args:
        recording: where it stands.
        outcome: of the handshake.
        connection: what is said, and how it ends.
        headers: those of the handshake that the check chose.
    """

    def __init__(self, recording: Recording, outcome: Outcome, connection: Connection, headers: Headers | None) -> None:
        self._recording = recording
        self._connection = connection
        self._was_open = connection.opened
        plain = Recording().add(outcome)  # its bounds are those of every exchange
        url = "ws" + plain.url.removeprefix("http")
        command = plain.curl if headers or not self._was_open else shlex.join(["python", "-m", "websockets", url])
        self._base = plain.model_copy(update={"url": url, "curl": command if len(command) <= MAX_CURL_CHARS else ""})
        self._shown = self._base
        recording.exchanges.append(self._base)
        recording.lost = recording.lost or outcome.broken is Broken.LOST

    def exchange(self, error: str = "") -> Exchange:
        """The WebSocket as it stands now.

        Args:
            error: what is wrong, if the way it ended does not say so.
        """
        if not self._was_open:
            return self._base
        ending = self._connection.ending
        if ending and ending.broken:
            error = ending.words
        update = {"response_body": self._connection.transcript.text(), "error": visible(error) or None}
        return self._base.model_copy(update=update)

    def update(self, error: str = "") -> Exchange:
        """The same, which the recording then shows, unless later exchanges have driven this one out."""
        exchange, exchanges = self.exchange(error), self._recording.exchanges
        for index, each in enumerate(exchanges):
            if each is self._shown:
                exchanges[index] = self._shown = exchange
                break
        ending = self._connection.ending
        self._recording.lost = self._recording.lost or bool(ending and ending.broken is Broken.LOST)
        return exchange
