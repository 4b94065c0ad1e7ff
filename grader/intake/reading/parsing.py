"""From the bytes of a Python file to a `Source`, with `ast` where it parses and line by line where it does not."""

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from grader.intake.reading.expressions import dotted, last_name, value_of
from grader.intake.reading.roughly import read_roughly
from grader.intake.reading.source import Binding, Class, Function, Import, Mounted, Served, Source, Value
from grader.syntax import parse_python

_SERVERS = {"uvicorn.run", "uvicorn.Config", "granian.Granian"}
_MOUNTS = {"mount", "Mount", "Host"}
_FILE_CALLS = {"open", "Path", "StaticFiles", "Jinja2Templates", "FileResponse", "FileSystemLoader", "load_dotenv"}
_FILE_KEYWORDS = {"directory", "env_file", "path", "filename", "file"}
_LOADERS = {"import_module", "__import__", "iter_modules", "walk_packages"}
# A function under one of these is called by a framework, not by a server.
_TAKEN = {
    *("get", "post", "put", "patch", "delete", "head", "options", "route", "api_route", "websocket"),
    *("middleware", "exception_handler", "on_event", "fixture", "contextmanager", "asynccontextmanager"),
    *("command", "callback", "task", "property", "validator"),
}
_MAX_PATHS = 200


def parse(path: str, data: bytes) -> Source:
    """Read one Python file.

    Args:
        path: relative to the submission's root.
        data: its bytes; encoding cookie and byte order mark are honoured.

    Returns:
        What it says. What this interpreter cannot parse (newer syntax, an error) is read roughly, and has a `problem`.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "\d" in a candidate's string is no concern of the host's stderr
            tree = parse_python(data)
    except SyntaxError as error:
        return read_roughly(path, data, f"syntax error in line {error.lineno}: {error.msg}")
    except (ValueError, RecursionError, MemoryError) as error:
        return read_roughly(path, data, f"cannot be parsed ({type(error).__name__})")
    return _Reader(path).read(tree)


@dataclass(slots=True)
class _Scope:
    """Where a statement stands: the names that it binds, and under which circumstances it runs."""

    names: dict[str, list[Binding]]
    level: str = "module"
    """`module`, `class`, `function` or `script` (the `__main__` block)."""
    function: str = ""
    lazy: bool = False
    optional: bool = False
    returned: list[Value] = field(default_factory=list)
    generator: list[bool] = field(default_factory=list)


class _Reader:
    """One walk over a syntax tree, with a stack of its own: a stranger's tree may be deeper than ours."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._names: dict[str, list[Binding]] = {}
        self._functions: list[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef, _Scope]] = []
        self._imports: list[Import] = []
        self._mounted: list[tuple[Value, _Scope]] = []
        self._served: list[tuple[str, Value, _Scope]] = []
        self._paths: list[str] = []
        self._hidden: list[str] = []
        self._dynamic = False
        self._loads = False

    def read(self, tree: ast.Module) -> Source:
        stack: list[tuple[ast.AST, _Scope]] = [(tree, _Scope(self._names))]
        while stack:
            node, scope = stack.pop()
            stack.extend(reversed(list(self._visit(node, scope))))
        for name, node, scope in self._functions:
            _bind(self._names, name, _function(node, scope))
        return Source(
            path=self._path,
            imports=tuple(self._imports),
            names=_frozen(self._names),
            mounted=tuple(Mounted(value, _local(scope)) for value, scope in self._mounted),
            served=tuple(Served(target, value, _local(scope)) for target, value, scope in self._served),
            paths=tuple(self._paths[:_MAX_PATHS]),
            hidden=tuple(dict.fromkeys(self._hidden)),
            dynamic=self._dynamic,
            loads=self._loads,
        )

    def _visit(self, node: ast.AST, scope: _Scope) -> Iterator[tuple[ast.AST, _Scope]]:
        """Take notes of `node`, and give its children with the scope that holds in them."""
        self._note(node, scope)
        match node:
            case ast.If():
                return _branches(node, scope)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                scope = self._enter_function(node, scope)
            case ast.ClassDef():
                scope = replace(scope, names={}, level="class")
            case ast.Try() | ast.TryStar():
                scope = replace(scope, optional=True)
        return ((child, scope) for child in ast.iter_child_nodes(node))

    def _note(self, node: ast.AST, scope: _Scope) -> None:
        match node:
            case ast.Import() | ast.ImportFrom():
                self._import(node, scope)
            case ast.Assign() | ast.AnnAssign():
                _assign(node, scope)
            case ast.ClassDef() if scope.level == "module":
                _bind(scope.names, node.name, Class(tuple(filter(None, map(dotted, node.bases)))))
            case ast.Return(value=ast.expr() as value):
                scope.returned.append(value_of(value))
            case ast.Yield() | ast.YieldFrom():
                scope.generator.append(True)
            case ast.Call():
                self._call(node, scope)

    def _enter_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: _Scope) -> _Scope:
        inner = _Scope({}, "function", scope.function or node.name, lazy=True)
        if scope.level == "module":
            self._functions.append((node.name, node, inner))
            self._dynamic |= node.name == "__getattr__"
        return inner

    def _import(self, node: ast.Import | ast.ImportFrom, scope: _Scope) -> None:
        for alias in node.names:
            if isinstance(node, ast.Import):
                # `import a.b` binds a; `import a.b as c` binds c to a.b, which is what "from a import b as c" does.
                found = Import(alias.name, 0, "", alias.asname or alias.name.partition(".")[0])
            else:
                found = Import(node.module or "", node.level, alias.name, alias.asname or alias.name)
                self._dynamic |= alias.name == "*"
            found = replace(found, optional=scope.optional, lazy=scope.lazy or scope.level == "script")
            self._imports.append(found)
            _bind(scope.names, found.bound, found)

    def _call(self, node: ast.Call, scope: _Scope) -> None:
        name, last = self._full_name(dotted(node.func)), last_name(node.func)
        self._dynamic |= name in {"globals", "exec", "vars"}
        self._loads |= last in _LOADERS
        if last == "FastAPI" and scope.level in {"function", "script"}:
            self._hidden.append(scope.function)
        if last in _MOUNTS:
            self._mounted.extend((value, scope) for value in value_of(node).arguments if value.name)
        if name in _SERVERS:
            self._serve(node, scope)
        self._note_paths(node, last)

    def _full_name(self, name: str) -> str:
        """`run` as `uvicorn.run` where it was imported so."""
        first, dot, rest = name.partition(".")
        for binding in self._names.get(first, []):
            if isinstance(binding, Import) and not binding.level:
                origin = ".".join(filter(None, (binding.module, binding.name)))
                return first + dot + rest if binding.name == "" and binding.bound != first else origin + dot + rest
        return name

    def _serve(self, node: ast.Call, scope: _Scope) -> None:
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        given = node.args[0] if node.args else keywords.get("app", keywords.get("target"))
        match given:
            case ast.Constant(value=str() as target):
                self._served.append((target[:200], Value(), scope))
            case ast.JoinedStr(values=[*_, ast.Constant(value=str() as end)]) if end.startswith(":"):
                self._served.append(("", Value(end[1:]), scope))  # f"{__name__}:app"
            case ast.expr():
                self._served.append(("", value_of(given), scope))

    def _note_paths(self, node: ast.Call, last: str) -> None:
        keywords = [keyword.value for keyword in node.keywords if keyword.arg in _FILE_KEYWORDS]
        for value in keywords + (node.args if last in _FILE_CALLS else []):
            if isinstance(value, ast.Constant) and isinstance(value.value, str) and len(value.value) < _MAX_PATHS:
                self._paths.append(value.value)


