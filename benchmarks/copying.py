"""What somebody does to a copy so that it looks like their own."""

import ast
import builtins
import random
import shutil
from pathlib import Path

from grader.similar.read import is_compared

_KEPT = {*dir(builtins), "self", "cls"}


class _Renamed(ast.NodeTransformer):
    """Every name but Python's own becomes another one, the same everywhere."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self._names: dict[str, str] = {}

    def _new(self, name: str) -> str:
        if name in _KEPT or name.startswith("__"):
            return name
        return self._names.setdefault(name, f"item_{len(self._names)}_{self._draw.randrange(1000)}")

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self._new(node.id)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        node.attr = self._new(node.attr)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        self.generic_visit(node)
        node.arg = self._new(node.arg)
        return node

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        self.generic_visit(node)
        node.arg = self._new(node.arg) if node.arg else None
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, str):
            node.value = f"text {self._draw.randrange(1000)}"
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        return node

    def _named(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> ast.AST:
        self.generic_visit(node)
        node.name = self._new(node.name)
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = _named  # noqa: N815


def _shuffle(body: list[ast.stmt], draw: random.Random) -> None:
    places = [number for number, node in enumerate(body) if hasattr(node, "decorator_list")]
    moved = [body[number] for number in places]
    draw.shuffle(moved)
    for number, node in zip(places, moved, strict=True):
        body[number] = node


def _watered(body: list[ast.stmt], draw: random.Random, share: float) -> None:
    if draw.random() < share:
        body.insert(draw.randrange(len(body) + 1), ast.parse('log.debug("%s came here", 1)').body[0])


def disguised(source: str, seed: int = 1, watered: float = 0) -> str:
    """A copy with other names and texts, without comments, laid out anew, its functions and methods in another order.

    Args:
        source: a module.
        seed: what is drawn follows from it.
        watered: the share of functions that get a statement more, somewhere.
    """
    draw = random.Random(seed)  # noqa: S311  # repeats
    tree = ast.parse(source)
    _Renamed(draw).visit(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef):
            _shuffle(node.body, draw)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            _watered(node.body, draw, watered)
    text = ast.unparse(ast.fix_missing_locations(tree))
    return "# All of this is mine.\n" + text.replace("\n\n", "\n\n\n# and this\n") + "\n"


def copy_of(project: Path, target: Path, seed: int = 1, watered: float = 0) -> Path:
    """A project in disguise: files have other names, and what is not compared stays as it is."""
    shutil.copytree(project, target, ignore=shutil.ignore_patterns("__pycache__"))
    files = [file for file in sorted(target.rglob("*.py")) if is_compared(file.relative_to(target).as_posix())]
    for number, file in enumerate(files):
        text = disguised(file.read_text(encoding="utf-8"), seed + number, watered)
        file.unlink()
        (target / f"part_{len(files) - number}.py").write_text(text, encoding="utf-8")
    return target
