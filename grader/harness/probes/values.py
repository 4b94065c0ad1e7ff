"""For one schema: values that must be refused, and values at its bounds that must be accepted.

A trial is made only where one rule decides it: a value just outside a bound keeps every other rule of its schema, a
wrong type is one that no lax coercion can save, and text is ASCII. Whatever the schema itself judges otherwise than
the trial says is dropped, so a trial never asks for more than the contract says.

Two extensions in `openapi.yaml` say what a schema cannot:

- `x-grader-invalid` and `x-grader-valid`: lists of values that must be refused and accepted (kind `pattern`).
- `x-grader-strip: true`: white space around the text is stripped before it is measured.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any, Final

from grader.harness.schema import Judge

Schema = Mapping[str, Any]

_LONGEST_LABEL: Final = 40
_ALPHABETS: Final = ("abcdefghij", "ABCDEFGHIJ", "1234567890")
_OBJECT: Final = {"unexpected": "object"}
_ARRAY: Final = ["unexpected"]

_WRONG_TYPES: Final[dict[str, tuple[tuple[str, Any], ...]]] = {
    "string": (("an object", _OBJECT), ("an array", _ARRAY), ("an empty object", {})),
    "integer": (("a word", "abc"), ("an object", _OBJECT), ("a fraction", 1.5)),
    "number": (("a word", "abc"), ("an object", _OBJECT)),
    "boolean": (("an object", _OBJECT),),
    "array": (("an object", _OBJECT),),
    "object": (("an array", _ARRAY), ("a string", "unexpected")),
}

_WRONG_FORMATS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "email": (
        ("no @", "ada.example.com"),
        ("nothing before @", "@example.com"),
        ("nothing after @", "ada@"),
        ("a space before @", "ada love@example.com"),
        ("a space after @", "ada@exam ple.com"),
    ),
    "date-time": (
        ("a word", "yesterday"),
        ("30 February", "2024-02-30T10:00:00Z"),
        ("hour 25", "2024-01-01T25:00:00Z"),
    ),
    "date": (("a word", "yesterday"), ("30 February", "2024-02-30"), ("month 13", "2024-13-01")),
    "uuid": (("a word", "not-a-uuid"), ("a letter beyond f", "0190b3b8-3c1e-4f6a-9a55-2f1f6d3c8b0g")),
}


@dataclass(frozen=True)
class Trial:
    """One value to try.

    Args:
        kind: `null`, `type`, `bound`, `pattern`, `format` or `enum`.
        label: what is special about the value, a few words.
        value: the value.
        valid: whether it must be accepted.
        judged: whether the schema can judge it; False where an `x-grader-…` extension decides.
    """

    kind: str
    label: str
    value: Any
    valid: bool
    judged: bool = True


def plain(schema: Schema) -> dict[str, Any]:
    """The schema with `allOf` merged, and a choice between one schema and null reduced to the one."""
    merged = {name: value for name, value in schema.items() if name not in {"allOf", "anyOf", "oneOf"}}
    choices = [each for word in ("anyOf", "oneOf") for each in schema.get(word, []) if each.get("type") != "null"]
    for part in [*schema.get("allOf", []), *(choices if len(choices) == 1 else [])]:
        merged = _merged(merged, plain(part))
    return merged


def _merged(left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    both = {**left, **right}
    if "properties" in left and "properties" in right:
        both["properties"] = {**left["properties"], **right["properties"]}
    if "required" in left and "required" in right:
        both["required"] = [*left["required"], *right["required"]]
    return both


def type_of(schema: Schema) -> str | None:
    """The one type that a schema allows beside null; None where it allows several or says nothing."""
    named = plain(schema).get("type")
    types = [each for each in (named if isinstance(named, list) else [named]) if each != "null"]
    return types[0] if len(types) == 1 else None


def trials(schema: Schema, sample: Any = None) -> Iterator[Trial]:
    """Every trial for one schema, references resolved.

    Args:
        schema: what the value must fit.
        sample: a valid value; arrays are made from its elements.
    """
    judge = Judge(schema)
    made = (*_nulls(), *_types(schema), *_formats(schema), *_enums(schema), *_bounds(schema, sample))
    sound = [trial for trial in made if judge.accepts(trial.value) is trial.valid]
    # Where two bounds meet (exactly three letters), both make the same trial.
    yield from {(trial.kind, trial.label): trial for trial in (*sound, *_padded(schema), *_listed(schema))}.values()


def _nulls() -> Iterator[Trial]:
    yield Trial("null", "null", None, valid=False)


def _types(schema: Schema) -> Iterator[Trial]:
    for label, value in _WRONG_TYPES.get(type_of(schema) or "", ()):
        yield Trial("type", label, value, valid=False)


def _formats(schema: Schema) -> Iterator[Trial]:
    for label, value in _WRONG_FORMATS.get(plain(schema).get("format", ""), ()):
        yield Trial("format", label, value, valid=False)


def _enums(schema: Schema) -> Iterator[Trial]:
    known = plain(schema)
    if "enum" not in known and "const" not in known:
        return
    numbers = [each for each in known.get("enum", [known.get("const")]) if isinstance(each, int)]
    outside = max(numbers) + 1 if numbers else "not-a-listed-value"
    yield Trial("enum", f"{outside} is none of the values", outside, valid=False)


def _bounds(schema: Schema, sample: Any) -> Iterator[Trial]:
    known = plain(schema)
    makers = {"string": _text_bounds, "integer": _number_bounds, "number": _number_bounds}
    kind = type_of(schema) or ""
    found = _array_bounds(known, sample) if kind == "array" else makers.get(kind, _no_bounds)(known)
    for keyword, trial in found:
        # Just outside a bound, but inside every other rule: without that one keyword the value would be valid.
        others = Judge({name: value for name, value in known.items() if name != keyword})
        if others.accepts(trial.value):
            yield trial


def _no_bounds(_known: Schema) -> Iterator[tuple[str, Trial]]:
    yield from ()


def _text_bounds(known: Schema) -> Iterator[tuple[str, Trial]]:
    for keyword, outwards in (("minLength", -1), ("maxLength", 1)):
        limit = known.get(keyword)
        if limit is not None:
            yield keyword, _text_trial(known, limit, valid=True)
        if limit is not None and limit + outwards >= 0:
            yield keyword, _text_trial({**known, keyword: limit + outwards}, limit + outwards, valid=False)


def _text_trial(known: Schema, length: int, *, valid: bool) -> Trial:
    return Trial("bound", _count(length, "character"), text_of(length, known), valid=valid)


def text_of(length: int, schema: Schema) -> str:
    """ASCII text of that length: the first of a few alphabets that the schema accepts, else letters."""
    judge = Judge(schema)
    texts = ["".join(islice(cycle(alphabet), length)) for alphabet in _ALPHABETS]
    return next((text for text in texts if judge.accepts(text)), texts[0])


def _number_bounds(known: Schema) -> Iterator[tuple[str, Trial]]:
    whole = type_of(known) == "integer"
    unit = known.get("multipleOf")
    step = unit or (1 if whole else 0.01)
    sides = (("minimum", -step, 0), ("maximum", step, 0), ("exclusiveMinimum", 0, step), ("exclusiveMaximum", 0, -step))
    for keyword, outside, inside in sides:
        limit = known.get(keyword)
        if limit is not None:
            yield keyword, _number(limit + inside, valid=True)
            yield keyword, _number(limit + outside, valid=False)
    if unit is not None:
        multiple = (known.get("minimum", known.get("exclusiveMinimum", 0)) // unit + 1) * unit
        yield "multipleOf", _number(multiple, valid=True)
        yield "multipleOf", _number(multiple + (1 if whole else unit / 2), valid=False)


def _number(value: float, *, valid: bool) -> Trial:
    return Trial("bound", str(value), value, valid=valid)


def _array_bounds(known: Schema, sample: Any) -> Iterator[tuple[str, Trial]]:
    elements = sample if isinstance(sample, list) else []
    for keyword, outwards in (("minItems", -1), ("maxItems", 1)):
        limit = known.get(keyword)
        lengths = [] if limit is None else [(limit, True), (limit + outwards, False)]
        for length, valid in lengths:
            value = list(islice(cycle(elements), max(length, 0)))
            if len(value) == length:
                yield keyword, Trial("bound", _count(length, "element"), value, valid=valid)


def _padded(schema: Schema) -> Iterator[Trial]:
    known = plain(schema)
    longest = known.get("maxLength")
    if known.get("x-grader-strip") is True and longest is not None:
        text = text_of(longest, known)
        if Judge(known).accepts(text):
            label = f"{_count(longest, 'character')} with blanks around"
            yield Trial("bound", label, f"  {text} ", valid=True, judged=False)


def _listed(schema: Schema) -> Iterator[Trial]:
    known = plain(schema)
    for name, valid in (("x-grader-valid", True), ("x-grader-invalid", False)):
        for value in known.get(name, []):
            yield Trial("pattern", _shown(value), value, valid=valid, judged=False)


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= _LONGEST_LABEL else f"{text[:_LONGEST_LABEL]}…"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
