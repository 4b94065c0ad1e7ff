"""What a frame called, as a person would write it: `requests.get`, `sqlalchemy.orm.Session.execute`."""

import ast
import inspect
import sys
from contextlib import suppress
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

COMPUTING = "computing"
"""What is named instead of a call where the line itself keeps the processor busy."""


def short_name(code: CodeType) -> str:
    """`Service.load`, also of what a function made: `create_app.<locals>.Service.load`."""
    return code.co_qualname.rpartition("<locals>.")[2]


def function_name(frame: FrameType) -> str:
    """The function that runs in a frame, under the shortest module that offers it.

    Args:
        frame: such as one of `requests.api.get`.

    Returns:
        Such as `requests.get`.
    """
    name = short_name(frame.f_code)
    module = str(frame.f_globals.get("__name__", ""))
    parts = module.split(".")
    packages = (".".join(parts[:length]) for length in range(1, len(parts)))
    shortest = next((package for package in packages if _offers(package, name, frame.f_code)), module)
    return f"{shortest}.{name}".strip(".")


def expression(frame: FrameType) -> str:
    """The call that a frame stands in, where what it called is written in C and has no frame.

    Args:
        frame: a candidate's.

    Returns:
        Such as `hashlib.pbkdf2_hmac`, as its source and its names say; `COMPUTING` where it calls nothing, or a builtin
        such as `sum`.
    """
    with suppress(OSError, SyntaxError, ValueError, IndexError):
        root, _, rest = _called(frame).partition(".")
        meant = frame.f_locals.get(root, frame.f_globals.get(root))
        module, name = _origin(meant)
        if module and module != "builtins":
            return ".".join(part for part in (module.removeprefix("_"), name, rest) if part)
    return COMPUTING


def _offers(package: str, name: str, code: CodeType) -> bool:
    found: Any = sys.modules.get(package)
    for part in name.split("."):
        found = inspect.getattr_static(found, part, None)
    found = getattr(found, "__func__", found)
    return getattr(found, "__code__", None) is code


def _called(frame: FrameType) -> str:
    """The dotted name before the brackets of the call at the present instruction; "" where there is none."""
    positions = list(frame.f_code.co_positions())
    first, last, start, end = positions[frame.f_lasti // 2]
    if first is None or last is None or start is None or end is None:
        return ""
    lines = Path(frame.f_code.co_filename).read_bytes().splitlines()[first - 1 : last]
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][start:]
    node = ast.parse(b"(" + b"\n".join(lines) + b")", mode="eval").body
    name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
    return name if name.replace(".", "").isidentifier() else ""


def _origin(meant: object) -> tuple[str, str]:
    """Where a thing comes from: its module, and its own or its class's name; a module has no other name."""
    if inspect.ismodule(meant):
        return meant.__name__, ""
    return str(getattr(meant, "__module__", "")), str(getattr(meant, "__qualname__", type(meant).__qualname__))
