"""Cases for the JSON body of an operation, made from the pack's `openapi.yaml`.

A case changes one place of a valid body, so that one rule decides it. Where a body has no required member
(a PATCH), it holds nothing but the member in question.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from grader.harness.contract import Contract
from grader.harness.probes.values import Schema, Trial, plain, trials, type_of
from grader.harness.schema import Judge

ALL: Final = frozenset({"missing", "null", "type", "bound", "pattern", "format", "enum", "extra", "malformed"})

_EXTRA: Final = "unexpected_member"
Body = Callable[[], dict[str, Any]]
Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Case:
    """One body to send.

    Args:
        name: such as `email: no @`.
        kind: one of `ALL`.
        body: the JSON value, where `raw` is None.
        raw: the bytes themselves, where they are no JSON.
        valid: whether the operation must accept it.
        field: the member that a refusal should name; None where there is no such member.
    """

    name: str
    kind: str
    body: Any
    raw: bytes | None
    valid: bool
    field: str | None

    def content(self) -> bytes:
        """What goes over the wire."""
        return json.dumps(self.body).encode() if self.raw is None else self.raw


@dataclass(frozen=True)
class _Site:
    """One place in a body that cases are made for."""

    place: Place
    schema: Schema
    value: Any
    required: bool

    @property
    def name(self) -> str:
        return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.place)[1:]

    @property
    def field(self) -> str:
        """The member that holds the place: an element of an array belongs to the array's member."""
        return next(part for part in reversed(self.place) if isinstance(part, str))


def body_cases(
    contract: Contract,
    key: str,
    base: Body,
    kinds: Collection[str] = ALL,
    *,
    fields: Collection[str] | None = None,
) -> list[Case]:
    """Cases for the body of one operation, nested members and elements of arrays included.

    Args:
        contract: the pack's.
        key: the operation, such as `POST /users`.
        base: makes a fresh valid body at each call.
        kinds: which kinds of cases, out of `ALL`.
        fields: which top-level members; None makes cases for all, and those of the body as a whole.

    Raises:
        ValueError: no such operation or kind, it takes no body, `base` makes an invalid one, or no case came of it.
    """
    schema = contract.operation(key).body
    if schema is None or not set(kinds) <= ALL:
        raise ValueError(f"{key}: takes no JSON body, or {sorted(set(kinds) - ALL)} are no kinds of cases")
    problem = Judge(schema).problem(base())
    if problem is not None:
        raise ValueError(f"{key}: the base body is not valid: {problem}")
    cases = [case for case in _all(schema, base, whole=fields is None) if case.kind in kinds]
    chosen = cases if fields is None else [case for case in cases if _top(case) in fields]
    if not chosen:
        raise ValueError(f"{key}: no cases of {sorted(kinds)} for {fields or 'any member'}")
    return chosen


def _top(case: Case) -> str:
    return case.name.split(":")[0].split(".")[0].split("[")[0]


def _all(schema: Schema, base: Body, *, whole: bool) -> Iterator[Case]:
    for site in _sites(schema, base(), ()):
        yield from _site_cases(site, schema, base)
    if whole:
        if _forbids_extra(schema):
            yield _extra((), schema, base)
        yield from _no_objects(schema)
        yield from _malformed(schema, base)


def _sites(schema: Schema, value: Any, place: Place) -> Iterator[_Site]:
    """The members of an object, the first element of an array, and what they contain."""
    known = plain(schema)
    if isinstance(value, dict):
        required = set(known.get("required", []))
        for name, member in _members(known, value).items():
            yield _Site((*place, name), member, value.get(name), name in required)
            yield from _sites(member, value.get(name), (*place, name))
    elif isinstance(value, list) and value and isinstance(known.get("items"), dict):
        yield _Site((*place, 0), known["items"], value[0], required=False)
        yield from _sites(known["items"], value[0], (*place, 0))


def _members(known: Schema, value: Mapping[str, Any]) -> dict[str, Schema]:
    # A member whose schema is `true` or `false` has no rules to try.
    members: dict[str, Schema] = {
        name: each for name, each in known.get("properties", {}).items() if isinstance(each, dict)
    }
    others = known.get("additionalProperties")
    if isinstance(others, dict):
        # A map with free keys: one of them stands for all.
        members.update(dict.fromkeys([each for each in value if each not in members][:1], others))
    return members


def _site_cases(site: _Site, schema: Schema, base: Body) -> Iterator[Case]:
    if site.required:
        yield Case(
            f"{site.name}: missing", "missing", _without(base(), site.place), None, valid=False, field=site.field
        )
    judge = Judge(schema)
    for trial in trials(site.schema, site.value):
        body = _with(_fresh(schema, base, site.place), site.place, trial.value)
        if not trial.judged or judge.accepts(body) is trial.valid:
            yield _case(site, trial, body)
    if isinstance(site.value, dict) and _forbids_extra(site.schema):
        yield _extra(site.place, schema, base)


def _case(site: _Site, trial: Trial, body: Any) -> Case:
    return Case(f"{site.name}: {trial.label}", trial.kind, body, None, valid=trial.valid, field=site.field)


def _extra(place: Place, schema: Schema, base: Body) -> Case:
    inside = (*place, _EXTRA)
    body = _with(_fresh(schema, base, inside), inside, "unexpected")
    name = f"{_Site(place, {}, None, required=False).name}: " if place else ""
    return Case(f"{name}an unknown member", "extra", body, None, valid=False, field=_EXTRA)


def _forbids_extra(schema: Schema) -> bool:
    return plain(schema).get("additionalProperties") is False


def _is_partial(schema: Schema) -> bool:
    return not plain(schema).get("required")


def _fresh(schema: Schema, base: Body, place: Place) -> dict[str, Any]:
    """A valid body to change: whole, or with the one member alone where none is required."""
    body = base()
    return {name: body[name] for name in body if name == place[0]} if _is_partial(schema) else body


def _with(body: Any, place: Place, value: Any) -> Any:
    """The body with a value put at a place."""
    if not place:
        return value
    step, rest = place[0], place[1:]
    if isinstance(body, list):
        return [_with(item, rest, value) if index == step else item for index, item in enumerate(body)]
    return {**body, str(step): _with(body.get(step), rest, value)}


def _without(body: Any, place: Place) -> Any:
    """The body without the member at a place."""
    step, rest = place[0], place[1:]
    if isinstance(body, list):
        return [_without(item, rest) if index == step else item for index, item in enumerate(body)]
    if not rest:
        return {name: value for name, value in body.items() if name != step}
    return {**body, str(step): _without(body[step], rest)}


def _no_objects(schema: Schema) -> Iterator[Case]:
    """Sound JSON that is no object: invalid like any other body. A null or no body at all may mean "no change"."""
    values: tuple[Any, ...] = (["unexpected"], "unexpected", 17, None)
    for value in values:
        if type_of(schema) == "object" and not (value is None and _is_partial(schema)):
            yield Case(f"the body is {json.dumps(value)}", "type", value, None, valid=False, field=None)


def _malformed(schema: Schema, base: Body) -> Iterator[Case]:
    sound = json.dumps(base())
    texts = {"cut short": sound[:-1], "a comma too many": f"{sound[:-1]},}}", "a bare word": "unexpected", "empty": ""}
    for label, text in {**texts, "two documents": sound + sound}.items():
        if text or not _is_partial(schema):
            yield Case(f"malformed JSON: {label}", "malformed", None, text.encode(), valid=False, field=None)
