"""How a file of the submission is imported: its dotted name, the working directory, the folders on the path.

Nothing is guessed from names alone: each way to import the file is played through (`Importer`), and the one under
which the imports of the submission resolve is taken.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from keyword import iskeyword

from grader.intake.importing import Importer, Outcome
from grader.intake.reading.sources import Sources, ancestors, join, parent

_MARKERS = (
    *("requirements*.txt", "pyproject.toml", "Pipfile*", "*.lock", "setup.py", "setup.cfg", "Dockerfile", "Procfile"),
    *("alembic.ini", ".env*", "docker-compose.y*ml", "compose.y*ml"),
)
_MAX_FOLDERS = 6


@dataclass(frozen=True, slots=True)
class Layout:
    """How to import one file; folders are relative to the submission's root, "." is the root.

    Attributes:
        module: dotted name.
        directory: working directory.
        import_paths: folders for PYTHONPATH, best first.
        missing: how many imports fail for certain, though the submission has what they import.
    """

    module: str
    directory: str
    import_paths: tuple[str, ...]
    missing: int


class Layouts:
    """Finds out how the files of a submission are imported."""

    def __init__(self, sources: Sources, importer: Importer) -> None:
        self._sources = sources
        self._importer = importer

    def of(self, path: str, named: Collection[str] = ()) -> Layout | None:
        """How `path` is imported so that its imports resolve.

        Args:
            path: a Python file of the submission.
            named: dotted names under which the submission itself refers to the file; they decide between equals.

        Returns:
            The best way, or None if the file has no name that could be imported.
        """
        preferred = self._preferred_root(path)
        ways = [
            (
                self._badness(outcome),
                helped,
                module not in named,
                root != preferred,
                root.count("/"),
                module,
                root,
                folders,
            )
            for module, root in _modules(path)
            for folders, outcome, helped in [self._complete(module, root)]
        ]
        if not ways:
            return None
        *_, module, root, folders = min(ways)
        outcome = self._importer.run(module, folders)
        directory = self._directory(root, outcome)
        shown = tuple(dict.fromkeys(folder or "." for folder in (*folders, directory)))
        return Layout(module, directory or ".", shown, len(outcome.missing))

    def _complete(self, module: str, root: str) -> tuple[list[str], Outcome, int]:
        """Put further folders on the path, as long as that makes imports work; tell how many that took.

        The project's folder and the root come last, and only where they do no harm: code may load what cannot be read.
        """
        folders = [root]
        outcome = self._importer.run(module, folders)
        while len(folders) < _MAX_FOLDERS:
            for folder in self._helpful(outcome, folders):
                better = self._importer.run(module, [*folders, folder])
                if self._badness(better) < self._badness(outcome):
                    folders, outcome = [*folders, folder], better
                    break
            else:
                break
        helped = len(folders)
        for folder in dict.fromkeys([_project_folder(root), ""]):
            if folder in folders:
                continue
            same = self._importer.run(module, [*folders, folder])
            if self._badness(same) <= self._badness(outcome):
                folders, outcome = [*folders, folder], same
        return folders, outcome, helped

    def _helpful(self, outcome: Outcome, folders: list[str]) -> Iterator[str]:
        for path, module in sorted(outcome.missing) + sorted(outcome.doubtful):
            homes = [folder for folder in self._importer.homes(path, module) if folder not in folders]
            yield from homes[:2]

    @staticmethod
    def _badness(outcome: Outcome) -> tuple[int, int, int, int]:
        return (len(outcome.missing), len(outcome.shadowed), len(outcome.doubtful), outcome.twice)

    def _preferred_root(self, path: str) -> str:
        """Where the import root is by convention; it decides where the imports leave it open."""
        folders = ancestors(path)
        for folder in folders:
            if folder.rpartition("/")[2] == "src":
                return parent(folder) if join(folder, "__init__.py") in self._sources.files else folder
        for folder in folders[:-1]:
            if join(folder, "__init__.py") not in self._sources.files and self._is_project(folder):
                return folder
        outermost = next((folder for folder in reversed(folders) if self._has_modules(folder)), "")
        return parent(outermost)

    def _is_project(self, folder: str) -> bool:
        names = (path.rpartition("/")[2] for path in self._sources.files if parent(path) == folder)
        return any(fnmatch(name, marker) for name in names for marker in _MARKERS)

    def _has_modules(self, folder: str) -> bool:
        return any(join(folder, name + ".py") in self._sources.files for name in self._sources.tops(folder))

    def _directory(self, root: str, outcome: Outcome) -> str:
        """The folder in which the file names that the code mentions exist; else that of the project."""
        usual = _project_folder(root)
        mentioned = {name for path in outcome.modules.values() for name in self._mentions(path)}
        folders = list(dict.fromkeys([usual, root, *ancestors(root)]))
        return max(folders, key=lambda folder: sum(self._exists(join(folder, name)) for name in mentioned))

    def _mentions(self, path: str) -> set[str]:
        names = self._sources.get(path).paths if path.endswith(".py") else ()
        cleaned = (name.removeprefix("./").rstrip("/") for name in names)
        return {name for name in cleaned if name and not name.startswith(("/", ".."))}

    def _exists(self, path: str) -> bool:
        return path in self._sources.files or path in self._sources.folders


def _modules(path: str) -> Iterator[tuple[str, str]]:
    """Each (dotted name, folder on the path) under which `path` could be imported."""
    place = path.removesuffix(".py")
    for root in ancestors(path):
        inner = place.removeprefix(f"{root}/") if root else place
        parts = (inner.removesuffix("/__init__")).split("/")
        if all(part.isidentifier() and not iskeyword(part) for part in parts):
            yield ".".join(parts), root


def _project_folder(root: str) -> str:
    """The folder above `src`, for `src` layouts; else the import root itself."""
    return parent(root) if root.rpartition("/")[2] == "src" else root
