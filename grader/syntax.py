"""Python source as a syntax tree, also where several threads read some at once."""

import ast
from threading import Lock
from typing import Final

_ONE_AT_A_TIME: Final = Lock()
"""CPython 3.11 counts the depth of all trees that are being made in one place, and takes two threads for a fault:
"AST constructor recursion depth mismatch", https://github.com/python/cpython/issues/106905."""


def parse_python(source: bytes, name: str = "<unknown>") -> ast.Module:
    """The tree of a module.

    Args:
        source: as it stands in the file.
        name: of the file, for what is said of errors.

    Raises:
        SyntaxError: it is not Python.
        ValueError: it holds a null byte.
        RecursionError, MemoryError: it is nested too deeply.
    """
    with _ONE_AT_A_TIME:
        return ast.parse(source, filename=name)
