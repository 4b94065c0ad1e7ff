"""Addresses: wrong ones are one line, and nothing secret is ever shown."""

import pytest

from grader.batch.remote.urls import redacted, require_broker
from grader.errors import UsageError


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://:pw@host:6379/0", "redis://host:6379/0"),
        ("rediss://user:p%40w@host/1?ssl_cert_reqs=required&password=pw", "rediss://host/1"),
        ("amqp://user:p@w@host:5672//", "amqp://host:5672//"),
        ("s3://key:pw@bucket/folder", "s3://bucket/folder"),
        ("/srv/store", "/srv/store"),
        ("redis://:pw@host:port", "redis:…"),
        ("redis://:pw@[::1", "redis:…"),
    ],
)
def test_what_is_secret_is_not_shown(url: str, shown: str) -> None:
    assert redacted(url) == shown


@pytest.mark.parametrize("url", ["http://u:pw@host", "redis://", "host:6379", "redis://h:pw", "amqp://[", "memory://x"])
def test_what_is_no_broker(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        require_broker(url)
    assert "is no address of a broker" in caught.value.message
    assert "pw" not in caught.value.message


def test_no_broker_at_all() -> None:
    with pytest.raises(UsageError, match="no broker is named"):
        require_broker("")
