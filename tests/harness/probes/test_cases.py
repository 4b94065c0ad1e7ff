import json
from collections.abc import Callable
from typing import Any

import pytest

from grader.harness.contract import Contract
from grader.harness.probes.cases import ALL, Case, body_cases

NewUser = Callable[[], dict[str, Any]]

ORDER = """
paths:
  /orders:
    post:
      requestBody:
        content:
          application/json:
            schema:
              type: object
              required: [day, items]
              properties:
                day: {type: string, pattern: '^\\d{4}-\\d{2}-\\d{2}$', x-grader-valid: ["2024-02-29"], x-grader-invalid: ["2023-02-29", "1.2.2024"]}
                currency: {type: string, minLength: 3, maxLength: 3, pattern: '^[A-Z]{3}$'}
                kind: {enum: [sale, refund]}
                stars: {type: [integer, "null"], minimum: 1, exclusiveMaximum: 6}
                share: {type: number, exclusiveMinimum: 0, maximum: 1, multipleOf: 0.25}
                gift: {anyOf: [{type: boolean}, {type: "null"}]}
                made_at: {type: string, format: date-time}
                code: {allOf: [{type: string}, {minLength: 2}]}
                weights: {type: object, additionalProperties: {type: integer, minimum: 0}}
                items:
                  type: array
                  minItems: 1
                  maxItems: 3
                  items:
                    type: object
                    additionalProperties: false
                    required: [price]
                    properties: {price: {type: integer, maximum: 9}}
      responses: {"201": {description: made}}
"""  # noqa: E501 - one member a line


def order() -> dict[str, Any]:
    return {
        "day": "2024-01-02",
        "currency": "EUR",
        "kind": "sale",
        "stars": 3,
        "share": 0.5,
        "gift": True,
        "made_at": "2024-01-02T03:04:05Z",
        "code": "abc",
        "weights": {"v1": 5},
        "items": [{"price": 1}, {"price": 2}],
    }


def order_cases(*fields: str, kinds: frozenset[str] = ALL) -> dict[str, Case]:
    cases = body_cases(Contract.parse(ORDER), "POST /orders", order, kinds, fields=fields or None)
    assert len({case.name for case in cases}) == len(cases)
    return {case.name: case for case in cases}


def labels_of(field: str, cases: dict[str, Case]) -> dict[str, bool]:
    return {name.split(": ")[1]: case.valid for name, case in cases.items() if name.split(": ")[0] == field}


def user_cases(contract: Contract, key: str, new_user: NewUser) -> dict[str, Case]:
    return {case.name: case for case in body_cases(contract, key, new_user)}


def test_every_rule_of_a_body_makes_its_cases(contract: Contract, new_user: NewUser) -> None:
    """Each member is missing, null, of a wrong type, just inside and outside its bounds; the whole is malformed."""
    assert list(user_cases(contract, "POST /users", new_user)) == [
        "email: missing",
        "email: null",
        "email: an object",
        "email: an array",
        "email: an empty object",
        "email: no @",
        "email: nothing before @",
        "email: nothing after @",
        "email: a space before @",
        "email: a space after @",
        "name: missing",
        "name: null",
        "name: an object",
        "name: an array",
        "name: an empty object",
        "name: 1 character",
        "name: 0 characters",
        "name: 100 characters",
        "name: 101 characters",
        "name: 100 characters with blanks around",
        "password: missing",
        "password: null",
        "password: an object",
        "password: an array",
        "password: an empty object",
        "password: 8 characters",
        "password: 7 characters",
        "password: 128 characters",
        "password: 129 characters",
        "an unknown member",
        'the body is ["unexpected"]',
        'the body is "unexpected"',
        "the body is 17",
        "the body is null",
        "malformed JSON: cut short",
        "malformed JSON: a comma too many",
        "malformed JSON: a bare word",
        "malformed JSON: empty",
        "malformed JSON: two documents",
    ]


def test_a_case_differs_from_a_valid_body_in_one_place(contract: Contract, new_user: NewUser) -> None:
    """All other members are valid, and each body is a fresh one."""
    cases = [case for case in user_cases(contract, "POST /users", new_user).values() if isinstance(case.body, dict)]
    for case in cases:
        whole = {"email", "name", "password"}
        assert set(case.body) >= whole - {case.field}
    addresses = [case.body["email"] for case in cases if case.field != "email"]
    assert len(set(addresses)) == len(addresses)


@pytest.mark.parametrize(
    ("name", "value", "valid"),
    [
        pytest.param("name: 100 characters", "abcdefghij" * 10, True, id="inside"),
        pytest.param("name: 101 characters", "abcdefghij" * 10 + "a", False, id="outside"),
        pytest.param("name: 100 characters with blanks around", "  " + "abcdefghij" * 10 + " ", True, id="padded"),
        pytest.param("name: 0 characters", "", False, id="empty"),
        pytest.param("name: null", None, False, id="null"),
    ],
)
def test_a_case_holds_the_value_that_it_names(
    contract: Contract, new_user: NewUser, name: str, value: Any, *, valid: bool
) -> None:
    """Value, validity and field are as the name says."""
    case = user_cases(contract, "POST /users", new_user)[name]
    assert (case.body["name"], case.valid, case.field) == (value, valid, "name")


