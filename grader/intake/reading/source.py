"""What a Python file says without being run: its imports, what its names are bound to, what it serves.

A file is parsed with `ast`, boiled down to a `Source`, and the syntax tree is dropped: trees are large.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Import:
    """One name that an import statement binds.

    Attributes:
        module: the dotted module as written, without leading dots.
        level: number of leading dots.
        name: what is taken from the module; "" for `import module`, "*" for all.
        bound: the name it gets; for `import a.b` that is "a".
        optional: whether it stands in a `try` (its failure may be foreseen).
        lazy: whether it stands in a function, so that it may never run.
    """

    module: str
    level: int
    name: str
    bound: str
    optional: bool = False
    lazy: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """What an expression is, as far as it can be read.

    Attributes:
        name: dotted name, or that of what is called; "" where it is neither.
        called: whether it is a call.
        arguments: what is passed, by position and by keyword alike.
        annotation: dotted name of the declared type, or "".
    """

    name: str = ""
    called: bool = False
    arguments: "tuple[Value, ...]" = ()
    annotation: str = ""


@dataclass(frozen=True, slots=True)
class Function:
    """A function at the top level of a module.

    Attributes:
        plain: can be called without arguments, and gives its return value: no coroutine, generator or route.
        annotation: dotted name of the declared return type, or "".
        returned: what its `return` statements give.
        names: what its local names are bound to.
    """

    plain: bool
    annotation: str = ""
    returned: tuple[Value, ...] = ()
    names: "Mapping[str, tuple[Binding, ...]]" = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Class:
    """A class at the top level of a module, with the dotted names of its bases."""

    bases: tuple[str, ...] = ()


Binding = Import | Value | Function | Class


@dataclass(frozen=True, slots=True)
class Mounted:
    """What is passed to `.mount(...)` or `Mount(...)`, and the local names that hold there."""

    value: Value
    names: Mapping[str, tuple[Binding, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Served:
    """An application that the file itself hands to a server, as in `uvicorn.run("main:app")`.

    Attributes:
        target: the string that was given, or "".
        value: the expression that was given in its stead.
        names: the local names that hold there.
    """

    target: str = ""
    value: Value = Value()
    names: Mapping[str, tuple[Binding, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """What is known of one Python file.

    Attributes:
        path: relative to the submission's root.
        imports: every import, wherever it stands (`if TYPE_CHECKING:` left out).
        names: module-level name → what it is bound to, in order.
        mounted: what is passed to `.mount(...)` and `Mount(...)`.
        served: what is passed to a server.
        paths: string literals that may name files, for finding the working directory.
        hidden: functions in which an application is made, "" for the `__main__` block.
        dynamic: names may come from elsewhere too (`from x import *`, `globals()`, `__getattr__`).
        loads: imports modules by computed names (`importlib.import_module`).
        problem: why the file could not be parsed; the other fields are then a rough reading line by line.
    """

    path: str
    imports: tuple[Import, ...] = ()
    names: Mapping[str, tuple[Binding, ...]] = field(default_factory=dict)
    mounted: tuple[Mounted, ...] = ()
    served: tuple[Served, ...] = ()
    paths: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    dynamic: bool = False
    loads: bool = False
    problem: str = ""
