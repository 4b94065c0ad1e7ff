from typing import Any

import pytest

from grader.harness.probes.values import text_of, trials


def labels(schema: dict[str, Any], sample: Any = None) -> dict[str, bool]:
    return {f"{trial.kind}: {trial.label}": trial.valid for trial in trials(schema, sample)}


def test_what_the_schema_allows_is_never_tried_as_wrong() -> None:
    """Null where null is fine, and an object where any object is fine, make no trial."""
    assert labels({"type": ["string", "null"], "minLength": 0}) == {
        "type: an object": False,
        "type: an array": False,
        "type: an empty object": False,
        "bound: 0 characters": True,
    }
    assert labels({}) == {}


def test_a_value_outside_one_bound_keeps_every_other_rule() -> None:
    """101 letters are no address anyhow, so the bound of an address makes no trial."""
    made = labels({"type": "string", "format": "email", "maxLength": 100})
    assert not [label for label in made if label.startswith("bound")]


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        pytest.param({"type": "string", "pattern": "^[A-Z]+$"}, "ABC", id="capitals"),
        pytest.param({"type": "string", "pattern": "^[0-9]+$"}, "123", id="digits"),
        pytest.param({"type": "string", "pattern": "^-+$"}, "abc", id="none-fits"),
        pytest.param({"type": "string"}, "abc", id="anything"),
    ],
)
def test_text_is_made_to_fit(schema: dict[str, Any], expected: str) -> None:
    """The first alphabet that the schema accepts, in ASCII."""
    assert text_of(3, schema) == expected


def test_arrays_are_made_from_the_elements_of_a_valid_one() -> None:
    """Without elements there is only the empty one."""
    schema = {"type": "array", "minItems": 1, "maxItems": 2}
    made = {trial.label: trial.value for trial in trials(schema, [7, 8]) if trial.kind == "bound"}
    assert made == {"1 element": [7], "0 elements": [], "2 elements": [7, 8], "3 elements": [7, 8, 7]}
    assert {trial.label for trial in trials(schema) if trial.kind == "bound"} == {"0 elements"}


def test_numbers_outside_a_list_are_tried() -> None:
    """One more than the greatest that is allowed."""
    made = [trial for trial in trials({"enum": [1, 2]}) if trial.kind == "enum"]
    assert [(trial.value, trial.valid) for trial in made] == [(3, False)]
