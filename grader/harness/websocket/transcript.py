"""What was said on a WebSocket, as people will read it."""

from collections import deque

from grader.harness.recording import MAX_BODY_CHARS
from grader.text import clip, visible

MAX_LINE_CHARS = 500
HEAD_CHARS = MAX_BODY_CHARS // 4
"""How much of the beginning is kept; the rest is for the end, which says what went wrong."""
TAIL_CHARS = MAX_BODY_CHARS - HEAD_CHARS


class Transcript:
    """The messages of both sides in their order: `> ` sent, `< ` received, `* ` what else happened.

    It is bounded: of a long one, messages in the middle are left out, and counted.
    """

    def __init__(self) -> None:
        self._head: list[str] = []
        self._tail: deque[str] = deque()
        self._head_chars = 0
        self._tail_chars = 0
        self._left_out = 0

    def sent(self, text: str) -> None:
        """A message of the check."""
        self._add(f"> {text}")

    def received(self, data: bytes, *, binary: bool) -> None:
        """A message of the server."""
        self._add(f"< {'(binary) ' if binary else ''}{data.decode('utf-8', 'backslashreplace')}")

    def happened(self, what: str) -> None:
        """Something that is no message."""
        self._add(f"* {what}")

    def text(self) -> str:
        """All of it."""
        gap = [f"* ({self._left_out:,} more, left out here)"] if self._left_out else []
        return "\n".join([*self._head, *gap, *self._tail])

    def _add(self, line: str) -> None:
        # A line feed becomes an escape, so that no message can look like two.
        line = clip(visible(line, limit=MAX_LINE_CHARS), 2 * MAX_LINE_CHARS)
        chars = len(line) + 1
        if not self._tail and self._head_chars + chars <= HEAD_CHARS:
            self._head.append(line)
            self._head_chars += chars
            return
        self._tail.append(line)
        self._tail_chars += chars
        while self._tail_chars > TAIL_CHARS:
            self._tail_chars -= len(self._tail.popleft()) + 1
            self._left_out += 1
