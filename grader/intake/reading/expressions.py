"""Small readings of single expressions."""

import ast
import itertools

from grader.intake.reading.source import Value

_MAX_PARTS = 20
_MAX_DEPTH = 4
_MAX_ARGUMENTS = 10


def dotted(node: ast.AST) -> str:
    """`a.b.c` of a name, an attribute chain, or either in quotes (an annotation); "" for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value if node.value.replace(".", "").isidentifier() else ""
    parts: list[str] = []
    while isinstance(node, ast.Attribute) and len(parts) < _MAX_PARTS:
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def last_name(node: ast.AST) -> str:
    """The last name of what is called or referred to: `get` for `app.get("/")` and for `build().get`."""
    if isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def value_of(node: ast.AST, depth: int = _MAX_DEPTH) -> Value:
    """Read an expression as a `Value`; of a conditional expression its first branch counts."""
    if isinstance(node, ast.IfExp):
        node = node.body
    if isinstance(node, ast.Call) and depth:
        given = [*node.args, *(keyword.value for keyword in node.keywords)][:_MAX_ARGUMENTS]
        # `Starlette(routes=[Mount("/", app=api)])`: what a list holds is passed too.
        lists = [item.elts[:_MAX_ARGUMENTS] for item in given if isinstance(item, ast.List | ast.Tuple)]
        given += itertools.chain.from_iterable(lists)
        return Value(dotted(node.func), called=True, arguments=tuple(value_of(item, depth - 1) for item in given))
    if isinstance(node, ast.Name | ast.Attribute):
        name = dotted(node)
        return Value(name, called=not name)  # `Builder().app` is as unknown as `Builder().build()`
    return Value()
