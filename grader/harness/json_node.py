"""A node of strict JSON that knows where it stands, so that a check never indexes a stranger's data."""

import json
from typing import Any, NoReturn, TypeVar

from grader.harness.mismatch import Mismatch
from grader.verdicts import Exchange

T = TypeVar("T")

MAX_SHOWN = 300
"""Characters of a value that a mismatch shows."""

MAX_NAME = 60
"""Characters of a member's name that a path shows."""
MAX_NAMES = 20
"""Names that a mismatch lists."""

_NAMES = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", int: "an integer", float: "a number"}


class Json:
    """One value in a JSON document.

    It is not comparable, iterable or truthy: `assert node == 1` would be false whatever the candidate answered, so it
    raises `TypeError`, the grader's own fault. Use `equals`, `array`, `object` or `value`.

    Args:
        value: the parsed value.
        exchange: the exchange that it came from; goes into every mismatch.
        parent: the node that holds it.
        key: its name or index there.

    Attributes:
        value: the raw parsed value.
        exchange: as above.
    """

    __slots__ = ("_key", "_parent", "exchange", "value")
    __hash__ = None  # type: ignore[assignment]
    __iter__ = None

    def __init__(
        self, value: Any, exchange: Exchange | None = None, parent: "Json | None" = None, key: str | int = ""
    ) -> None:
        self.value = value
        self.exchange = exchange
        # Not the path itself: a stranger can send a million elements below a name of a million characters.
        self._parent = parent
        self._key = key

    @property
    def path(self) -> str:
        """How people call the place, such as `body.items[0].name`."""
        if self._parent is None:
            return "body"
        key = self._key
        if isinstance(key, str) and key.isidentifier() and len(key) <= MAX_NAME:
            return f"{self._parent.path}.{key}"
        return f"{self._parent.path}[{key!r:.{MAX_NAME}}]"

    def __getitem__(self, key: str | int) -> "Json":
        """The member or element; `Mismatch` if it is absent or this is no such container."""
        if isinstance(key, str):
            members = self._of(dict)
            if key not in members:
                raise self._mismatch(f"`{self.path}` has the member `{key}`", _listed(members))
            return self._child(members[key], key)
        elements = self._of(list)
        if not -len(elements) <= key < len(elements):
            raise self._mismatch(f"`{self.path}` has an element {key}", f"{len(elements)} elements")
        return self._child(elements[key], key)

    def __contains__(self, name: str) -> bool:
        """Whether this object has the member; `Mismatch` if it is no object."""
        return name in self._of(dict)

    def __eq__(self, other: object) -> NoReturn:
        raise TypeError("a Json node is not comparable: use .equals(expected) or .value")

    def __bool__(self) -> NoReturn:
        raise TypeError("a Json node is neither true nor false: use .boolean() or .value")

    def __repr__(self) -> str:
        return f"Json({self.path}: {_shown(self.value)})"

    def string(self) -> str:
        """The text; `Mismatch` if it is none."""
        return self._of(str)

    def integer(self) -> int:
        """The integer; `Mismatch` for true, false and 1.0."""
        return self._of(int)

    def number(self) -> float:
        """The number, integer or not; `Mismatch` for true and false."""
        if type(self.value) not in (int, float):
            raise self._wrong_type("a number")
        return float(self.value)

    def boolean(self) -> bool:
        """True or false; `Mismatch` for anything else."""
        return self._of(bool)

    def array(self) -> "list[Json]":
        """The elements; `Mismatch` if it is no array."""
        return [self._child(item, index) for index, item in enumerate(self._of(list))]

    def object(self) -> "dict[str, Json]":
        """The members; `Mismatch` if it is no object."""
        return {name: self._child(item, name) for name, item in self._of(dict).items()}

    def equals(self, expected: Any) -> None:
        """Compare, with types: True is not 1, and an expected integer is not met by 1.0.

        An expected float is met by any equal number, since JSON has one kind of number and `10.0` may be sent as `10`.

        Raises:
            Mismatch: they differ.
        """
        if not _same(self.value, expected):
            raise self._mismatch(f"`{self.path}` is {_shown(expected)}", _shown(self.value))

    def lacks(self, *names: str) -> None:
        """`Mismatch` if this is no object, or has any of these members."""
        for name in names:
            if name in self._of(dict):
                raise self._mismatch(f"`{self.path}` has no member `{name}`", f"it has: {_shown(self.value[name])}")

    def _child(self, value: Any, key: str | int) -> "Json":
        return Json(value, self.exchange, self, key)

    def _of(self, kind: type[T]) -> T:
        # `type(...) is`, because in Python a boolean is an integer.
        if type(self.value) is not kind:
            raise self._wrong_type(_NAMES[kind])
        return self.value

    def _wrong_type(self, expected: str) -> Mismatch:
        return self._mismatch(f"`{self.path}` is {expected}", _shown(self.value))

    def _mismatch(self, expected: str, got: str) -> Mismatch:
        return Mismatch(expected, got, exchange=self.exchange)


def _same(value: Any, expected: Any) -> bool:
    if isinstance(expected, float):
        return type(value) in (int, float) and value == expected
    if type(value) is not type(expected):
        return False
    if isinstance(expected, dict):
        return value.keys() == expected.keys() and all(_same(value[name], expected[name]) for name in expected)
    if isinstance(expected, list):
        return len(value) == len(expected) and all(map(_same, value, expected))
    return bool(value == expected)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)[:MAX_SHOWN]
    return text if value is None or isinstance(value, bool) else f"{_NAMES.get(type(value), 'a value')}: {text}"


def _listed(members: dict[str, Any]) -> str:
    names = ", ".join(f"`{name:.{MAX_NAME}}`" for name in list(members)[:MAX_NAMES])
    return f"only {names or 'an empty object'}"
