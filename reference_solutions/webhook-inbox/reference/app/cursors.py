"""Cursors: a place in the list, signed, so that nobody but this service makes one."""

import hashlib
import hmac
import re

from app.errors import BadCursorError

_FORM = re.compile(r"([0-9]{1,18})-[0-9a-f]{32}")


class Cursors:
    def __init__(self, secret: bytes) -> None:
        # A key of its own: what is signed here can never pass for a webhook's signature.
        self._key = hmac.new(secret, b"cursors", hashlib.sha256).digest()

    def issue(self, sequence: int) -> str:
        mac = hmac.new(self._key, str(sequence).encode(), hashlib.sha256).hexdigest()[:32]
        return f"{sequence}-{mac}"

    def read(self, cursor: str) -> int:
        """Return the place that a cursor stands for.

        Raises:
            BadCursorError: it was not issued here, or altered.
        """
        parts = _FORM.fullmatch(cursor)
        if parts is None:
            raise BadCursorError
        sequence = int(parts[1])
        # Issued anew and compared as a whole, so that no other spelling of the same place passes.
        if not hmac.compare_digest(self.issue(sequence), cursor):
            raise BadCursorError
        return sequence