def test_a_change_is_tried_one_member_at_a_time(contract: Contract, new_user: NewUser) -> None:
    """A body without required members holds only the member in question, and nothing may stand for no change."""
    cases = user_cases(contract, "PATCH /users/{id}", new_user)
    assert cases["password: 7 characters"].body == {"password": "abcdefg"}
    assert cases["an unknown member"].body == {"unexpected_member": "unexpected"}
    assert not {"email: missing", "the body is null", "malformed JSON: empty"} & set(cases)


def test_malformed_bodies_are_no_json(contract: Contract, new_user: NewUser) -> None:
    """No JSON parser takes them."""
    cases = body_cases(contract, "POST /users", new_user, {"malformed"})
    assert len(cases) == 5
    for case in cases:
        with pytest.raises(ValueError, match=r"."):
            json.loads(case.content())


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        pytest.param(
            "day",
            {'"2024-02-29"': True, '"2023-02-29"': False, '"1.2.2024"': False, "missing": False, "null": False},
            id="listed-values",
        ),
        pytest.param("currency", {"3 characters": True, "null": False}, id="bounds-that-keep-the-pattern"),
        pytest.param("kind", {"not-a-listed-value is none of the values": False, "null": False}, id="enum"),
        pytest.param("stars", {"1": True, "0": False, "5": True, "6": False}, id="nullable-integer"),
        pytest.param(
            "share",
            {"0.25": True, "0": False, "1": True, "1.25": False, "0.375": False, "null": False},
            id="number-by-multiples",
        ),
        pytest.param("gift", {}, id="nullable-boolean"),
        pytest.param("made_at", {"a word": False, "30 February": False, "hour 25": False, "null": False}, id="time"),
        pytest.param("code", {"2 characters": True, "1 character": False, "null": False}, id="all-of"),
        pytest.param("weights", {"null": False}, id="map"),
        pytest.param("weights.v1", {"0": True, "-1": False, "null": False}, id="value-of-a-map"),
        pytest.param(
            "items",
            {
                "1 element": True,
                "0 elements": False,
                "3 elements": True,
                "4 elements": False,
                "missing": False,
                "null": False,
            },
            id="array",
        ),
        pytest.param("items[0]", {"null": False, "an unknown member": False}, id="element"),
        pytest.param("items[0].price", {"missing": False, "9": True, "10": False, "null": False}, id="nested"),
    ],
)
def test_each_kind_of_schema_makes_its_cases(field: str, expected: dict[str, bool]) -> None:
    """The labels and whether they are valid are as the schema says; what it allows (null) makes no case."""
    assert labels_of(field, order_cases(kinds=ALL - {"type"})) == expected


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        pytest.param("day", {"an object", "an array", "an empty object"}, id="string"),
        pytest.param("stars", {"a word", "an object", "a fraction"}, id="nullable-integer"),
        pytest.param("share", {"a word", "an object"}, id="number"),
        pytest.param("gift", {"an object"}, id="nullable-boolean"),
        pytest.param("weights", {"an array", "a string"}, id="object"),
        pytest.param("items", {"an object"}, id="array"),
        pytest.param("kind", set[str](), id="untyped"),
    ],
)
def test_wrong_types_are_ones_that_no_coercion_can_save(field: str, expected: set[str]) -> None:
    """A string is never tried with a number, nor a boolean with a word."""
    assert set(labels_of(field, order_cases(kinds=frozenset({"type"})))) == expected


def test_a_nested_case_changes_the_nested_place_alone() -> None:
    """The rest of the body, and of the array, stays."""
    case = order_cases("items")["items[0].price: 10"]
    assert (case.body, case.field) == ({**order(), "items": [{"price": 10}, {"price": 2}]}, "price")
    missing = order_cases("items")["items[0].price: missing"]
    assert missing.body == {**order(), "items": [{}, {"price": 2}]}


def test_kinds_and_fields_choose() -> None:
    """Only the kinds and the members that were asked for are made."""
    cases = order_cases("items", kinds=frozenset({"missing", "extra"}))
    assert list(cases) == ["items: missing", "items[0]: an unknown member", "items[0].price: missing"]


@pytest.mark.parametrize(
    ("base", "kinds", "fields", "message"),
    [
        pytest.param(dict, ALL, None, "the base body is not valid", id="invalid-base"),
        pytest.param(order, {"nonsense"}, None, "nonsense", id="unknown-kind"),
        pytest.param(order, {"extra"}, ["day"], "no cases of", id="no-cases"),
    ],
)
def test_a_mistake_of_the_pack_is_an_error(
    base: Callable[[], dict[str, Any]], kinds: set[str], fields: list[str] | None, message: str
) -> None:
    """Cases that would prove nothing are the grader's fault."""
    with pytest.raises(ValueError, match=message):
        body_cases(Contract.parse(ORDER), "POST /orders", base, kinds, fields=fields)


def test_an_operation_without_a_body_has_no_cases(contract: Contract, new_user: NewUser) -> None:
    """Asking for them is the grader's fault."""
    with pytest.raises(ValueError, match="takes no JSON body"):
        body_cases(contract, "GET /users", new_user)
