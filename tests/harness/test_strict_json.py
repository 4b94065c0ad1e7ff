"""JSON from a stranger."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.harness import Mismatch, strict_json


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b" \n", "empty", id="blank"),
        pytest.param(b"{'a': 1}", "Expecting property name", id="single-quotes"),
        pytest.param(b"[1,]", "Illegal trailing comma|Expecting value", id="trailing-comma"),
        pytest.param(b"NaN", "NaN", id="nan"),
        pytest.param(b"[-Infinity]", "Infinity", id="infinity"),
        pytest.param(b"1e999", "out of range", id="overflow"),
        pytest.param(b"-1e999", "out of range", id="negative-overflow"),
        pytest.param(b'{"a": 1, "a": 1}', "repeats", id="duplicate-names"),
        pytest.param(b'[{"b": {"a": 1, "\\u0061": 2}}]', "repeats", id="duplicate-after-escape"),
        pytest.param(b"1" * 101, "101 digits", id="long-integer"),
        pytest.param(b"0." + b"1" * 2000, "2002 characters", id="long-fraction"),
        pytest.param(b"[" * 101 + b"]" * 101, "nested", id="too-deep"),
        pytest.param(b'{"a":' * 101 + b"1" + b"}" * 101, "nested", id="objects-too-deep"),
        pytest.param(b"[" * 40_000, "nested", id="brackets-too-deep-for-the-parser"),
        pytest.param(b"[" * 1_000_000, "more than 50000 commas and brackets", id="a-million-brackets"),
        pytest.param(b"[" + b"0," * 50_000 + b"0]", "more than 50000 commas and brackets", id="many-numbers"),
        pytest.param(b"[" + b"{}," * 25_000 + b"{}]", "more than 50000 commas and brackets", id="many-objects"),
        pytest.param(b'"\xff"', "utf-8", id="invalid-utf8"),
        pytest.param(b'"\xed\xa0\x80"', "utf-8", id="encoded-surrogate"),
        pytest.param(b'["\\ud800"]', "surrogates", id="half-a-pair"),
        pytest.param(b'{"\\uDFFF": 1}', "surrogates", id="half-a-pair-in-a-name"),
        pytest.param("{}".encode("utf-16"), "utf-8", id="utf-16"),
        pytest.param(b"\xef\xbb\xbf{}", "BOM", id="byte-order-mark"),
        pytest.param(b'"a\nb"', "control character", id="raw-control-character"),
        pytest.param(b"{} {}", "Extra data", id="two-documents"),
        pytest.param(b"<html>", "Expecting value", id="html"),
        pytest.param(b" " * (2 * 1024 * 1024) + b"1", "bytes", id="too-long"),
    ],
)
def test_what_is_not_strict_json_is_a_mismatch(body: bytes, reason: str) -> None:
    """Each is the sender's failure, and the reason names it."""
    with pytest.raises(Mismatch, match=reason):
        strict_json.parse(body)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        pytest.param(b' {"a": [1, 2.5, true, null, "x"]}\r\n', {"a": [1, 2.5, True, None, "x"]}, id="all-kinds"),
        pytest.param(b"[" * 100 + b"]" * 100, None, id="as-deep-as-allowed"),
        pytest.param(b"-" + b"9" * 100, -int("9" * 100), id="as-long-as-allowed"),
        pytest.param(b"[" + b"0," * 49_000 + b"0]", [0] * 49_001, id="as-many-as-allowed"),
        pytest.param(b"1e308", 1e308, id="large"),
        pytest.param(b"1e-999", 0.0, id="underflow"),
        pytest.param(b'"\\ud83d\\ude00"', "\U0001f600", id="a-whole-pair"),
        pytest.param('"\U0001f600"'.encode(), "\U0001f600", id="four-bytes"),
        pytest.param(b'"\\\\ud800"', "\\ud800", id="an-escaped-backslash"),
        pytest.param(b'""', "", id="empty-string"),
    ],
)
def test_what_rfc_8259_allows_is_parsed(body: bytes, value: Any) -> None:
    """Nothing that a correct server may send is refused."""
    parsed = strict_json.parse(body)
    assert value is None or (parsed == value and type(parsed) is type(value))


@given(st.binary(max_size=200) | st.text('[]{}",:\\u0dD8f1eE+-. NaInty', max_size=60).map(str.encode))
def test_any_bytes_are_a_value_or_a_mismatch(body: bytes) -> None:
    """No bytes crash it, and what it lets through can be written again as UTF-8."""
    try:
        value = strict_json.parse(body)
    except Mismatch:
        return
    assert json.loads(json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")) == value
