"""How the application of a submission is started, found by reading and never by importing.

The order: what the caller names, what the submission's `pyproject.toml` names, what its files show (`candidates`).
"""

import re

from grader.errors import EntryPointRejected
from grader.intake.candidates import Ambiguous, Candidate, Candidates
from grader.intake.hints import dotted_name
from grader.intake.importing import Importer
from grader.intake.layout import Layout, Layouts
from grader.intake.project import PYPROJECT, Project, table
from grader.intake.reading.meaning import App, Meanings, Strength
from grader.intake.reading.source import Function
from grader.intake.reading.sources import Sources, is_aside, join
from grader.intake.rejections import HOW_TO_NAME, MAX_SHOWN, none_found, several_found
from grader.intake.submission import EntryPoint, Tree
from grader.intake.wellknown import foreign_modules
from grader.text import visible

# "main:app", "main", "app/main.py", "app/main.py:app"; gunicorn's "main:create_app()" too.
_NAMED = re.compile(r"(?P<place>[\w./-]+?)(?::(?P<attribute>[A-Za-z_][\w.]*)(?P<call>\(\))?)?")


def find_entry_point(tree: Tree, app: str | None, project: Project) -> EntryPoint:
    """Find the FastAPI application of a submission, and how it is started so that its imports resolve.

    Args:
        tree: the unpacked files; Python among them is parsed, never run.
        app: what the caller names, as `module:attribute`, `module`, or the path of a file; None to search.
        project: its pyproject.toml files.

    Returns:
        The entry point. `import_paths` holds every folder that an import of the submission needs.

    Raises:
        EntryPointRejected: there is none, several are equally good, or what is named does not exist.
    """
    return Finder(Sources(tree.root, tree.files), project).find(app)


class Finder:
    """One search; `find_entry_point` is its door."""

    def __init__(self, sources: Sources, project: Project) -> None:
        self._sources = sources
        self._project = project
        self._meanings = Meanings(sources)
        self._layouts = Layouts(sources, Importer(sources, foreign_modules(sources, project)))

    def find(self, app: str | None) -> EntryPoint:
        """See `find_entry_point`."""
        if app is not None:
            return self._named(app, "--app", "")
        for tool, key in (("grader", "app"), ("fastapi", "entrypoint")):
            if named := self._configured(tool, key):
                return self._named(*named)
        return self._searched()

    def layout(self, path: str) -> Layout | None:
        """How the file `path` is imported."""
        return self._layouts.of(path)

    def _configured(self, tool: str, key: str) -> tuple[str, str, str] | None:
        """What the shallowest pyproject.toml that says something says: the name, where it stands, its folder."""
        found = []
        for folder, document in self._project.documents.items():
            value = table(document, "tool", tool).get(key)
            if isinstance(value, str) and value.strip():
                found.append((value.strip(), f"[tool.{tool}] {key} in {PYPROJECT}", "" if folder == "." else folder))
        found = [
            entry
            for entry in found
            if entry[2].count("/") == found[0][2].count("/") and bool(entry[2]) == bool(found[0][2])
        ]
        if len(found) > 1:
            places = ", ".join(visible(join(folder, PYPROJECT)) for _, _, folder in found[:MAX_SHOWN])
            raise EntryPointRejected(f"several projects are equally good: {places}", hint=HOW_TO_NAME)
        return found[0] if found else None

    def _searched(self) -> EntryPoint:
        candidates = Candidates(self._sources, self._meanings)
        try:
            best = candidates.best()
        except Ambiguous as several:
            raise several_found(several.candidates) from None
        if best is None:
            raise none_found(self._sources, self._meanings)
        return self._entry(best, best.path, candidates.names_of(best.path))

    def _entry(self, found: Candidate, source: str, named: set[str]) -> EntryPoint:
        layout = self._layouts.of(found.path, named)
        if layout is None:
            raise EntryPointRejected(
                f"{visible(found.path)} holds an application, but its path is no module name",
                hint="use letters, digits and underscores in the names of Python files and their folders",
            )
        return EntryPoint(
            layout.module, found.name, found.app.factory, layout.directory, layout.import_paths, visible(source)
        )

    def _named(self, text: str, source: str, folder: str) -> EntryPoint:
        match = _NAMED.fullmatch(text.strip())
        if not match:
            raise EntryPointRejected(
                f"{source} {visible(text, limit=100)!r} is not of the form module:attribute", hint=HOW_TO_NAME
            )
        path = self._place(match["place"], text, source, folder)
        named = {match["place"]} if "/" not in match["place"] else set()
        if match["attribute"] is None:
            return self._entry(self._only(path, source), source, named)
        attribute: str = match["attribute"]
        return self._entry(self._attribute(path, attribute, bool(match["call"]), source), source, named)

    def _place(self, place: str, text: str, source: str, folder: str) -> str:
        """The file that a dotted name or a path means, seen from `folder` first, then from wherever it fits."""
        module = dotted_name(place.removeprefix("./"))
        folders = [folder, "", join(folder, "src"), "src", *sorted(self._sources.folders, key=_plainest)]
        paths = [self._sources.module(root, module) for root in folders if module.strip(".")]
        found = [path for path in paths if path and path.endswith(".py")]
        if not found:
            file = visible(module.replace(".", "/"), limit=100) + ".py"
            raise EntryPointRejected(
                f"{source} names {visible(text, limit=100)!r}, but there is no {file}",
                hint="the module's dotted name starts at the folder in which the application is started",
            )
        rivals = [path for path in dict.fromkeys(found) if _plainest(path)[:2] == _plainest(found[0])[:2]]
        if len(rivals) > 1 and found[0] not in {self._sources.module(root, module) for root in folders[:4]}:
            listed = ", ".join(visible(path) for path in rivals[:MAX_SHOWN])
            raise EntryPointRejected(
                f"{source} {visible(text)!r} fits several files: {listed}", hint="name the path of the file"
            )
        return found[0]

    def _attribute(self, path: str, attribute: str, called: bool, source: str) -> Candidate:
        known = self._sources.get(path)
        first = attribute.partition(".")[0]
        meaning = self._meanings.of(path, attribute)
        if first not in known.names and meaning is None and not known.dynamic:
            there = ", ".join(name for name in known.names if isinstance(self._meanings.of(path, name), App))
            raise EntryPointRejected(
                f"{source}: {visible(path)} has no {visible(attribute, limit=100)!r}",
                hint=f"it has {there}" if there else "no application was found in that file",
            )
        app = meaning if isinstance(meaning, App) else App((path, attribute), Strength.GUESSED)
        functions = [binding for binding in known.names.get(attribute, ()) if isinstance(binding, Function)]
        factory = app.factory or called or any(function.plain for function in functions)
        if app.factory and not app.plain:
            raise EntryPointRejected(
                f"{source}: {visible(attribute)} in {visible(path)} cannot be called without arguments"
            )
        return Candidate(path, attribute, App(app.origin, app.strength, factory))

    def _only(self, path: str, source: str) -> Candidate:
        """The application of one file."""
        try:
            best = Candidates(self._sources, self._meanings, [path]).best()
        except Ambiguous as several:
            raise several_found(several.candidates) from None
        if best is None:
            raise EntryPointRejected(f"{source}: no application was found in {visible(path)}", hint=HOW_TO_NAME)
        return best


def _plainest(path: str) -> tuple[bool, int, str]:
    return (is_aside(join(path, "_.py") if not path.endswith(".py") else path), path.count("/") + bool(path), path)
