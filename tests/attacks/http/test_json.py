"""Bodies that are no JSON, or not of one meaning: each loses the check of its own operation, and no other one."""

import pytest

from tests.attacks.attack import Attack, Outcome
from tests.attacks.operations import hand_in, hostile, see

ID = "`body.id` is an integer"
EXPLOITS = {
    "deep-arrays": hostile('whole(b"[" * 100_000 + b"]" * 100_000)', "commas and brackets"),
    "deep-objects": hostile("whole(b'{\"id\":' * 100_000 + b'7' + b'}' * 100_000)", "commas and brackets"),
    "deep-and-unfinished": hostile('whole(b"[" * 1_000_000)', "commas and brackets"),
    "deep-but-small": hostile("whole(b'{\"id\":' + b'[' * 101 + b']' * 101 + b'}')", "nested"),
    "deep-for-the-parser": hostile('whole(b"[" * 40_000)', "nested"),
    "nan": hostile("whole(b'{\"id\":NaN}')", "NaN"),
    "infinity": hostile("whole(b'{\"id\":-Infinity}')", "Infinity"),
    "1e999": hostile("whole(b'{\"id\":1e999}')", "out of range"),
    "10-to-the-100000": hostile("whole(b'{\"id\":1' + b'0' * 100_000 + b'}')", "digits"),
    "exponent-of-a-million-digits": hostile("whole(b'{\"id\":1e' + b'9' * 1_000_000 + b'}')", "a number of"),
    "fraction-of-a-million-digits": hostile("whole(b'{\"id\":7.' + b'0' * 1_000_000 + b'}')", "a number of"),
    "minus-nought": hostile("whole(b'{\"id\":-0.0}')", "-0.0"),
    "members-twice": hostile('whole(b\'{"id":7,"id":7}\')', "repeats"),
    "members-twice-by-an-escape": hostile('whole(b\'{"id":7,"\\\\u0069d":8}\')', "repeats"),
    "invalid-utf-8": hostile('whole(b\'{"id":7,"x":"\\xff"}\')', "utf-8"),
    "utf-16": hostile(
        "whole('{\"id\":7}'.encode('utf-16'), b'content-type: application/json; charset=utf-16')", "utf-8"
    ),
    "utf-32": hostile("whole('{\"id\":7}'.encode('utf-32-be'))", "Expecting", "utf-8"),
    "byte-order-mark": hostile("whole(b'\\xef\\xbb\\xbf{\"id\":7}')", "BOM"),
    "lone-surrogate": hostile('whole(b\'{"id":7,"x":"\\\\ud800"}\')', "surrogates"),
    "encoded-surrogate": hostile('whole(b\'{"id":7,"x":"\\xed\\xa0\\x80"}\')', "utf-8"),
    "string-of-50-mb": hostile("whole(b'{\"id\":7,\"x\":\"' + b'x' * 50_000_000 + b'\"}')", "bytes of body"),
    "name-of-a-million": hostile("whole(b'{\"' + b'x' * 1_000_000 + b'\":7}')", "only `xxx"),
    "names-a-hundred-thousand": hostile(
        "whole(json.dumps(dict.fromkeys(map(str, range(100_000)))).encode())", "commas and brackets"
    ),
    "arrays-a-million": hostile("whole(b'[' + b'[],' * 600_000 + b'[]]')", "commas and brackets"),
    "objects-a-million": hostile("whole(b'{\"id\":[' + b'{\"\":0},' * 250_000 + b'0]}')", "commas and brackets"),
    "numbers-a-million": hostile("whole(b'{\"id\":[' + b'0,' * 1_000_000 + b'0]}')", "commas and brackets"),
    "name-empty": hostile("whole(b'{\"\":7}')", "only ``"),
    "name-proto": hostile('whole(b\'{"__proto__":{"id":7}}\')', "only `__proto__`"),
    "true-for-a-number": hostile("whole(b'{\"id\":true}')", "true"),
    "text-for-a-number": hostile('whole(b\'{"id":"7"}\')', 'a string: "7"'),
    "other-digits": hostile("whole('{\"id\":٧}'.encode())", "Expecting value"),
    "leading-nought": hostile("whole(b'{\"id\":07}')", "Expecting"),
    "hexadecimal": hostile("whole(b'{\"id\":0x7}')", "Expecting"),
    "comment": hostile("whole(b'{\"id\":7 /* seven */}')", "Expecting"),
    "trailing-comma": hostile("whole(b'{\"id\":7,}')", "trailing comma", "Expecting"),
    "two-documents": hostile('whole(b\'{"id":7}{"id":7}\')', "Extra data"),
    "an-array": hostile("whole(b'[{\"id\":7}]')", "an array"),
    "null": hostile("whole(b'null')", "null"),
    "empty": hostile("whole(b'')", "empty"),
    "blanks": hostile("whole(b' ' * 1_000_000)", "empty"),
    "nul-bytes": hostile("whole(bytes(1_000_000))", "Expecting"),
    "html": hostile("whole(b'<script>alert(7)</script>', b'content-type: text/html')", "Expecting"),
}


@pytest.fixture(scope="module")
def outcome(attack_once: Attack) -> Outcome:
    return hand_in(attack_once, EXPLOITS, more="import json\n")


@pytest.mark.usefixtures("in_table")
@pytest.mark.parametrize("name", EXPLOITS)
def test_no_json_of_the_contract(name: str, outcome: Outcome) -> None:
    """The parser neither falls over nor guesses, and the evidence says what is wrong."""
    see(outcome, name, EXPLOITS[name])
