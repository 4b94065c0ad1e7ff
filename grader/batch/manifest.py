"""A list of submissions in a file: CSV with a header, or JSON with a list of objects."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from grader.errors import UsageError

MANIFESTS: Final = (".csv", ".json")
_COLUMNS: Final = ("name", "file", "challenge")
_LARGEST: Final = 50_000_000
_HINT = "columns: name, file, challenge; only `file` is needed, and is relative to the manifest's folder"


@dataclass(frozen=True, slots=True)
class Row:
    """A submission as it was named.

    Attributes:
        source: the archive or folder.
        where: what to call it in an error, such as `cohort.csv line 3: a.zip`.
        name: as a manifest calls it; "" to take the file's.
        challenge: as a manifest says it.
    """

    source: Path
    where: str
    name: str = ""
    challenge: str | None = None


def read_manifest(file: Path) -> list[Row]:
    """The rows of a manifest.

    Args:
        file: `.csv` (RFC 4180, with a header; a byte order mark and `;` as separator, as spreadsheets write them, are
            taken) or `.json` (a list of objects).

    Raises:
        UsageError: it cannot be read, is none, or has no rows; a row lacks its file, or two have one name.
    """
    text = _text(file)
    found = _from_csv(file, text) if file.suffix.lower() == ".csv" else _from_json(file, text)
    rows = [_row(file, place, data) for place, data in found]
    if not rows:
        raise UsageError(f"{file}: there is no submission in it", hint=_HINT)
    seen: dict[str, str] = {}
    for row in rows:
        if row.name and (first := seen.setdefault(row.name, row.where)) != row.where:
            raise UsageError(f"{row.where} is called {row.name!r}, as is {first}", hint="give each a name of its own")
    return rows


def _text(file: Path) -> str:
    try:
        content = file.read_bytes()
        if len(content) > _LARGEST:
            raise UsageError(f"{file} is larger than any manifest", hint=_HINT)
        return content.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}", hint=_HINT) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file}: byte {error.start} is not UTF-8", hint="save it as UTF-8") from error


def _from_csv(file: Path, text: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    first = text.partition("\n")[0]
    separator = ";" if first.count(";") > first.count(",") else ","
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        _require_columns(file, [name.strip().lower() for name in reader.fieldnames or ()])
        for row in reader:
            known = {(name or "").strip().lower(): value for name, value in row.items()}
            if "" in known:
                raise UsageError(f"{file} line {reader.line_num}: more cells than columns", hint=_HINT)
            if any((value or "").strip() for value in known.values()):
                yield f"{file} line {reader.line_num}", known
    except csv.Error as error:
        raise UsageError(f"{file} line {reader.line_num}: {error}", hint=_HINT) from error


def _from_json(file: Path, text: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{file} is no JSON: {error}", hint=_HINT) from error
    if not isinstance(data, list):
        raise UsageError(f"{file}: it must hold a list of submissions", hint='such as [{"file": "a.zip"}]')
    for number, row in enumerate(data, 1):
        place = f"{file} item {number}"
        if not isinstance(row, dict):
            raise UsageError(f"{place}: it must be an object", hint='such as {"file": "a.zip"}')
        _require_columns(place, row)
        yield place, row


def _require_columns(place: object, names: Any) -> None:
    if "file" not in names:
        raise UsageError(f"{place}: there is no `file`", hint=_HINT)
    if unknown := sorted(set(names) - set(_COLUMNS)):
        raise UsageError(f"{place}: {unknown[0]!r} is no column", hint=_HINT)


def _row(file: Path, place: str, data: Mapping[str, Any]) -> Row:
    cells = {name: data.get(name) or "" for name in _COLUMNS}
    if wrong := next((name for name, value in cells.items() if not isinstance(value, str)), None):
        raise UsageError(f"{place}: {wrong} must be text", hint=_HINT)
    name, source, challenge = (cells[column].strip() for column in _COLUMNS)
    if not source or "\0" in source:
        raise UsageError(f"{place}: it names no file", hint=_HINT)
    return Row(file.parent / source, f"{place}: {source}", name, challenge or None)
