"""Cases for the query and the path of an operation, made from the pack's `openapi.yaml`."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from grader.harness.contract import Contract, Operation, Parameter
from grader.harness.probes.values import Schema, trials, type_of
from grader.harness.request import Request

HUGE: Final = (2**63, 2**64, 10**30, 10**99, -(2**63) - 1)
"""Integers beyond 64 bits, as an id or an offset may be."""

_KINDS: Final = frozenset({"bound", "format", "enum", "pattern"})
_WRONG_WORDS: Final[dict[str, tuple[str, ...]]] = {"integer": ("abc", "1.5"), "number": ("abc",), "boolean": ("abc",)}
_LONGEST_SHOWN: Final = 20


@dataclass(frozen=True)
class QueryCase:
    """One query to send.

    Args:
        name: such as `limit=0`.
        params: the whole query.
        valid: whether the operation must accept it.
        field: the parameter that a refusal should name.
    """

    name: str
    params: Mapping[str, str]
    valid: bool
    field: str


def query_cases(
    contract: Contract,
    key: str,
    names: Collection[str] | None = None,
    *,
    base: Mapping[str, str] | None = None,
) -> list[QueryCase]:
    """Cases for the query of one operation: one parameter each, its bounds, values of a wrong form or outside a list.

    Args:
        contract: the pack's.
        key: the operation, such as `GET /users`.
        names: which parameters; None makes cases for all.
        base: what stands in each query beside the parameter in question.

    Raises:
        ValueError: no such operation or parameter.
    """
    parameters = {each.name: each for each in contract.operation(key).parameters_in("query")}
    unknown = set(names or ()) - set(parameters)
    if unknown:
        raise ValueError(f"{key}: no query parameters {sorted(unknown)}")
    chosen = parameters if names is None else {name: parameters[name] for name in names}
    return [case for parameter in chosen.values() for case in _of_parameter(parameter, dict(base or {}))]


def _of_parameter(parameter: Parameter, base: dict[str, str]) -> Iterator[QueryCase]:
    name = parameter.name
    if parameter.required:
        left = {each: value for each, value in base.items() if each != name}
        yield QueryCase(f"{name}: missing", left, valid=False, field=name)
    for label, value, valid in _words(parameter.schema):
        shown = f"{name}={value}" if len(value) <= _LONGEST_SHOWN else f"{name}: {label}"
        yield QueryCase(shown, {**base, name: value}, valid=valid, field=name)


def _words(schema: Schema) -> Iterator[tuple[str, str, bool]]:
    for word in _WRONG_WORDS.get(type_of(schema) or "", ()):
        yield word, word, False
    for trial in trials(schema):
        # An empty parameter is read in as many ways as there are frameworks.
        if trial.kind in _KINDS and isinstance(trial.value, str | int | float) and trial.value != "":
            yield trial.label, str(trial.value), trial.valid


def path_of(operation: Operation, values: Mapping[str, str]) -> str:
    """The operation's path with its parameters filled in.

    Raises:
        ValueError: a parameter has no value.
    """
    try:
        return operation.path.format_map(values)
    except KeyError as error:
        raise ValueError(f"{operation.key}: no value for the path parameter {error}") from error


def bad_paths(contract: Contract, key: str, **known: str) -> list[tuple[str, str]]:
    """Paths with a word where an integer is due: pairs of a name, such as `id=abc`, and the path.

    Args:
        contract: the pack's.
        key: the operation.
        known: sound values for the path parameters; needed where there are several.
    """
    operation = contract.operation(key)
    numbers = [each for each in operation.parameters_in("path") if type_of(each.schema) == "integer"]
    return [(f"{each.name}=abc", path_of(operation, {**known, each.name: "abc"})) for each in numbers]


def huge_integers(contract: Contract, key: str, **known: str) -> list[tuple[str, Request]]:
    """Requests with integers beyond 64 bits, one for each integer in path and query; pairs of a name and the request.

    A body is not sent: use `dataclasses.replace` where the operation needs one.

    Args:
        contract: the pack's.
        key: the operation.
        known: sound values for the path parameters.
    """
    operation = contract.operation(key)
    found = []
    for each in (each for each in operation.parameters if type_of(each.schema) == "integer"):
        for number in HUGE:
            filled = {**known, each.name: str(number)} if each.location == "path" else known
            params = {each.name: str(number)} if each.location == "query" else None
            found.append(
                (f"{each.name}={_short(number)}", Request(operation.method, path_of(operation, filled), params))
            )
    return found


def _short(number: int) -> str:
    text = str(number)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:3]}… ({len(text)} digits)"
