"""Answers to a WebSocket handshake that open none: each loses the check of its own operation, and no other one."""

import pytest

from tests.attacks.attack import Attack, Outcome
from tests.attacks.operations import hand_in, hostile, see

NO_SOCKET = "opens no WebSocket"
HTTP = "malformed HTTP"
SWITCH = 'b"HTTP/1.1 101 X\\r\\nconnection: upgrade\\r\\nupgrade: websocket\\r\\n'
EXPLOITS = {
    "another-key": hostile("refuses_the_key", NO_SOCKET),
    "no-key": hostile(f'says({SWITCH}\\r\\n")', NO_SOCKET),
    "two-keys": hostile('talks(headers=(b"sec-websocket-accept: x",))', NO_SOCKET),
    "no-upgrade": hostile('says(b"HTTP/1.1 101 X\\r\\n\\r\\n")', NO_SOCKET),
    "upgrade-to-h2c": hostile(
        'says(b"HTTP/1.1 101 X\\r\\nconnection: upgrade\\r\\nupgrade: h2c\\r\\n\\r\\n")', NO_SOCKET
    ),
    "compression-unasked": hostile('talks(headers=(b"sec-websocket-extensions: permessage-deflate",))', NO_SOCKET),
    "subprotocol-unasked": hostile('talks(headers=(b"sec-websocket-protocol: chat",))', NO_SOCKET),
    "key-of-odd-bytes": hostile(f'says({SWITCH}sec-websocket-accept: \\xff\\xfe\\r\\n\\r\\n")', NO_SOCKET, HTTP),
    "extensions-of-odd-bytes": hostile('talks(headers=(b"sec-websocket-extensions: \\xff;;,=",))', NO_SOCKET, HTTP),
    "body-of-a-101": hostile('talks(b"{\\"got\\": 7}", headers=(b"content-length: 10",))', "malformed WebSocket"),
    "200-instead": hostile("whole(b'{\"got\": 7}')", "status 200"),
    "204-instead": hostile('says(b"HTTP/1.1 204 X\\r\\n\\r\\n")', "status 204"),
    "307-instead": hostile('says(b"HTTP/1.1 307 X\\r\\nlocation: /talk/last\\r\\n\\r\\n")', "status 307"),
    "nothing": hostile('says(b"")', "closed without a response"),
    "reset": hostile('reset(b"")', "reset"),
    "a-frame-at-once": hostile("says(frame(1, b'{\"got\": 7}'))", HTTP),
    "garbage": hostile("says(bytes(range(256)))", HTTP),
    "headers-endless": hostile(f'endless(b"x: y\\r\\n", {SWITCH}")', HTTP, "headers"),
    "header-endless": hostile(f'endless(b"y", {SWITCH}x: ")', HTTP, "headers"),
    "flood-of-103": hostile('endless(b"HTTP/1.1 103 X\\r\\n\\r\\n")', "interim"),
    "body-of-a-refusal-endless": hostile('endless(b"y", b"HTTP/1.1 403 X\\r\\n\\r\\n")', "bytes of body"),
    "refusal-cut": hostile('says(b"HTTP/1.1 403 X\\r\\ncontent-length: 9\\r\\n\\r\\nx")', HTTP),
    "status-999": hostile('says(b"HTTP/1.1 999 X\\r\\ncontent-length: 0\\r\\n\\r\\n")', "status 999"),
}


@pytest.fixture(scope="module")
def outcome(attack_once: Attack) -> Outcome:
    return hand_in(attack_once, EXPLOITS, kind="talk")


@pytest.mark.usefixtures("in_table")
@pytest.mark.parametrize("name", EXPLOITS)
def test_no_handshake(name: str, outcome: Outcome) -> None:
    """RFC 6455 section 4.1 says when a client must fail the connection, and the evidence says why it did."""
    see(outcome, name, EXPLOITS[name], kind="talk")
