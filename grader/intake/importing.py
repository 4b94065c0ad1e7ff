"""What would happen if a module of the submission were imported with a given path: found by reading its imports."""

import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from grader.intake.reading.source import Import
from grader.intake.reading.sources import Sources, ancestors, parent

# What is followed in all runs together; real projects need a few thousand.
_MAX_STEPS = 200_000


@dataclass(slots=True)
class Outcome:
    """What an import would lead to.

    Attributes:
        modules: dotted name → file, of everything of the submission that is imported.
        missing: (importing file, module) of imports that fail though the submission has such a module.
        doubtful: likewise, of imports that may never run or whose failure is foreseen.
        shadowed: names of the standard library, or of other distributions, that the submission's files take.
    """

    modules: dict[str, str] = field(default_factory=dict)
    missing: set[tuple[str, str]] = field(default_factory=set)
    doubtful: set[tuple[str, str]] = field(default_factory=set)
    shadowed: set[str] = field(default_factory=set)

    @property
    def twice(self) -> int:
        """How many files would be imported under two names, and so run twice."""
        return len(self.modules) - len(set(self.modules.values()))


class Importer:
    """Follows imports through a submission.

    Args:
        sources: its files.
        distributions: top-level modules that are meant to come from elsewhere.
    """

    def __init__(self, sources: Sources, distributions: Collection[str] = ()) -> None:
        self._sources = sources
        self._outside = frozenset(distributions)
        self._steps = _MAX_STEPS

    def run(self, module: str, paths: Sequence[str]) -> Outcome:
        """Follow the imports of `module`, with the folders `paths` on the path."""
        outcome = Outcome(shadowed=self._shadowed(paths))
        run = _Run(paths, outcome)
        waiting: list[tuple[str, str]] = list(self._find(module, paths))
        while waiting:
            name, path = waiting.pop()
            if name in outcome.modules:
                continue
            outcome.modules[name] = path
            if path.endswith(".py"):
                imports = self._sources.get(path).imports[: self._steps]
                self._steps -= len(imports)
                for found in imports:
                    waiting += self._follow(name, path, found, run)
        # `try: from .db import x` / `except ImportError: from db import x`: one of the two is enough.
        outcome.doubtful |= {(path, target) for path, target, bound in run.foreseen if (path, bound) not in run.bound}
        return outcome

    def homes(self, path: str, module: str) -> list[str]:
        """Folders that would have to be on the path for `path` to import `module`, likeliest first."""
        near = ancestors(path)
        folders = self._sources.homes.get(module.partition(".")[0], set())
        fitting = [folder for folder in folders if self._sources.module(folder, module)]
        order = {folder: index for index, folder in enumerate(near)}
        return sorted(fitting, key=lambda folder: (order.get(folder, len(near)), folder.count("/"), folder))

    def _follow(self, name: str, path: str, found: Import, run: "_Run") -> Iterator[tuple[str, str]]:
        package = name if path.endswith("/__init__.py") or not path.endswith(".py") else name.rpartition(".")[0]
        parts = package.split(".") if package else []
        if found.level > len(parts):
            run.failed(path, "." * found.level + found.module, found)
            return
        base = parts[: len(parts) - found.level + 1] if found.level else []
        target = ".".join(filter(None, [*base, found.module]))
        modules = list(self._find(target, run.paths))
        if modules and modules[-1][0] == target:
            run.bound.add((path, found.bound))
            yield from modules
            yield from self._member(target, modules[-1][1], found, run.paths)
        elif modules or self._is_own(path, target):
            run.failed(path, target, found)

    def _member(self, target: str, path: str, found: Import, paths: Sequence[str]) -> Iterator[tuple[str, str]]:
        """The submodule that `from target import name` may mean."""
        if found.name and found.name != "*" and found.name not in self._sources.defined(path):
            yield from list(self._find(f"{target}.{found.name}", paths))[-1:]

    def _find(self, dotted: str, paths: Sequence[str]) -> Iterator[tuple[str, str]]:
        """The modules that `import dotted` imports, outermost first; it stops where the chain breaks."""
        top, *rest = dotted.split(".")
        place = self._top(top, paths)
        name = top
        while place:
            yield name, place
            folder = parent(place) if place.endswith("/__init__.py") else place
            if not rest or folder.endswith(".py"):
                return
            name = f"{name}.{rest[0]}"
            place = self._sources.module(folder, rest.pop(0))

    def _top(self, name: str, paths: Sequence[str]) -> str | None:
        found = [place for place in (self._sources.module(folder, name) for folder in paths) if place]
        whole = [place for place in found if place.endswith(".py")]
        if whole or not found:
            return whole[0] if whole else None
        # A folder without __init__.py yields to any real module that comes later on the path.
        return None if name in sys.stdlib_module_names or name in self._outside else found[0]

    def _is_own(self, path: str, module: str) -> bool:
        top = module.partition(".")[0]
        if top in sys.stdlib_module_names or top in self._outside:
            return False
        return bool(self.homes(path, module))

    def _shadowed(self, paths: Sequence[str]) -> set[str]:
        foreign = (sys.stdlib_module_names | self._outside) - {"test"}
        places = {name: self._sources.module(folder, name) for folder in paths for name in self._sources.tops(folder)}
        return {name for name, place in places.items() if name in foreign and (place or "").endswith(".py")}


@dataclass(slots=True)
class _Run:
    """What one run knows beside its outcome: the names that imports have bound, and failures that are foreseen."""

    paths: Sequence[str]
    outcome: Outcome
    bound: set[tuple[str, str]] = field(default_factory=set)
    foreseen: list[tuple[str, str, str]] = field(default_factory=list)

    def failed(self, path: str, target: str, found: Import) -> None:
        if found.optional:
            self.foreseen.append((path, target, found.bound))
        else:
            (self.outcome.doubtful if found.lazy else self.outcome.missing).add((path, target))
