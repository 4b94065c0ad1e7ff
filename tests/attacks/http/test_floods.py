"""Answers without an end or measure: each is cut, loses the check of its own operation, and no other one."""

import pytest

from tests.attacks.attack import Attack, Outcome
from tests.attacks.operations import hand_in, hostile, see

BODY = "bytes of body"
HEADERS = ("headers", "malformed HTTP")
INTERIM = "interim (1xx)"
EXPLOITS = {
    "body-until-close": hostile('endless(b" ", OK + b"\\r\\n")', BODY),
    "body-of-a-huge-length": hostile('endless(b" ", OK + b"content-length: 9223372036854775807\\r\\n\\r\\n")', BODY),
    "body-in-chunks": hostile('endless(b"1000\\r\\n" + b" " * 4096 + b"\\r\\n", CHUNKED)', BODY),
    "body-in-chunks-of-a-byte": hostile('endless(b"1\\r\\n \\r\\n", CHUNKED)', "pieces"),
    "body-in-long-chunk-lines": hostile('endless(b"1;" + b"x" * 60000 + b"\\r\\n \\r\\n", CHUNKED)', "bytes in all"),
    "body-of-leading-zeroes": hostile('endless(b"0" * 15 + b"1\\r\\n \\r\\n", CHUNKED)', "pieces"),
    "body-of-a-204": hostile('endless(b" ", b"HTTP/1.1 204 X\\r\\n\\r\\n")', "status 204"),
    "gzip-bomb": hostile('whole(BOMB, b"content-encoding: gzip")', "strict JSON", "utf-8"),
    "gzip-bomb-undeclared": hostile("whole(BOMB)", "utf-8"),
    "gzip-bomb-in-layers": hostile('whole(BOMB, b"content-encoding: gzip, gzip, gzip")', "utf-8"),
    "gzip-bomb-as-transfer-coding": hostile('says(OK, b"transfer-encoding: gzip\\r\\n\\r\\n", BOMB)', "malformed HTTP"),
    "gzip-lie": hostile('whole(b"{", b"content-encoding: gzip")', "Expecting"),
    "br-lie": hostile('whole(b"{", b"content-encoding: br, zstd, x-nonsense")', "Expecting"),
    "header-endless": hostile('endless(b"y", OK + b"x: ")', *HEADERS),
    "header-name-endless": hostile('endless(b"y", OK)', *HEADERS),
    "headers-endless": hostile('endless(b"x: y\\r\\n", OK)', *HEADERS),
    "headers-a-million": hostile('says(OK, b"x: y\\r\\n" * 1_000_000, b"\\r\\n{}")', *HEADERS),
    "header-folds-endless": hostile('endless(b" y\\r\\n", OK + b"x: y\\r\\n")', *HEADERS),
    "status-line-endless": hostile('endless(b"y", b"HTTP/1.1 200 ")', "malformed HTTP"),
    "blank-lines-endless": hostile('endless(b"\\r\\n")', "malformed HTTP"),
    "cookies": hostile('says(OK, b"set-cookie: a=b; domain=.example.com\\r\\n" * 5000, b"\\r\\n{}")', *HEADERS),
    "header-of-a-mebibyte": hostile('says(OK, b"x: " + b"y" * 2**20, b"\\r\\n\\r\\n{}")', *HEADERS),
    "nul-in-a-header": hostile('says(OK, b"x: a\\0b\\r\\n\\r\\n{}")', "malformed HTTP"),
    "cr-in-a-header": hostile('says(OK, b"x: a\\rb\\r\\n\\r\\n{}")', "malformed HTTP"),
    "blank-before-a-colon": hostile('says(OK, b"content-length : 2\\r\\n\\r\\n{}")', "malformed HTTP"),
    "flood-of-100": hostile('endless(b"HTTP/1.1 100 Continue\\r\\n\\r\\n")', INTERIM),
    "flood-of-102": hostile('endless(b"HTTP/1.1 102 Processing\\r\\n\\r\\n")', INTERIM),
    "flood-of-103": hostile('endless(b"HTTP/1.1 103 X\\r\\n" + b"link: </x>\\r\\n" * 90 + b"\\r\\n")', INTERIM),
    "flood-of-199": hostile('endless(b"HTTP/1.1 199 X\\r\\n\\r\\n")', INTERIM),
}
MORE = """
import gzip
BOMB = gzip.compress(bytes(200 * 2**20))
"""


@pytest.fixture(scope="module")
def outcome(attack_once: Attack) -> Outcome:
    return hand_in(attack_once, EXPLOITS, more=MORE)


@pytest.mark.usefixtures("in_table")
@pytest.mark.parametrize("name", EXPLOITS)
def test_more_than_an_answer_may_be(name: str, outcome: Outcome) -> None:
    """What is too much is not waited for, kept or inflated, and the evidence says what there was too much of."""
    see(outcome, name, EXPLOITS[name])
