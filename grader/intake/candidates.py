"""The applications that a submission holds, and which of them is the one that was handed in."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath

from grader.intake.hints import Hint, hints
from grader.intake.reading.meaning import FACTORY_NAMES, USUAL_NAMES, App, Meanings, Strength
from grader.intake.reading.sources import Sources, is_aside, parent

# https://fastapi.tiangolo.com/fastapi-cli/ and `fastapi_cli.discover.get_default_path`, in its order.
USUAL_FILES = ("main.py", "app.py", "api.py", "app/main.py", "app/app.py", "app/api.py")
_STEMS = (
    "main",
    "app",
    "api",
    "server",
    "asgi",
    "wsgi",
    "application",
    "run",
    "index",
    "service",
    "__init__",
    "__main__",
)
_MAX_CANDIDATES = 2_000
_MAX_CONTENDERS = 8
_SAME_RANK = _STEMS.index("server")


@dataclass(frozen=True, slots=True)
class Candidate:
    """An application under one of its names.

    Attributes:
        path: the file that a server would import.
        name: the module-level name in it.
        app: what it is.
    """

    path: str
    name: str
    app: App

    @property
    def shown(self) -> str:
        """How it is shown to people: `backend/main.py (app)`."""
        return f"{self.path} ({self.name}{'()' if self.app.factory else ''})"


class Ambiguous(Exception):
    """Several applications are equally good; `candidates` are they."""

    def __init__(self, candidates: list[Candidate]) -> None:
        super().__init__(", ".join(candidate.shown for candidate in candidates))
        self.candidates = candidates


class Candidates:
    """Finds and ranks the applications of a submission.

    Args:
        sources: its files.
        meanings: what the names in them stand for.
        files: look at these only; by default at all that do not stand aside (tests, docs, examples).
    """

    def __init__(self, sources: Sources, meanings: Meanings, files: Collection[str] = ()) -> None:
        self._sources = sources
        self._meanings = meanings
        # Read in the order of rank: should the budget for reading run out, the likely files have been seen.
        files = sorted(files or (path for path in sources.python if not is_aside(path)), key=_file_rank)
        everything = (candidate for path in files for candidate in self._in_file(path))
        self._all = list(islice(everything, _MAX_CANDIDATES))
        self._hints = hints(sources)

    def best(self) -> Candidate | None:
        """The application that was handed in, None if there is none.

        Raises:
            Ambiguous: several are equally good.
        """
        mounted = self._mounted()
        pool = [found for found in self._all if found.app.strength < Strength.SURE or found.app.origin not in mounted]
        if not pool:
            return None
        deployed = self._hinted(pool, [hint for hint in self._hints if hint.decides])
        if len({found.app.origin for found in deployed}) == 1:
            return min(deployed, key=_rank)
        pool = [found for found in pool if found.app.strength > Strength.GUESSED] or pool
        return self._first(sorted(pool, key=_rank))

    def names_of(self, path: str) -> set[str]:
        """The dotted names by which the submission's own command lines call the file `path`."""
        return {hint.module for hint in self._hints if hint.module and hint.names(path, hint.attribute)}

    def _in_file(self, path: str) -> list[Candidate]:
        names = self._sources.get(path).names
        found = ((name, self._meanings.of(path, name)) for name in names)
        return [
            Candidate(path, name, meaning)
            for name, meaning in found
            if isinstance(meaning, App) and (meaning.plain or not meaning.factory)
        ]

    def _mounted(self) -> set[tuple[str, str]]:
        """Where applications are made that are part of another one."""
        origins = set()
        for path in {found.app.origin[0] for found in self._all} | {found.path for found in self._all}:
            for mounted in self._sources.get(path).mounted:
                meaning = self._meanings.value(path, mounted.value, mounted.names)
                if isinstance(meaning, App) and meaning.strength is Strength.SURE and meaning.origin[1]:
                    origins.add(meaning.origin)
        return origins

    def _first(self, ranked: list[Candidate]) -> Candidate:
        """The best of `ranked`, unless another application is as good."""
        best = ranked[0]
        rivals = list({found.app.origin: found for found in reversed(ranked) if _rivals(best, found)}.values())
        if not rivals:
            return best
        contenders = [best, *reversed(rivals)]
        hinted = self._hinted(contenders, self._hints)
        if len({found.app.origin for found in hinted}) == 1:
            return hinted[0]
        if len(contenders) <= _MAX_CONTENDERS:
            outermost = [found for found in contenders if all(self._includes(found, other) for other in contenders)]
            if len(outermost) == 1:
                return outermost[0]
        raise Ambiguous(contenders)

    def _hinted(self, pool: list[Candidate], given: list[Hint]) -> list[Candidate]:
        """Those of `pool` that a hint names, each hint counting for the applications nearest to where it stands."""
        found: list[Candidate] = []
        for hint in given:
            named = [candidate for candidate in pool if self._names(hint, candidate)]
            near = [candidate for candidate in named if candidate.path.startswith(hint.folder + "/")]
            exact = [candidate for candidate in named if hint.is_exact(candidate.path)]
            found += exact or near or named
        return found

    def _names(self, hint: Hint, candidate: Candidate) -> bool:
        if hint.value is None:
            return hint.names(candidate.path, candidate.name)
        meaning = self._meanings.value(hint.path, hint.value, hint.local)
        return isinstance(meaning, App) and meaning.origin == candidate.app.origin

    def _includes(self, outer: Candidate, inner: Candidate) -> bool:
        """Whether the file of `outer` imports that of `inner`, directly or through others."""
        seen, waiting = {outer.path}, [outer.path]
        while waiting:
            path = waiting.pop()
            places = (self._sources.imported(path, found) for found in self._sources.get(path).imports)
            new = {place for place in places if place and place.endswith(".py")} - seen
            seen |= new
            waiting += new
        return inner.path in seen


def _file_rank(path: str) -> tuple[int, int, int, str]:
    """First what the FastAPI command line would find, then the same below `src/`, then usual names, then the rest."""
    if path in USUAL_FILES:
        return (0, USUAL_FILES.index(path), 0, path)
    inner = path.removeprefix("src/")
    if inner != path and inner in USUAL_FILES:
        return (1, USUAL_FILES.index(inner), 0, path)
    stem = PurePosixPath(path).stem
    usual = stem in _STEMS
    return (2 if usual else 3, path.count("/"), _STEMS.index(stem) if usual else 0, path)


def _rank(found: Candidate) -> tuple[tuple[int, int, int, str], int, int, int, str]:
    usual = FACTORY_NAMES if found.app.factory else USUAL_NAMES
    name = usual.index(found.name) if found.name in usual else len(usual)
    return (_file_rank(found.path), int(found.app.factory), name, -found.app.strength, found.name)


def _rivals(best: Candidate, other: Candidate) -> bool:
    """Whether `other`, a different application ranked behind `best`, is as good."""
    if best.app.origin == other.app.origin or (best.app.factory < other.app.factory and best.path == other.path):
        return False
    mine, its = _file_rank(best.path), _file_rank(other.path)
    if best.path == other.path:
        return _rank(best)[1:4] == _rank(other)[1:4]
    if mine[0] != its[0] or mine[0] < 2:  # noqa: PLR2004 - the first two ranks are ordered lists
        return False
    if parent(best.path) == parent(other.path):
        return min(mine[2], _SAME_RANK) == min(its[2], _SAME_RANK)
    return not f"{other.path}".startswith(f"{parent(best.path)}/" if parent(best.path) else "")
