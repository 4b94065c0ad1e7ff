"""As much of GitHub's expression language as this repository's workflows use; anything else is an error here.

https://docs.github.com/actions/reference/evaluate-expressions-in-workflows-and-actions
"""

import json
import re
from collections.abc import Mapping
from typing import Any

_TOKENS = re.compile(r"\s*(?:('(?:[^']|'')*')|([A-Za-z_][\w.-]*)|(==|!=|\|\||&&|[!()]))")
_PLACE = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)


class Expression:
    """One expression, evaluated once.

    Args:
        text: without the braces.
        contexts: `github`, `inputs`, `steps` and so on.
        failed: whether a step before it has failed.
    """

    def __init__(self, text: str, contexts: Mapping[str, Any], *, failed: bool = False) -> None:
        self._tokens: list[str] = []
        position = 0
        while text[position:].strip():
            found = _TOKENS.match(text, position)
            assert found, f"not understood: {text!r} from {position}"
            self._tokens.append(found.group().strip())
            position = found.end()
        self._contexts = contexts
        self._functions = {
            "always": lambda: True,
            "success": lambda: not failed,
            "failure": lambda: failed,
            "cancelled": lambda: False,
            "fromJSON": json.loads,
        }

    def value(self) -> Any:
        """What it comes to; all of it must have been understood."""
        value = self._any()
        assert not self._tokens, f"left over: {self._tokens}"
        return value

    def _any(self) -> Any:
        value = self._all()
        while self._next("||"):
            other = self._all()
            value = value or other
        return value

    def _all(self) -> Any:
        value = self._compared()
        while self._next("&&"):
            other = self._compared()
            value = value and other
        return value

    def _compared(self) -> Any:
        value = self._single()
        for sign in ("==", "!="):
            if self._next(sign):
                return (value == self._single()) is (sign == "==")
        return value

    def _single(self) -> Any:
        if self._next("!"):
            return not self._single()
        token = self._tokens.pop(0)
        if token == "(":
            value = self._any()
            assert self._next(")")
            return value
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        return self._called(token) if self._next("(") else self._found(token)

    def _called(self, name: str) -> Any:
        arguments = [] if self._tokens[0] == ")" else [self._any()]
        assert self._next(")")
        return self._functions[name](*arguments)

    def _found(self, name: str) -> Any:
        value: Any = self._contexts
        for part in name.split("."):
            value = value.get(part, "") if isinstance(value, Mapping) else ""
        return value

    def _next(self, token: str) -> bool:
        if self._tokens[:1] == [token]:
            self._tokens.pop(0)
            return True
        return False


def filled(text: Any, contexts: Mapping[str, Any]) -> Any:
    """A value of a workflow with its expressions replaced; one that is nothing else keeps its type."""
    if not isinstance(text, str):
        return str(text).lower() if isinstance(text, bool) else text
    whole = _PLACE.fullmatch(text.strip())
    if whole:
        return Expression(whole[1], contexts).value()
    return _PLACE.sub(lambda found: str(Expression(found[1], contexts).value()), text)


def holds(condition: Any, contexts: Mapping[str, Any], *, failed: bool) -> bool:
    """Whether an `if:` lets its step or job run; without a status function it also asks for success."""
    text = str(condition).strip().removeprefix("${{").removesuffix("}}")
    asks = re.search(r"\b(always|success|failure|cancelled)\(", text)
    return bool(Expression(text, contexts, failed=failed).value()) and (bool(asks) or not failed)
