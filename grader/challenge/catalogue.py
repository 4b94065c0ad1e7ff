"""What checks a pack holds, read from their source without running it.

The host needs a check's category, level, weight and words to plan a run, to score it and to explain it, also when the
harness never came so far as to import the pack. So the arguments of `@check` are literals, and are read with `ast`.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from grader.errors import UsageError
from grader.syntax import parse_python
from grader.verdicts import Level


class CheckInfo(BaseModel):
    """What is known of a check before it runs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$")
    category: str
    level: Level
    weight: float = Field(1, gt=0)
    requires: tuple[str, ...] = ()
    title: str = Field(min_length=1)
    why: str = Field(min_length=1)
    file: str
    line: int


def read_catalogue(checks: Path) -> tuple[CheckInfo, ...]:
    """Every check under a pack's `checks/` folder, in file and line order.

    Raises:
        UsageError: a file does not parse, a check is not made of literals, lacks its words, or an id is used twice.
    """
    found = [info for file in sorted(checks.rglob("*.py")) for info in _checks_of(file, checks)]
    seen: dict[str, CheckInfo] = {}
    for info in found:
        if info.id in seen:
            first = seen[info.id]
            raise UsageError(f"two checks are called {info.id}: {first.file}:{first.line} and {info.file}:{info.line}")
        seen[info.id] = info
    _require_known(found, seen)
    return tuple(found)


def _require_known(found: list[CheckInfo], known: dict[str, CheckInfo]) -> None:
    for info in found:
        for wanted in info.requires:
            if wanted not in known:
                raise UsageError(
                    f"{info.file}:{info.line}: check {info.id} requires {wanted}, which no check is called"
                )


def _checks_of(file: Path, root: Path) -> Iterator[CheckInfo]:
    try:
        module = parse_python(file.read_bytes(), str(file))
    except (SyntaxError, ValueError) as error:
        raise UsageError(f"{file}: not valid Python: {error}") from error
    for node in ast.walk(module):
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef):
            for decorator in node.decorator_list:
                if _is_check(decorator):
                    yield _info(node, decorator, file.relative_to(root.parent).as_posix())


def _is_check(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "check"


def _info(function: ast.AsyncFunctionDef | ast.FunctionDef, call: ast.expr, file: str) -> CheckInfo:
    place = f"{file}:{function.lineno}"
    title, _, why = (ast.get_docstring(function) or "").partition("\n\n")
    try:
        return CheckInfo(
            **_arguments(call),
            title=" ".join(title.split()),
            why="\n\n".join(" ".join(part.split()) for part in why.split("\n\n")),
            file=file,
            line=function.lineno,
        )
    except ValidationError as error:
        problem = error.errors()[0]
        raise UsageError(f"{place}: check: {'.'.join(map(str, problem['loc']))}: {problem['msg']}") from error
    except (TypeError, ValueError) as error:
        raise UsageError(f"{place}: the arguments of @check must be literals: {error}") from error


def _arguments(call: ast.expr) -> dict[str, Any]:
    if not isinstance(call, ast.Call) or len(call.args) != 1:
        raise ValueError("the id comes first, the rest by name")
    named = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords}
    return {"id": ast.literal_eval(call.args[0]), **named}
