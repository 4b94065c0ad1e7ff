"""The rules of the Common Test Report Format that concern what is written here, after its specification.

https://ctrf.io/docs/specification/overview: nothing but these members, the required ones, and their types.
"""

from typing import Any

_TEXT = {"type": "string"}
_NAME = {"type": "string", "minLength": 1}
_COUNT = {"type": "integer", "minimum": 0}
_OBJECT = {"type": "object"}
_STATUS = {"enum": ["passed", "failed", "skipped", "pending", "other"]}


def _closed(required: list[str], **members: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": members, "additionalProperties": False}


_COUNTS = ["tests", "passed", "failed", "skipped", "pending", "other", "start", "stop"]
_TEST = _closed(
    ["name", "status", "duration"],
    name=_NAME,
    status=_STATUS,
    duration=_COUNT,
    suite={"type": "array", "minItems": 1, "items": _TEXT},
    message=_TEXT,
    trace=_TEXT,
    rawStatus=_TEXT,
    tags={"type": "array", "items": _TEXT},
    extra=_OBJECT,
)
RULES = _closed(
    ["reportFormat", "specVersion", "results"],
    reportFormat={"const": "CTRF"},
    specVersion={"type": "string", "pattern": "^[0-9]+\\.[0-9]+\\.[0-9]+$"},
    timestamp={"type": "string", "format": "date-time"},
    generatedBy=_TEXT,
    results=_closed(
        ["tool", "summary", "tests"],
        tool=_closed(["name"], name=_NAME, version=_TEXT),
        summary=_closed(_COUNTS, **dict.fromkeys([*_COUNTS, "suites"], _COUNT)),
        tests={"type": "array", "items": _TEST},
        extra=_OBJECT,
    ),
)
