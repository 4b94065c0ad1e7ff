"""A report with any text, or any number, in every place that takes one; found by walking the model."""

from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

Place = tuple[str, str]
"""A model's name and a field's."""


def spoil(value: Any, text: str, seen: set[Place] | None = None, place: Place = ("", "")) -> Any:
    """The same with this text for each string, keys too; enumerations and literals stay.

    Args:
        value: a model, or what is in one.
        text: what to put there.
        seen: collects the places where it was put.
        place: where `value` stands.
    """

    def put(_old: str) -> str:
        if seen is not None:
            seen.add(place)
        return text

    return _walk(value, str, put, lambda one, where: spoil(one, text, seen, where), place)


def spoil_numbers(value: Any, number: float) -> Any:
    """The same with this number for each float, and for each integer its whole part."""

    def put(old: float) -> float:
        return old if isinstance(old, bool) else type(old)(number)

    return _walk(value, (int, float), put, lambda one, _: spoil_numbers(one, number), ("", ""))


def string_places(model: type[BaseModel]) -> set[Place]:
    """Each field of a model, and of those in it, that can hold a string."""
    found: set[Place] = set()
    for name, field in model.model_fields.items():
        for part in _parts(field.annotation):
            if part is str:
                found.add((model.__name__, name))
            elif isinstance(part, type) and issubclass(part, BaseModel):
                found |= string_places(part)
    return found


def strings(value: Any) -> Iterator[str]:
    """All strings in plain data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from strings(key)
            yield from strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)


def _walk(value: Any, kind: Any, put: Callable[[Any], Any], into: Callable[[Any, Place], Any], place: Place) -> Any:
    if isinstance(value, BaseModel):
        fields = type(value).model_fields.items()
        name = type(value).__name__
        changed = {
            key: into(getattr(value, key), (name, key))
            for key, field in fields
            if get_origin(field.annotation) is not Literal
        }
        return value.model_copy(update=changed)
    if isinstance(value, dict):
        return {into(key, place): into(one, place) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(into(one, place) for one in value)
    return put(value) if isinstance(value, kind) and not isinstance(value, Enum) else value


def _parts(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) is Literal:
        return
    yield annotation
    for inner in get_args(annotation):
        yield from _parts(inner)
