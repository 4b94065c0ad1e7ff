"""Who sent a webhook, and when: `X-Signature: t=<unix seconds>,v1=<hex>`."""

import hashlib
import hmac
import re
import time

from app.errors import BadSignatureError

TOLERANCE = 300  # seconds; what was recorded on the way is worth nothing after that
_FORM = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})")


def sign(secret: bytes, timestamp: str, body: bytes) -> str:
    return hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def verify(secret: bytes, header: str | None, body: bytes, now: float | None = None) -> None:
    """Return if `header` signs these very bytes, and did so not long ago.

    Raises:
        BadSignatureError: otherwise.
    """
    parts = _FORM.fullmatch(header or "")
    if parts is None:
        raise BadSignatureError
    timestamp, signature = parts.groups()
    # In constant time, so that the answer's delay does not tell how much of a guess was right.
    if not hmac.compare_digest(sign(secret, timestamp, body), signature):
        raise BadSignatureError
    if abs((time.time() if now is None else now) - int(timestamp)) > TOLERANCE:
        raise BadSignatureError
