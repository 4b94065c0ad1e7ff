import hashlib
import hmac
import json
import random
import re

import pytest

from grader.harness.probes.signature import HEADER, Signer, altered, renderings

SECRET = "a secret of this test"
NOW = 1_715_938_203.7
VALUE = {"event_id": "a1", "data": {"payment_id": "pay – €", "amount": 120}}
BODY = json.dumps(VALUE).encode()
FORM = re.compile(r"t=(\d+),v1=([0-9a-f]{64})")


@pytest.fixture
def signer() -> Signer:
    return Signer(SECRET, random.Random(1), lambda: NOW)


def is_taken(header: str, body: bytes = BODY, now: float = NOW) -> bool:
    """What a careful application decides."""
    if not (parts := FORM.fullmatch(header)):
        return False
    due = hmac.new(SECRET.encode(), parts[1].encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(due, parts[2]) and abs(now - int(parts[1])) <= 300


def test_a_good_signature_is_taken(signer: Signer) -> None:
    """Whole seconds, and the digits over them, a full stop and the body."""
    assert signer.headers(BODY) == {HEADER: signer.header(BODY)}
    assert is_taken(signer.header(BODY))
    assert signer.header(BODY).startswith("t=1715938203,")


@pytest.mark.parametrize(("skew", "good"), [(-330, False), (-270, True), (270, True), (330, False)])
def test_the_time_is_signed(signer: Signer, skew: int, good: bool) -> None:
    """A skewed signature is refused for its time alone."""
    header = signer.header(BODY, skew=skew)
    assert is_taken(header) is good
    assert is_taken(header, now=NOW + skew)


def test_bad_signatures_are_refused(signer: Signer) -> None:
    """Each of them, and no two are the same."""
    bad = {**signer.malformed(BODY), **signer.forged(BODY)}
    assert [name for name, header in bad.items() if is_taken(header)] == []
    assert len(set(bad.values())) == len(bad)


def test_forged_ones_have_a_sound_form(signer: Signer) -> None:
    """They are refused for what they sign, and malformed ones for their form."""
    assert [name for name, header in signer.forged(BODY).items() if not FORM.fullmatch(header)] == []
    assert [name for name, header in signer.malformed(BODY).items() if FORM.fullmatch(header)] == []


def test_a_moved_time_is_refused(signer: Signer) -> None:
    """Though it is recent enough, and the digits were right for another time."""
    header = signer.moved(BODY, 7)
    assert not is_taken(header)
    assert header == f"t=1715938210,v1={signer.digest('1715938203', BODY)}"


@pytest.mark.parametrize(
    ("body", "expected"),
    [(b'{"a": 1}', b'{"a": 2}'), (b'{"a": 19, "b": "x"}', b'{"a": 11, "b": "x"}'), (b"80", b"81")],
)
def test_an_altered_body_is_one_byte_off(body: bytes, expected: bytes) -> None:
    """Its last digit is another one, never 0."""
    assert altered(body) == expected


def test_a_body_without_a_digit_is_not_altered() -> None:
    """That would be the pack's mistake."""
    with pytest.raises(ValueError, match="digit"):
        altered(b"{}")


def test_renderings_are_the_same_value_in_other_bytes() -> None:
    """Parsed they are equal; written anew, as libraries do it by default, they have other bytes than were signed."""
    texts = renderings(VALUE)
    assert [json.loads(text) for text in texts.values()] == [VALUE] * len(texts)
    assert len(set(texts.values())) == len(texts)
    assert BODY not in texts.values()
    assert list(json.loads(texts["all of it"])) == ["data", "event_id"]
