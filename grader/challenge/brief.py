"""What a brief must not be silent about: a check of what nobody was told is unfair."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_BOUNDS = (
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
)
# People say these numbers in words.
_WORDS = {0: ("zero", "negative", "positive"), 1: ("one", "empty", "blank", "positive")}
_NOT_RULES = frozenset({"example", "examples", "default", "enum", "const"})
"""Members of a schema that hold values, in which a word such as `minimum` would be data."""


def silences(brief: str, document: Mapping[str, Any], environment: Iterable[str]) -> Iterator[str]:
    """What contract and rubric demand and the brief does not say, one line each.

    Args:
        brief: the text of BRIEF.md.
        document: the contract, an OpenAPI document.
        environment: names of the variables that the candidate's application is given.
    """
    for method, path in _operations(document):
        if not re.search(rf"\b{method}\b[\s`|*]+{re.escape(path)}(?![\w/{{-])", brief):
            yield f"it does not name the operation {method} {path}"
    for bound, number, places in _bounds(document):
        if not _says(brief, number):
            yield f"it does not say {number:g}, which is `{bound}` of {places} in openapi.yaml"
    for name in environment:
        if not re.search(rf"\b{re.escape(name)}\b", brief):
            yield f"it does not name the environment variable {name}"


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for path, item in document["paths"].items():
        yield from ((method.upper(), path) for method in _METHODS if method in item)


def _bounds(document: Mapping[str, Any]) -> list[tuple[str, float, str]]:
    """Each bound once, with the places that have it."""
    found: dict[tuple[str, float], list[str]] = {}
    for place, bound, number in _walk(document, ()):
        found.setdefault((bound, number), []).append(place)
    return [(bound, number, ", ".join(dict.fromkeys(places))) for (bound, number), places in found.items()]


def _walk(node: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str, float]]:
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from _walk(item, (*path, str(index)))
    if not isinstance(node, dict):
        return
    for name, value in node.items():
        if name in _BOUNDS and isinstance(value, int | float) and not isinstance(value, bool):
            yield _place(node, path), name, value
        elif name not in _NOT_RULES or path[-1:] == ("properties",):
            yield from _walk(value, (*path, name))


def _place(node: Mapping[str, Any], path: tuple[str, ...]) -> str:
    """The member or component that the bound is of; a parameter's schema stands in a list without names."""
    named = [part for part in path if part not in {"schema", "schemas", "properties", "components", "items"}]
    return "/".join(named[-2:]) or str(node.get("title", "a schema"))


def _says(brief: str, number: float) -> bool:
    """Whether the number stands there, with or without marks between thousands, or in words."""
    digits = f"{number:,.15g}".replace(",", "[,_ '\N{NARROW NO-BREAK SPACE}\N{NO-BREAK SPACE}]?").replace(".", r"\.")
    if re.search(rf"(?<![\w.]){digits}(?!\w|\.\d)", brief):
        return True
    return any(word in brief.lower() for word in _WORDS.get(int(number), ()) if number == int(number))
