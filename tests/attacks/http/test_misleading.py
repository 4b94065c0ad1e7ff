"""Well-formed answers that lead elsewhere, or claim what they are not: taken as they are, nothing is followed."""

import pytest

from tests.attacks.attack import Attack, Outcome
from tests.attacks.operations import hand_in, hostile, result, see

EMPTY = "content-length: 0"
EXPLOITS = {
    "redirect-to-itself": hostile('to("/read/redirect-to-itself")', "status 307"),
    "redirect-to-an-honest-one": hostile('to("/read/last")', "status 307"),
    "redirect-to-a-file": hostile('to("file:///etc/passwd")', "status 307"),
    "redirect-to-a-port": hostile('to("http://127.0.0.1:9001/")', "status 307"),
    "redirect-to-another-host": hostile('to("http://169.254.169.254/latest/meta-data")', "status 307"),
    "redirect-to-nonsense": hostile('to("http://[::1")', "status 307"),
    "refresh": hostile('whole(b"", b"refresh: 0; url=/read/last")', "empty body"),
    "alternative-service": hostile('whole(b"", b"alt-svc: h2=:8001; ma=99999")', "empty body"),
    "206-without-a-range": hostile("status(206, b'{\"id\":7}')", "status 206"),
    "304": hostile("status(304, b'')", "status 304"),
    "100-alone": hostile('says(b"HTTP/1.1 100 Continue\\r\\n\\r\\n")', "malformed HTTP"),
    "599": hostile("status(599, b'')", "status 599"),
    "two-answers": hostile("says(ANSWER % (404, 0), ANSWER % (200, 8), b'{\"id\":7}')", "status 404"),
    "answer-in-the-answer": hostile("whole(ANSWER % (200, 8) + b'{\"id\":7}')", "Expecting"),
    "split-by-a-header": hostile(
        'says(OK + b"x: y\\r\\n\\r\\nHTTP/1.1 200 OK\\r\\ncontent-length: 8\\r\\n\\r\\n{\\"id\\":7}")', "Expecting"
    ),
    "hints-for-an-answer": hostile('says(b"HTTP/1.1 103 X\\r\\n\\r\\n", ANSWER % (404, 0))', "status 404"),
    "length-and-chunks": hostile('says(OK, b"content-length: 8\\r\\ntransfer-encoding: chunked\\r\\n\\r\\n{")', "HTTP"),
    "authenticate": hostile('status(401, b"", b"www-authenticate: Basic realm=x")', "status 401"),
    "html-in-the-body": hostile('whole(b"</script><script>alert(7)</script>")', "Expecting"),
    "colours-in-the-body": hostile('whole(b"\\x1b[2J\\x1b]0;x\\x07")', "Expecting"),
}
MORE = """
ANSWER = b"HTTP/1.1 %d X\\r\\ncontent-length: %d\\r\\n\\r\\n"

def to(where):
    return says(b"HTTP/1.1 307 X\\r\\nlocation: " + where.encode() + b"\\r\\ncontent-length: 0\\r\\n\\r\\n")

def status(number, body, *headers):
    head = b"".join(header + b"\\r\\n" for header in headers)
    return says(b"HTTP/1.1 %d X\\r\\n" % number, head, b"content-length: %d\\r\\n\\r\\n" % len(body), body)
"""


@pytest.fixture(scope="module")
def outcome(attack_once: Attack) -> Outcome:
    return hand_in(attack_once, EXPLOITS, more=MORE)


@pytest.mark.usefixtures("in_table")
@pytest.mark.parametrize("name", EXPLOITS)
def test_taken_as_it_is(name: str, outcome: Outcome) -> None:
    """Only the first answer on a connection counts, for the request that it answers."""
    see(outcome, name, EXPLOITS[name])


@pytest.mark.parametrize("name", [name for name in EXPLOITS if name.startswith("redirect")])
def test_nothing_is_followed(name: str, outcome: Outcome) -> None:
    """One exchange, and that is the redirect."""
    assert len(result(outcome, f"read.{name}").evidence.exchanges) == 1