def _branches(node: ast.If, scope: _Scope) -> Iterator[tuple[ast.AST, _Scope]]:
    """The branches of an `if` that run, or may; the body of `if TYPE_CHECKING:` never does."""
    inner = replace(scope, names={}, level="script") if _is_main_guard(node.test) else scope
    if last_name(node.test) != "TYPE_CHECKING":
        yield from ((child, inner) for child in node.body)
    yield node.test, scope
    yield from ((child, scope) for child in node.orelse)


def _is_main_guard(test: ast.expr) -> bool:
    match test:
        case ast.Compare(left=ast.Name(id="__name__"), comparators=[ast.Constant(value="__main__")]):
            return True
        case ast.Compare(left=ast.Constant(value="__main__"), comparators=[ast.Name(id="__name__")]):
            return True
    return False


def _assign(node: ast.Assign | ast.AnnAssign, scope: _Scope) -> None:
    if node.value is None:
        return
    annotation = dotted(node.annotation) if isinstance(node, ast.AnnAssign) else ""
    value = replace(value_of(node.value), annotation=annotation)
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        if isinstance(target, ast.Name):
            _bind(scope.names, target.id, value)


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, scope: _Scope) -> Function:
    arguments = node.args
    positional = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults)
    taken = any(last_name(decorator) in _TAKEN for decorator in node.decorator_list)
    asynchronous = isinstance(node, ast.AsyncFunctionDef)
    return Function(
        plain=not (positional or None in arguments.kw_defaults or taken or asynchronous or scope.generator),
        annotation=dotted(node.returns) if node.returns else "",
        returned=tuple(scope.returned),
        names=_frozen(scope.names),
    )


def _bind(names: dict[str, list[Binding]], name: str, binding: Binding) -> None:
    names.setdefault(name, []).append(binding)


def _frozen(names: dict[str, list[Binding]]) -> dict[str, tuple[Binding, ...]]:
    return {name: tuple(bindings) for name, bindings in names.items()}


def _local(scope: _Scope) -> dict[str, tuple[Binding, ...]]:
    return {} if scope.level == "module" else _frozen(scope.names)
