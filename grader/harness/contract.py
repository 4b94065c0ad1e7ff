"""The pack's `openapi.yaml` as a model: what each operation takes, and what it may answer.

The file is ours and trusted. Whatever is wrong with it is the grader's fault, so it is found when it is loaded and
raised as `ValueError`, never as a mismatch.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import yaml

from grader.harness.reply import Reply
from grader.harness.schema import Judge, resolve

METHODS: Final = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
LOCATIONS: Final = frozenset({"path", "query", "header", "cookie"})
NO_CONTENT: Final = 204


@dataclass(frozen=True)
class Parameter:
    """One parameter: where it stands (`path`, `query`, `header`) and its schema, references resolved."""

    name: str
    location: str
    required: bool
    schema: Mapping[str, Any]


@dataclass(frozen=True)
class Response:
    """What one status (`201`, `4XX`, `default`) promises: a JSON body, if any, and the headers that must be there."""

    status: str
    body: Judge | None
    headers: frozenset[str]


@dataclass(frozen=True)
class Operation:
    """One operation, such as `POST /users`. `body` is the JSON body's schema, references resolved; None: takes none."""

    key: str
    method: str
    path: str
    body: Mapping[str, Any] | None
    parameters: tuple[Parameter, ...]
    responses: Mapping[str, Response]

    def parameters_in(self, location: str) -> list[Parameter]:
        """The parameters that stand in `path`, `query` or `header`."""
        return [parameter for parameter in self.parameters if parameter.location == location]

    def response(self, status: int) -> Response | None:
        """What is declared for a status: exactly, by its class (`4XX`) or by `default`, in this order."""
        keys = (str(status), f"{status // 100}XX", "default")
        return next((self.responses[key] for key in keys if key in self.responses), None)


