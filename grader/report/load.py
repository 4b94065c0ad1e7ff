"""Reading a report that was written before, by this grader or by another."""

import json
import math
import os
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import from_json

from grader.errors import UsageError
from grader.report.model import SCHEMA_VERSION, Report

REPORT: Final = "report.json"
_LARGEST: Final = 200_000_000
"""Bytes. The largest that a run can write is a tenth of it; a device or another file shall not fill the memory."""
_NAME = "name a report.json, or the folder that a run wrote it to"
_AGAIN = "take the file as the run wrote it, or grade the submission again"


def load_report(path: Path) -> Report:
    """Read a report.

    Args:
        path: a `report.json`, whatever its name, or the folder that one is in.

    Raises:
        UsageError: it is not there, cannot be read, is no JSON, is cut off, belongs to another version of the schema,
            or does not validate.
    """
    file = path / REPORT if os.path.isdir(path) else path  # noqa: PTH112  # pathlib's raises where it may not look
    data = _object(_read(file), file)
    _require_version(data, file)
    try:
        return Report.model_validate(data)
    except ValidationError as error:
        raise UsageError(f"{file} is no valid report: {_first(error)}", hint=_AGAIN) from error


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            content = stream.read(_LARGEST + 1)
    except FileNotFoundError:
        raise UsageError(_missing(file), hint=_NAME) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"{file} cannot be read: {reason}", hint=_NAME) from error
    if len(content) > _LARGEST:
        raise UsageError(f"{file} is larger than any report: more than {_LARGEST:,} bytes", hint=_NAME)
    return content


def _missing(file: Path) -> str:
    if file.name == REPORT:
        return f"there is no {REPORT} in {file.parent}"
    return f"there is no {file}"


def _object(content: bytes, file: Path) -> dict[str, Any]:
    if not content.strip():
        raise UsageError(f"{file} is empty", hint=_AGAIN)
    try:
        # Not pydantic's own reader: that refuses lone surrogates, which reports of earlier versions may hold.
        data = json.loads(content.decode("utf-8-sig"), parse_float=_finite, parse_constant=_finite)
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is no JSON: byte {error.start} is not UTF-8", hint=_AGAIN) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{file} {_no_json(content, error)}", hint=_AGAIN) from error
    if not isinstance(data, dict) or "schema_version" not in data:
        raise UsageError(f"{file} is JSON, but no report: it has no schema_version", hint=_NAME)
    return data


def _finite(text: str) -> float:
    """A number that can be drawn: none of JSON's is infinite, but `1e999` would become so."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:40]} is no number")
    return number


def _no_json(content: bytes, error: Exception) -> str:
    try:
        from_json(content)
    except ValueError as reason:
        if str(reason).startswith("EOF"):
            return f"is cut off: it ends in the middle, after {len(content):,} bytes"
    return f"is no JSON: {'it is nested too deeply' if isinstance(error, RecursionError) else error}"


def _require_version(data: dict[str, Any], file: Path) -> None:
    version = data["schema_version"]
    if version == SCHEMA_VERSION:
        return
    by = f" (grader {data['grader_version']})" if isinstance(data.get("grader_version"), str) else ""
    ours, theirs = _numbers(SCHEMA_VERSION), _numbers(version)
    if theirs is None:
        raise UsageError(f"{file} has a schema_version that is none: {json.dumps(version)[:60]}", hint=_AGAIN)
    newer = ours is not None and theirs > ours
    raise UsageError(
        f"{file} is of {'a newer' if newer else 'an older'} schema, {version}{by}; this grader reads {SCHEMA_VERSION}",
        hint="upgrade this grader" if newer else "grade the submission again, or read it with the grader that wrote it",
    )


def _numbers(version: Any) -> tuple[int, ...] | None:
    parts = version.split(".") if isinstance(version, str) and len(version) < 20 else [""]  # noqa: PLR2004  # `1.0`
    return tuple(map(int, parts)) if all(part.isascii() and part.isdigit() for part in parts) else None


def _first(error: ValidationError) -> str:
    """The first thing that is wrong, and how many more there are."""
    first, *others = error.errors(include_url=False, include_input=False)
    place = ".".join(map(str, first["loc"])) or "the whole"
    more = f" (and {len(others)} more)" if others else ""
    return f"{place}: {first['msg']}{more}"
