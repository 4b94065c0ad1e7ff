"""Whether a pack's `openapi.yaml` is a sound OpenAPI 3.1 document.

`Contract` judges what the harness uses: operations, references, and the schemas of bodies and parameters. The rest of
what the specification demands and people rely on is judged here.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

from grader.harness.contract import Contract

_FILE = "openapi.yaml"


def read_contract(file: Path) -> Mapping[str, Any]:
    """The document.

    Raises:
        ValueError: it cannot be read, or the harness could make nothing of it; the message begins with the place.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{_FILE}: cannot be read: {error}") from error
    Contract.parse(text, place=_FILE)
    document: Mapping[str, Any] = yaml.safe_load(text)
    return document


def contract_problems(document: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with a document that `read_contract` gave, one line each."""
    # https://spec.openapis.org/oas/v3.1.0#openapi-object
    if not re.fullmatch(r"3\.1\.\d+", str(document.get("openapi"))):
        yield f"{_FILE}: openapi: is {document.get('openapi')!r}, not 3.1.x"
    info = document.get("info")
    for name in ("title", "version"):
        if not (isinstance(info, dict) and isinstance(info.get(name), str)):
            yield f"{_FILE}: info: {name} must be there, as a text"
    if not document["paths"]:
        yield f"{_FILE}: paths: there is no operation"
    yield from _template_problems(document)
    yield from _operation_ids(document)
    yield from _component_problems(document)


def _template_problems(document: Mapping[str, Any]) -> Iterator[str]:
    """Each `{name}` of a path is a parameter of its operations, and the other way round."""
    contract = Contract.parse(yaml.safe_dump(dict(document)), place=_FILE)
    for operation in contract.operations.values():
        declared = {parameter.name for parameter in operation.parameters_in("path")}
        named = set(re.findall(r"{([^}]+)}", operation.path))
        for name in sorted(declared ^ named):
            where = "no path parameter" if name in named else "not in the path"
            yield f"{_FILE}: {operation.key}: {name} is {where}"
        if not operation.responses:
            yield f"{_FILE}: {operation.key}: it has no responses"


def _operation_ids(document: Mapping[str, Any]) -> Iterator[str]:
    seen: set[str] = set()
    for path, item in document["paths"].items():
        for operation in (node for node in item.values() if isinstance(node, dict)):
            name = operation.get("operationId")
            if name in seen:
                yield f"{_FILE}: {path}: operationId {name} is used twice"
            if name:
                seen.add(name)


def _component_problems(document: Mapping[str, Any]) -> Iterator[str]:
    """Schemas that no operation refers to are judged too."""
    for name, schema in (document.get("components") or {}).get("schemas", {}).items():
        if isinstance(schema, bool):
            continue
        try:
            jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema)
        except (jsonschema_rs.ValidationError, TypeError) as error:
            yield f"{_FILE}: components: schemas: {name}: {str(error).splitlines()[0]}"
