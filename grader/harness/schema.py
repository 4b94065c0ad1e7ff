"""JSON Schema, the little that contract and probes need: following local references, and judging a value.

Schemas come from our own `openapi.yaml` and are trusted; the values that are judged are not. Patterns run on a
linear-time engine, so no value can make one slow.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import unquote

import jsonschema_rs

LONGEST_PROBLEM: Final = 240
_INDEX_DIGITS: Final = 9
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_RFC3339 = jsonschema_rs.Draft202012Validator({"format": "date-time"}, validate_formats=True)


def _is_email(text: str) -> bool:
    """Looser than RFC 5321 on purpose: which strange addresses exist is not ours to judge."""
    return _EMAIL.fullmatch(text) is not None


def _is_date_time(text: str) -> bool:
    """RFC 3339 with an offset; a blank may stand for the `T` (RFC 3339, section 5.6, second note)."""
    return _RFC3339.is_valid(f"{text[:10]}T{text[11:]}" if text[10:11] == " " else text)


def _anything(_text: str) -> bool:
    return True


_FORMATS: Final[dict[str, Callable[[str], bool]]] = {
    "date-time": _is_date_time,
    "email": _is_email,
    "password": _anything,  # OpenAPI's own formats annotate; they refuse nothing
    "binary": _anything,
    "int32": _anything,
    "int64": _anything,
    "float": _anything,
    "double": _anything,
}


def follow(document: object, reference: str) -> Any:
    """The node that a local reference (`#/a/b`, RFC 6901 in a URI fragment) points to.

    Raises:
        LookupError: the reference is not local, or nothing is there.
    """
    if not reference.startswith("#"):
        raise LookupError(f"the reference {reference[:80]!r} is not local")
    node = document
    for token in unquote(reference[1:]).split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(node, dict) and name in node:
            node = node[name]
        elif isinstance(node, list) and name.isdecimal() and len(name) <= _INDEX_DIGITS and int(name) < len(node):
            node = node[int(name)]
        else:
            raise LookupError(f"nothing stands at {reference[:80]!r}")
    return node


def resolve(document: object, node: Any, *, above: tuple[str, ...] = ()) -> Any:
    """A copy of `node` with every local `$ref` replaced by what it points to; members beside a `$ref` win.

    For our own documents only: a reference that many others share is copied for each.

    Raises:
        ValueError: a reference points nowhere, or to itself.
    """
    if isinstance(node, list):
        return [resolve(document, item, above=above) for item in node]
    if not isinstance(node, dict):
        return node
    inlined: dict[str, Any] = {}
    reference = node.get("$ref")
    if isinstance(reference, str):
        if reference in above:
            raise ValueError(f"the reference {reference!r} contains itself")
        found = resolve(document, _followed(document, reference), above=(*above, reference))
        if not isinstance(found, dict):
            return found
        inlined = found
    beside = {name: resolve(document, value, above=above) for name, value in node.items() if name != "$ref"}
    return {**inlined, **beside}


def _followed(document: object, reference: str) -> Any:
    try:
        return follow(document, reference)
    except LookupError as error:
        raise ValueError(str(error)) from error


class Judge:
    """One schema, ready to judge values. Formats count: `date-time` demands an offset, `email` is lenient.

    Args:
        schema: JSON Schema 2020-12.
        components: what `#/components/…` in it points into.

    Raises:
        ValueError: the schema is broken: one line that says how.
    """

    def __init__(self, schema: Mapping[str, Any], components: Mapping[str, Any] | None = None) -> None:
        try:
            self._validator = jsonschema_rs.Draft202012Validator(
                {"allOf": [dict(schema)], "components": dict(components or {})},
                formats=_FORMATS,
                validate_formats=True,
                ignore_unknown_formats=False,
                pattern_options=jsonschema_rs.RegexOptions(),
                offline=True,
            )
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
            raise ValueError(f"broken schema: {str(error).splitlines()[0]}") from error

    def accepts(self, value: Any) -> bool:
        """Whether the value fits the schema."""
        return self.problem(value) is None

    def problem(self, value: Any) -> str | None:
        """What is wrong with the value: the first problem, one bounded line with its place; None if nothing is."""
        # Not `iter_errors`: it makes every error before it gives the first, and a stranger may send a million.
        try:
            self._validator.validate(value)
        except jsonschema_rs.ValidationError as error:
            return _line(error)
        except UnicodeEncodeError:
            return "a string holds a lone surrogate, which no UTF-8 text can"
        return None


def _line(error: jsonschema_rs.ValidationError) -> str:
    place = "/".join(str(part) for part in error.instance_path) or "the body"
    text = f"{place}: {error.message}"
    return text if len(text) <= LONGEST_PROBLEM else f"{text[:LONGEST_PROBLEM]}…"
