"""The `@check` decorator: it only writes down what the host reads from the source with `ast`."""

import inspect
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from grader.harness.tally import Tally
from grader.verdicts import Level

CheckFunction = TypeVar("CheckFunction", bound=Callable[..., Awaitable[Tally | None]])

MARK = "__grader_check__"
_ID = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class CheckInfo:
    """What a check says of itself.

    Attributes:
        id: unique in the pack, such as "users.create.ok".
        category: a category of the pack's rubric.
        level: the experience at which it is expected to pass.
        weight: share within its category, above 0.
        requires: ids of checks that must have passed.
        title: what must be true; the docstring's first line.
    """

    id: str
    category: str
    level: Level
    weight: float
    requires: tuple[str, ...]
    title: str


def check(
    id: str,  # noqa: A002 - the word that packs use
    *,
    category: str,
    level: Literal["junior", "mid", "senior"],
    weight: float = 1,
    requires: tuple[str, ...] = (),
) -> Callable[[CheckFunction], CheckFunction]:
    """Make an async function a check. Its docstring's first line is the title, the rest says why it matters.

    Args:
        id: unique in the pack: lower case, digits, dots, dashes.
        category: a category of the pack's rubric.
        level: the experience at which it is expected to pass.
        weight: share within its category, above 0.
        requires: ids of checks that must have passed before this one makes sense.

    Raises:
        ValueError, TypeError: the pack's author must mend it.
    """
    if not _ID.fullmatch(id):
        raise ValueError(f"check id {id!r}: lower-case words joined by dots or dashes are wanted")
    if weight <= 0:
        raise ValueError(f"check {id}: the weight must be above 0")

    def mark(function: CheckFunction) -> CheckFunction:
        is_async = inspect.iscoroutinefunction(function)
        if not is_async:
            raise TypeError(f"check {id}: it must be an async function")
        title = (inspect.getdoc(function) or "").partition("\n")[0].strip()
        if not title:
            raise ValueError(f"check {id}: it needs a docstring whose first line says what must be true")
        info = CheckInfo(id, category, Level(level), float(weight), tuple(requires), title)
        setattr(function, MARK, info)
        return function

    return mark


def info_of(candidate: Any) -> CheckInfo | None:
    """What a decorated function says of itself; None for anything else."""
    info = getattr(candidate, MARK, None) if inspect.isfunction(candidate) else None
    return info if isinstance(info, CheckInfo) else None
