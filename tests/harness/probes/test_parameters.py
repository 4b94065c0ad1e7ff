import pytest

from grader.harness import Request
from grader.harness.contract import Contract
from grader.harness.probes.parameters import HUGE, bad_paths, huge_integers, query_cases

SEARCH = """
paths:
  /a/{x}/b/{y}:
    get:
      parameters:
        - {name: x, in: path, required: true, schema: {type: integer}}
        - {name: y, in: path, required: true, schema: {type: string}}
        - {name: ids, in: query, required: true, schema: {type: string, minLength: 1, maxLength: 30}}
        - {name: status, in: query, schema: {enum: [open, closed]}}
        - {name: exact, in: query, schema: {type: boolean}}
        - {name: share, in: query, schema: {type: number, maximum: 1}}
      responses: {"200": {description: found}}
"""
KEY = "GET /a/{x}/b/{y}"


def test_each_query_parameter_makes_its_cases(contract: Contract) -> None:
    """Integers are tried as a word, as a fraction, just inside and just outside each bound."""
    made = {case.name: (case.params, case.valid, case.field) for case in query_cases(contract, "GET /users")}
    assert made == {
        "limit=abc": ({"limit": "abc"}, False, "limit"),
        "limit=1.5": ({"limit": "1.5"}, False, "limit"),
        "limit=1": ({"limit": "1"}, True, "limit"),
        "limit=0": ({"limit": "0"}, False, "limit"),
        "limit=100": ({"limit": "100"}, True, "limit"),
        "limit=101": ({"limit": "101"}, False, "limit"),
        "offset=abc": ({"offset": "abc"}, False, "offset"),
        "offset=1.5": ({"offset": "1.5"}, False, "offset"),
        "offset=0": ({"offset": "0"}, True, "offset"),
        "offset=-1": ({"offset": "-1"}, False, "offset"),
    }


def test_parameters_of_other_types_make_their_cases() -> None:
    """Required, listed and long ones too, on top of what stands in every query; never an empty one."""
    cases = query_cases(Contract.parse(SEARCH), KEY, base={"ids": "a,b"})
    assert [(case.name, case.valid) for case in cases] == [
        ("ids: missing", False),
        ("ids=a", True),
        ("ids: 30 characters", True),
        ("ids: 31 characters", False),
        ("status=not-a-listed-value", False),
        ("exact=abc", False),
        ("share=abc", False),
        ("share=1", True),
        ("share=1.01", False),
    ]
    assert cases[0].params == {}
    assert cases[-1].params == {"ids": "a,b", "share": "1.01"}


def test_parameters_can_be_chosen(contract: Contract) -> None:
    """Only those that were named make cases; one that does not exist is the grader's fault."""
    assert {case.field for case in query_cases(contract, "GET /users", ["offset"])} == {"offset"}
    with pytest.raises(ValueError, match="no query parameters"):
        query_cases(contract, "GET /users", ["page"])


def test_bad_paths_hold_a_word_where_an_integer_is_due(contract: Contract) -> None:
    """Each integer in the path makes one; the others need a sound value."""
    assert bad_paths(contract, "DELETE /users/{id}") == [("id=abc", "/users/abc")]
    assert bad_paths(Contract.parse(SEARCH), KEY, y="z") == [("x=abc", "/a/abc/b/z")]
    with pytest.raises(ValueError, match="no value for the path parameter 'y'"):
        bad_paths(Contract.parse(SEARCH), KEY)


def test_huge_integers_go_into_path_and_query(contract: Contract) -> None:
    """Each integer of the operation gets each of the numbers, and the names tell them apart."""
    in_path = huge_integers(contract, "DELETE /users/{id}")
    assert in_path[0] == ("id=9223372036854775808", Request("DELETE", "/users/9223372036854775808"))
    assert len({name for name, _ in in_path}) == len(HUGE)
    in_query = huge_integers(contract, "GET /users")
    assert len({name for name, _ in in_query}) == 2 * len(HUGE)
    assert Request("GET", "/users", params={"offset": str(10**30)}) in [request for _, request in in_query]
