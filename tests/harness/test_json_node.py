"""Nodes of a stranger's JSON."""

from collections.abc import Callable
from typing import Any

import pytest

from grader.harness import Json, Mismatch
from grader.verdicts import Exchange

EXCHANGE = Exchange(method="GET", url="http://127.0.0.1:8000/")
NODE = Json({"s": "x", "i": 1, "f": 1.0, "b": True, "n": None, "l": [1, {"k": "v"}], "o": {}}, EXCHANGE)


@pytest.mark.parametrize(
    ("read", "expected", "got"),
    [
        pytest.param(lambda: NODE["nope"], "`body` has the member `nope`", "only `s`", id="absent"),
        pytest.param(lambda: NODE["o"]["x"], "`body.o` has the member `x`", "an empty object", id="absent-of-none"),
        pytest.param(lambda: NODE["s"]["x"], "`body.s` is an object", 'a string: "x"', id="member-of-a-string"),
        pytest.param(lambda: NODE[0], "`body` is an array", "an object", id="element-of-an-object"),
        pytest.param(lambda: NODE["l"][2], "`body.l` has an element 2", "2 elements", id="beyond-the-end"),
        pytest.param(lambda: NODE["l"][-3], "`body.l` has an element -3", "2 elements", id="before-the-start"),
        pytest.param(NODE["l"][1]["k"].integer, "`body.l[1].k` is an integer", '"v"', id="nested-path"),
        pytest.param(NODE["b"].integer, "an integer", "true", id="true-is-no-integer"),
        pytest.param(NODE["f"].integer, "an integer", "1.0", id="one-point-zero-is-no-integer"),
        pytest.param(NODE["b"].number, "a number", "true", id="true-is-no-number"),
        pytest.param(NODE["i"].boolean, "a boolean", "an integer: 1", id="one-is-no-boolean"),
        pytest.param(NODE["n"].string, "a string", "null", id="null-is-no-string"),
        pytest.param(NODE["s"].array, "an array", "a string", id="a-string-is-no-array"),
        pytest.param(NODE["l"].object, "an object", "an array", id="an-array-is-no-object"),
        pytest.param(lambda: "x" in NODE["l"], "an object", "an array", id="membership-of-an-array"),
        pytest.param(lambda: NODE.lacks("q", "i"), "`body` has no member `i`", "an integer: 1", id="not-lacking"),
        pytest.param(lambda: NODE["l"].lacks("q"), "`body.l` is an object", "an array", id="an-array-cannot-lack"),
    ],
)
def test_what_is_not_there_is_a_mismatch_that_names_the_place(
    read: Callable[[], object], expected: str, got: str
) -> None:
    """Reading what the candidate did not send blames the candidate, with the path and the exchange."""
    with pytest.raises(Mismatch) as caught:
        read()
    assert expected in caught.value.expected
    assert got in caught.value.got
    assert caught.value.exchange == EXCHANGE


def test_a_path_stays_short_whatever_the_names_are() -> None:
    """A million elements below a long name cost no million long paths, and a mismatch shows the beginning."""
    node = Json({"x" * 1000: [0] * 10, "a b": 1})
    inner = node.object()["x" * 1000].array()[9]
    assert inner.path.startswith("body['xxx")
    assert len(inner.path) < 80
    assert node["a b"].path == "body['a b']"


def test_what_is_there_is_read() -> None:
    """Each reader returns plain Python of its kind."""
    assert NODE["s"].string() == "x"
    assert NODE["i"].integer() == 1
    assert (NODE["i"].number(), type(NODE["i"].number())) == (1.0, float)
    assert NODE["b"].boolean() is True
    assert NODE["n"].value is None
    assert [item.path for item in NODE["l"].array()] == ["body.l[0]", "body.l[1]"]
    assert NODE["l"][-1]["k"].string() == "v"
    assert set(NODE.object()) == {"s", "i", "f", "b", "n", "l", "o"}
    assert ("s" in NODE, "t" in NODE) == (True, False)
    NODE.lacks("password")


@pytest.mark.parametrize(
    ("value", "expected", "same"),
    [
        pytest.param(1, 1, True, id="equal"),
        pytest.param(True, 1, False, id="true-is-not-one"),
        pytest.param(1, True, False, id="one-is-not-true"),
        pytest.param(1.0, 1, False, id="an-integer-is-not-met-by-a-fraction"),
        pytest.param(10, 10.0, True, id="a-float-is-met-by-an-equal-integer"),
        pytest.param(True, 1.0, False, id="a-float-is-not-met-by-true"),
        pytest.param([1, {"a": True}], [1, {"a": 1}], False, id="types-matter-inside"),
        pytest.param({"a": 1, "b": 2}, {"b": 2, "a": 1}, True, id="order-of-members-does-not-matter"),
        pytest.param({"a": 1, "b": 2}, {"a": 1}, False, id="more-members"),
        pytest.param([1, 2], [2, 1], False, id="order-of-elements-matters"),
        pytest.param(None, None, True, id="null"),
        pytest.param("1", 1, False, id="a-string-is-no-integer"),
    ],
)
def test_equality_knows_types(value: Any, expected: Any, same: bool) -> None:
    """`equals` compares JSON, not Python."""
    if same:
        Json(value).equals(expected)
    else:
        with pytest.raises(Mismatch):
            Json(value).equals(expected)


@pytest.mark.parametrize(
    "misuse",
    [
        pytest.param(lambda: NODE["i"] == 1, id="=="),
        pytest.param(lambda: NODE["i"] != 1, id="!="),
        pytest.param(lambda: bool(NODE["b"]), id="truth"),
        pytest.param(lambda: list(NODE["l"]), id="iteration"),
        pytest.param(lambda: hash(NODE), id="hash"),
    ],
)
def test_a_check_that_forgets_to_unwrap_is_the_graders_fault(misuse: Callable[[], object]) -> None:
    """A comparison that could never hold must not cost a candidate a point."""
    with pytest.raises(TypeError):
        misuse()