@dataclass(frozen=True)
class Contract:
    """Every operation of a pack, by its key (`POST /users`)."""

    place: str
    operations: Mapping[str, Operation]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads an OpenAPI 3.1 file.

        Raises:
            ValueError: it cannot be read or is not sound; the message begins with the file and the place in it.
        """
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"{path}: cannot be read: {error}") from error
        return cls.parse(text, place=str(path))

    @classmethod
    def parse(cls, text: str, *, place: str = "openapi.yaml") -> Self:
        """Like `load`, from the text itself."""
        document = _document(text, place)
        return cls(place, {operation.key: operation for operation in _operations(document, place)})

    def operation(self, key: str) -> Operation:
        """The operation of that key.

        Raises:
            ValueError: there is none.
        """
        try:
            return self.operations[key]
        except KeyError:
            raise ValueError(f"{self.place}: no operation {key!r}; it has {', '.join(self.operations)}") from None

    def judge(self, key: str, reply: Reply) -> None:
        """Judges an answer: its status is declared, its required headers are there, its body fits the schema.

        Further members of the body are fine unless the schema forbids them; the media type is not looked at.

        Raises:
            Mismatch: it does not keep to the contract.
            ValueError: there is no such operation.
        """
        operation = self.operation(key)
        response = operation.response(reply.status)
        if response is None:
            raise reply.mismatch(f"{key} to answer {_listed(operation)}", str(reply.status))
        missing = sorted(name for name in response.headers if name not in reply.headers)
        if missing:
            raise reply.mismatch(f"a header {missing[0]}", "none")
        _judge_body(response, key, reply)


def _judge_body(response: Response, key: str, reply: Reply) -> None:
    if reply.status == NO_CONTENT and reply.body:
        raise reply.mismatch("an empty body with 204", f"{len(reply.body)} bytes")
    if response.body is None:
        return
    problem = response.body.problem(reply.json().value)
    if problem is not None:
        raise reply.mismatch(f"a body as {key} declares for {response.status}", problem)


def _listed(operation: Operation) -> str:
    return " or ".join(operation.responses)


def _document(text: str, place: str) -> Mapping[str, Any]:
    try:
        raw = yaml.safe_load(text)
        # The detour makes every key a string (`200:` is a number in YAML) and finds what JSON has no word for.
        plain = json.loads(json.dumps(raw, allow_nan=False))
    except yaml.YAMLError as error:
        raise ValueError(f"{place}: not YAML: {' '.join(str(error).split())}") from error
    except (TypeError, ValueError) as error:
        raise ValueError(f"{place}: not JSON in YAML (is a date without quotes?): {error}") from error
    return _mapping(plain, place)


def _operations(document: Mapping[str, Any], place: str) -> Iterator[Operation]:
    paths = _mapping(document.get("paths"), f"{place}: paths")
    for path, item in paths.items():
        at = f"{place}: paths: {path}"
        if not path.startswith("/"):
            raise ValueError(f"{at}: a path begins with '/'")
        shared = _mapping(item, at).get("parameters", [])
        for method in (name for name in item if name in METHODS):
            key = f"{method.upper()} {path}"
            yield _operation(document, key, _mapping(item[method], at), shared, f"{place}: {key}")


def _operation(document: Mapping[str, Any], key: str, node: Mapping[str, Any], shared: list[Any], at: str) -> Operation:
    method, path = key.split(" ", 1)
    responses = _mapping(node.get("responses"), f"{at}: responses")
    return Operation(
        key=key,
        method=method,
        path=path,
        body=_body(document, node.get("requestBody"), f"{at}: requestBody"),
        parameters=tuple(
            _parameter(document, each, f"{at}: parameters") for each in [*shared, *node.get("parameters", [])]
        ),
        responses={
            status: _response(document, status, each, f"{at}: responses: {status}")
            for status, each in responses.items()
        },
    )


def _body(document: Mapping[str, Any], node: Any, at: str) -> Mapping[str, Any] | None:
    if node is None:
        return None
    schema = _json_schema(_resolved(document, node, at), at)
    if schema is None:
        return None
    _judge(schema, {}, at)
    return schema


def _parameter(document: Mapping[str, Any], node: Any, at: str) -> Parameter:
    plain = _mapping(_resolved(document, node, at), at)
    name, location, schema = plain.get("name"), plain.get("in"), plain.get("schema")
    if not (name and isinstance(name, str) and location in LOCATIONS):
        raise ValueError(f"{at}: a parameter has a name, and stands in {', '.join(sorted(LOCATIONS))}")
    schema = _mapping(schema, f"{at}: {name}: schema")
    _judge(schema, {}, f"{at}: {name}")
    return Parameter(name, location, plain.get("required") is True, schema)


def _response(document: Mapping[str, Any], status: str, node: Any, at: str) -> Response:
    """Response schemas keep their references, which may be cyclic: the judge follows them."""
    plain = _mapping(node, at)
    if isinstance(plain.get("$ref"), str):
        plain = _mapping(_resolved(document, node, at), at)
    schema = _json_schema(plain, at)
    components = _mapping(document.get("components", {}), f"{at}: components")
    headers = _mapping(_resolved(document, plain.get("headers", {}), at), f"{at}: headers")
    required = frozenset(name for name, header in headers.items() if _mapping(header, at).get("required") is True)
    return Response(status, None if schema is None else _judge(schema, components, at), required)


def _json_schema(node: Any, at: str) -> Mapping[str, Any] | None:
    """The schema under `content: application/json`; None where there is no such content."""
    content = _mapping(_mapping(node, at).get("content", {}), f"{at}: content")
    if "application/json" not in content:
        return None
    media = _mapping(content["application/json"], f"{at}: content")
    return _mapping(media.get("schema"), f"{at}: content: application/json: schema")


def _judge(schema: Mapping[str, Any], components: Mapping[str, Any], at: str) -> Judge:
    try:
        return Judge(schema, components)
    except ValueError as error:
        raise ValueError(f"{at}: {error}") from error


def _resolved(document: Mapping[str, Any], node: Any, at: str) -> Any:
    try:
        return resolve(document, node)
    except ValueError as error:
        raise ValueError(f"{at}: {error}") from error


def _mapping(value: Any, at: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{at}: must be a mapping, is {type(value).__name__}")  # noqa: TRY004 - one kind of fault for a broken file
    return value
