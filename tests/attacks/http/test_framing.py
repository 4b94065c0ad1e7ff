"""Answers that are no HTTP, or end in the wrong place: each loses the check of its own operation, and no other one."""

import pytest

from tests.attacks.attack import Attack, Outcome
from tests.attacks.operations import hand_in, hostile, see

MALFORMED = "malformed HTTP"
EXPLOITS = {
    "no-status-line": hostile('says(b"hello there\\r\\n\\r\\n")', MALFORMED),
    "http-0.9": hostile('says(b"<html>{}</html>")', MALFORMED),
    "http-2-preface": hostile('says(b"PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n" + bytes(9))', MALFORMED),
    "tls": hostile('says(b"\\x16\\x03\\x01\\x02\\x00" * 40)', MALFORMED),
    "nothing": hostile('says(b"")', "closed without a response"),
    "reset-at-once": hostile('reset(b"")', "reset"),
    "reset-in-the-middle": hostile('reset(OK + b"content-length: 90\\r\\n\\r\\n{")', "reset"),
    "half-closed": hostile('half_closed(OK + b"content-length: 90\\r\\n\\r\\n{")', MALFORMED),
    "status-000": hostile('says(b"HTTP/1.1 000 X\\r\\ncontent-length: 0\\r\\n\\r\\n")', MALFORMED),
    "status-99": hostile('says(b"HTTP/1.1 99 X\\r\\ncontent-length: 0\\r\\n\\r\\n")', MALFORMED),
    "status-600": hostile('says(b"HTTP/1.1 600 X\\r\\ncontent-length: 0\\r\\n\\r\\n")', "status 600"),
    "status-999": hostile('says(b"HTTP/1.1 999 X\\r\\ncontent-length: 0\\r\\n\\r\\n")', "status 999"),
    "status-1e9": hostile('says(b"HTTP/1.1 1000000000 X\\r\\ncontent-length: 0\\r\\n\\r\\n")', MALFORMED),
    "status-negative": hostile('says(b"HTTP/1.1 -200 X\\r\\ncontent-length: 0\\r\\n\\r\\n")', MALFORMED),
    "length-too-long": hostile('says(OK, b"content-length: 90\\r\\n\\r\\n", SEVEN)', MALFORMED),
    "length-too-short": hostile('says(OK, b"content-length: 3\\r\\n\\r\\n", SEVEN)', "strict JSON", "Expecting", '{"i'),
    "length-negative": hostile('says(OK, b"content-length: -8\\r\\n\\r\\n", SEVEN)', MALFORMED),
    "length-of-5000-digits": hostile('says(OK, b"content-length: " + b"9" * 5000 + b"\\r\\n\\r\\n", SEVEN)', MALFORMED),
    "lengths-that-differ": hostile(
        'says(OK, b"content-length: 8\\r\\ncontent-length: 9\\r\\n\\r\\n", SEVEN)', MALFORMED
    ),
    "unknown-transfer-coding": hostile('says(OK, b"transfer-encoding: gzip\\r\\n\\r\\n", SEVEN)', MALFORMED),
    "two-transfer-codings": hostile(
        'says(OK, b"transfer-encoding: gzip, chunked\\r\\n\\r\\n0\\r\\n\\r\\n")', MALFORMED
    ),
    "chunk-size-negative": hostile('says(CHUNKED, b"-1\\r\\n")', MALFORMED),
    "chunk-size-of-no-digits": hostile('says(CHUNKED, b"zz\\r\\n")', MALFORMED),
    "chunk-size-overflows": hostile('says(CHUNKED, b"f" * 300 + b"\\r\\n")', MALFORMED),
    "chunk-size-huge": hostile('says(CHUNKED, b"7fffffffffffffff\\r\\n{")', MALFORMED),
    "chunk-cut": hostile('says(CHUNKED, b"9\\r\\n{")', MALFORMED),
    "chunk-longer-than-said": hostile('says(CHUNKED, b"2\\r\\n{  }\\r\\n0\\r\\n\\r\\n")', MALFORMED),
    "chunks-without-an-end": hostile('says(CHUNKED, b"8\\r\\n" + SEVEN + b"\\r\\n")', MALFORMED),
    "chunk-extension-endless": hostile('endless(b"x" * 99, CHUNKED + b"8;")', MALFORMED, "bytes"),
    "chunk-extensions-large": hostile('endless(b"1;" + b"x" * 60000 + b"\\r\\n \\r\\n", CHUNKED)', "bytes", "pieces"),
    "trailers-endless": hostile('endless(b"x: y\\r\\n", CHUNKED + b"8\\r\\n" + SEVEN + b"\\r\\n0\\r\\n")', MALFORMED),
    "upgrade-unasked": hostile(
        'says(b"HTTP/1.1 101 Switching Protocols\\r\\nupgrade: h2c\\r\\nconnection: upgrade\\r\\n\\r\\n")', MALFORMED
    ),
}


@pytest.fixture(scope="module")
def outcome(attack_once: Attack) -> Outcome:
    return hand_in(attack_once, EXPLOITS, more="SEVEN = b'{\"id\":7}'\n")


@pytest.mark.usefixtures("in_table")
@pytest.mark.parametrize("name", EXPLOITS)
def test_no_whole_answer(name: str, outcome: Outcome) -> None:
    """The bytes are the candidate's failure, and the evidence says what is wrong with them."""
    see(outcome, name, EXPLOITS[name])
