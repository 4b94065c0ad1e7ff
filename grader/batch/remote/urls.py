"""Addresses of brokers and stores: what they must look like, and how they are shown without what is secret in them."""

from typing import Final
from urllib.parse import SplitResult, urlsplit

from grader.errors import UsageError

REDIS: Final = ("redis", "rediss")
AMQP: Final = ("amqp", "amqps")
TLS: Final = ("rediss", "amqps")
_BROKER_HINT = "write it as redis://HOST:PORT/0 or amqp://USER@HOST:PORT/VHOST (rediss:// and amqps:// for TLS)"


def require_broker(url: str) -> str:
    """A broker's address, once it is sure to be one.

    Raises:
        UsageError: it is none, or there is none.
    """
    if not url:
        raise UsageError("no broker is named", hint="pass --broker URL, or set GRADER_BROKER")
    parts = _split(url)
    if parts is None or parts.scheme not in REDIS + AMQP or not parts.hostname:
        raise UsageError(f"--broker {redacted(url)}: this is no address of a broker", hint=_BROKER_HINT)
    return url


def redacted(url: str) -> str:
    """An address as it may be shown: without user, password, and what follows a question mark."""
    parts = _split(url)
    if parts is None:
        return f"{url.partition(':')[0][:20]}:…" if ":" in url else url
    if not parts.scheme:
        return url.partition("?")[0]
    place = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{place}{parts.path}"


def _split(url: str) -> SplitResult | None:
    """Its parts; None where it has none, or a port that is no number."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts
