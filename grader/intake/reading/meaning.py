"""What a name in a submission stands for: a FastAPI application, something that makes one, or neither."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum

from grader.intake.reading.source import Binding, Class, Function, Import, Value
from grader.intake.reading.sources import Sources, parent

FACTORY_NAMES = (
    *("create_app", "make_app", "get_app", "build_app", "app_factory", "create_application", "make_application"),
    *("get_application", "build_application", "init_app", "init_application", "setup_app", "create_api", "factory"),
)
USUAL_NAMES = ("app", "api", "application")
_OTHERS = {
    "aiohttp.web.Application": "aiohttp",
    "django.core.asgi.get_asgi_application": "Django",
    "django.core.wsgi.get_wsgi_application": "Django",
    "falcon.asgi.App": "Falcon",
    "fastapi.APIRouter": "APIRouter",
    "fastapi.routing.APIRouter": "APIRouter",
    "flask.Flask": "Flask",
    "litestar.Litestar": "Litestar",
    "ninja.NinjaAPI": "Django",
    "quart.Quart": "Quart",
    "robyn.Robyn": "Robyn",
    "sanic.Sanic": "Sanic",
    "starlette.applications.Starlette": "Starlette",
}
# These take an application and are none.
_USERS = {"TestClient", "AsyncClient", "ASGITransport", "LifespanManager", "Mangum", "Instrumentator"}
_MAX_DEPTH = 40

Names = Mapping[str, tuple[Binding, ...]]


class Strength(IntEnum):
    """How sure it is that something is an application."""

    GUESSED = 1
    WRAPPED = 2
    """Inside something else, such as a middleware."""
    SURE = 3


@dataclass(frozen=True, slots=True)
class App:
    """An application, or a function without arguments that makes one.

    Attributes:
        origin: file and name where it is made; two names of one application have the same.
        strength: how sure that is.
        factory: whether it is the function.
        plain: whether the function can be called by a server.
    """

    origin: tuple[str, str]
    strength: Strength
    factory: bool = False
    plain: bool = True


@dataclass(frozen=True, slots=True)
class AppClass:
    """FastAPI or a subclass."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Something of another distribution, by its full dotted name."""

    dotted: str


@dataclass(frozen=True, slots=True)
class ModuleRef:
    """A file or folder of the submission."""

    path: str


Meaning = App | AppClass | Outside | ModuleRef | None


def framework(meaning: Meaning) -> str:
    """Which other framework's application, or which mere part of one, `meaning` is; "" for anything else."""
    return _OTHERS.get(meaning.dotted, "") if isinstance(meaning, Outside) else ""


class Meanings:
    """Finds out what names stand for, across the files of a submission, without running them."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._known: dict[tuple[str, str], Meaning] = {}
        self._depth = 0

    def of(self, path: str, name: str, local: Names | None = None) -> Meaning:
        """What the dotted `name` stands for in the file `path`; `local` are names that go before the module's."""
        if self._depth > _MAX_DEPTH:
            return None
        self._depth += 1
        try:
            return self._of(path, name, local)
        finally:
            self._depth -= 1

    def _of(self, path: str, name: str, local: Names | None) -> Meaning:
        first, _, rest = name.partition(".")
        if local and first in local:
            meaning = self._best(path, first, local[first], local)
        else:
            meaning = self._global(path, first)
        for part in filter(None, rest.split(".")):
            meaning = self._attribute(meaning, part)
        return meaning

    def value(self, path: str, value: Value, local: Names | None = None, bound: str = "") -> Meaning:
        """What an expression stands for; `bound` is the name that it is given, if any."""
        return self._annotated(path, value, bound) or self._value(path, value, local, bound)

    def _global(self, path: str, name: str) -> Meaning:
        key = (path, name)
        if key not in self._known:
            self._known[key] = None  # a name that is defined by itself means nothing the second time round
            bindings = self._sources.get(path).names
            self._known[key] = self._best(path, name, bindings.get(name, ()), None) or self._starred(path, name)
        return self._known[key]

    def _best(self, path: str, name: str, bindings: tuple[Binding, ...], local: Names | None) -> Meaning:
        if local is not None:  # a local name that refers to itself must not be followed in a circle
            local = {key: value for key, value in local.items() if key != name}
        # What is made inside a function has no name that a server could be told.
        found = [self._binding(path, name if local is None else "", binding, local) for binding in bindings]
        if apps := [meaning for meaning in found if isinstance(meaning, App)]:
            return max(apps, key=lambda app: app.strength)
        return next((meaning for meaning in reversed(found) if meaning), None)

    def _binding(self, path: str, name: str, binding: Binding, local: Names | None) -> Meaning:
        match binding:
            case Import():
                return self._import(path, binding)
            case Value():
                return self.value(path, binding, local, name)
            case Function():
                return self._function(path, name, binding)
            case Class():
                bases = (self.of(path, base) for base in binding.bases)
                return AppClass() if any(isinstance(base, AppClass) for base in bases) else None

    def _import(self, path: str, found: Import) -> Meaning:
        whole = found.bound != found.module.partition(".")[0]
        if not found.name:  # `import a.b` binds a, `import a.b as c` binds a.b
            found = found if whole else replace(found, module=found.module.partition(".")[0])
        place = self._sources.imported(path, found)
        if place is None or found.module.partition(".")[0] == "fastapi":
            return _outside(".".join(filter(None, (found.module, found.name)))) if not found.level else None
        return self._attribute(ModuleRef(place), found.name) if found.name else ModuleRef(place)

    def _attribute(self, meaning: Meaning, name: str) -> Meaning:
        match meaning:
            case Outside(dotted):
                return _outside(f"{dotted}.{name}")
            case ModuleRef(path):
                inside = self.of(path, name) if path.endswith(".py") else None
                folder = parent(path) if path.endswith("/__init__.py") else path
                place = None if folder.endswith(".py") else self._sources.module(folder, name)
                return inside or (ModuleRef(place) if place else None)
        return None

    def _starred(self, path: str, name: str) -> Meaning:
        for found in self._sources.get(path).imports:
            if found.name == "*" and not found.lazy:
                place = self._sources.imported(path, found)
                meaning = self._attribute(ModuleRef(place) if place else _outside(found.module), name)
                if not isinstance(meaning, Outside) and meaning is not None:
                    return meaning
        return None

    def _annotated(self, path: str, value: Value, bound: str) -> Meaning:
        if value.annotation and isinstance(self.of(path, value.annotation), AppClass):
            made = self._value(path, replace(value, annotation=""), None, bound)
            return made if isinstance(made, App) else App((path, bound), Strength.SURE)
        return None

    def _value(self, path: str, value: Value, local: Names | None, bound: str) -> Meaning:
        named = self.of(path, value.name, local) if value.name else None
        found = self._call(path, value, named, local, bound) if value.called else named
        if found is None and bound in USUAL_NAMES and ("." in value.name or value.called):
            return App((path, bound), Strength.GUESSED)
        return found

    def _call(self, path: str, value: Value, called: Meaning, local: Names | None, bound: str) -> Meaning:
        if isinstance(called, AppClass):
            return App((path, bound), Strength.SURE)
        if isinstance(called, App) and called.factory:
            return replace(called, factory=False)
        if value.name.rpartition(".")[2] not in _USERS:
            for argument in value.arguments:
                inner = self.value(path, argument, local)
                if isinstance(inner, App) and not inner.factory:
                    return App(inner.origin if inner.origin[1] else (path, bound), Strength.WRAPPED)
        return called if isinstance(called, Outside) else None

    def _function(self, path: str, name: str, function: Function) -> Meaning:
        origin = (path, name)
        returned = [self.value(path, value, function.names) for value in function.returned]
        made = [found for found in returned if isinstance(found, App) and not found.factory]
        best = max(made, key=lambda app: app.strength, default=None)
        if best and best.origin[1]:
            origin = best.origin  # `def get_app(): return app`
        if isinstance(self.of(path, function.annotation), AppClass):
            return App(origin, Strength.SURE, factory=True, plain=function.plain)
        if best or name in FACTORY_NAMES:
            return App(origin, best.strength if best else Strength.GUESSED, factory=True, plain=function.plain)
        return None


def _outside(dotted: str) -> AppClass | Outside:
    module, _, name = dotted.rpartition(".")
    # FastAPI itself from wherever fastapi re-exports it, and subclasses that are published, such as FastAPIOffline.
    return AppClass() if module and name.startswith("FastAPI") else Outside(dotted)
