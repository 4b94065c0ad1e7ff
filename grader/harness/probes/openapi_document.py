"""Reads the candidate's own `/openapi.json`, which may be anything: wrong types, cycles, references to nowhere.

What is not as OpenAPI says is treated as absent. The parsed document is a tree of bounded size, and a walk visits a
node of it at most once, so neither cycles nor references that fan out make a walk longer than the document.
"""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Self

from grader.harness.api import Api
from grader.harness.contract import METHODS
from grader.harness.schema import follow
from grader.text import visible
from grader.verdicts import Route

LONGEST_PATH: Final = 200
MOST_ROUTES: Final = 500
MOST_STEPS: Final = 4
_PARAMETER = re.compile(r"\{[^{}]*\}")
_PARTS: Final = ("allOf", "anyOf", "oneOf")


@dataclass(frozen=True)
class DocumentOperation:
    """One operation of the document: its path as the candidate wrote it, and the raw node."""

    method: str
    path: str
    node: dict[str, Any]


class Document:
    """A candidate's OpenAPI document.

    Args:
        root: the parsed document, an object with an object `paths`.
    """

    def __init__(self, root: dict[str, Any]) -> None:
        self._root = root

    @classmethod
    async def fetch(cls, api: Api) -> Self:
        """Reads `/openapi.json`.

        Raises:
            Mismatch: it is not answered with 200 and a JSON object that has an object `paths`.
        """
        reply = (await api.get("/openapi.json")).expect(200)
        body = reply.json()
        body["paths"].object()
        return cls(body.value)

    def operation(self, method: str, path: str) -> DocumentOperation | None:
        """The operation at a path, such as `/users/{id}`; the names of path parameters are free.

        Args:
            method: in any case.
            path: the contract's template.
        """
        wanted = _shape(path)
        found = (each for each in self._operations() if _shape(each.path) == wanted)
        return next((each for each in found if each.method == method.upper()), None)

    def routes(self) -> list[Route]:
        """Every operation, at most `MOST_ROUTES`, with control characters made visible and long paths cut."""
        return [
            Route(method=each.method, path=visible(each.path, limit=LONGEST_PATH))
            for each in islice(self._operations(), MOST_ROUTES)
        ]

    def body_members(self, operation: DocumentOperation) -> set[str]:
        """Names of the members that the JSON request body is said to have; empty where it says nothing."""
        media = [
            entry
            for body in self._reach(operation.node.get("requestBody"))
            for name, entry in _object(body.get("content")).items()
            if "json" in name.lower()
        ]
        schemas = [_object(entry).get("schema") for entry in media]
        return {name for node in self._reach(*schemas) for name in _object(node.get("properties"))}

    def statuses(self, operation: DocumentOperation) -> set[str]:
        """The keys of its responses, such as `201`, `4XX` and `default`."""
        return set(_object(operation.node.get("responses")))

    def declares(self, operation: DocumentOperation, status: int) -> bool:
        """Whether a status is described: by itself, by its class (`4XX`) or by `default`."""
        named = {key.upper() for key in self.statuses(operation)}
        return bool(named & {str(status), f"{status // 100}XX", "DEFAULT"})

    def _operations(self) -> Iterator[DocumentOperation]:
        for path, item in _object(self._root.get("paths")).items():
            for node in self._chain(item):
                for method in (name for name in node if name in METHODS and isinstance(node[name], dict)):
                    yield DocumentOperation(method.upper(), path, node[method])

    def _chain(self, item: object) -> list[dict[str, Any]]:
        """A path item, and where its `$ref` leads: a few steps, so that many items may share one long chain."""
        chain: list[dict[str, Any]] = []
        while isinstance(item, dict) and len(chain) < MOST_STEPS and not any(item is known for known in chain):
            chain.append(item)
            item = self._referred(item.get("$ref"))
        return chain

    def _reach(self, *starts: object) -> Iterator[dict[str, Any]]:
        """The nodes themselves, and all that `$ref`, `allOf`, `anyOf` and `oneOf` lead to from them, each once."""
        ahead, visited = deque(starts), set[int]()
        while ahead:
            node = ahead.popleft()
            if not isinstance(node, dict) or id(node) in visited:
                continue
            visited.add(id(node))
            yield node
            ahead += [part for word in _PARTS if isinstance(node.get(word), list) for part in node[word]]
            ahead.append(self._referred(node.get("$ref")))

    def _referred(self, reference: object) -> object:
        try:
            return follow(self._root, reference) if isinstance(reference, str) else None
        except LookupError:
            return None


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _shape(path: str) -> str:
    return _PARAMETER.sub("{}", path)
