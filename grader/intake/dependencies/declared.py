"""Which of a submission's files declare its dependencies, and what they add up to."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from packaging.requirements import Requirement

from grader.errors import DependenciesRejected
from grader.intake.dependencies.imported import imported_modules
from grader.intake.dependencies.locks import LOCK_FILES, Lock, read_lock
from grader.intake.dependencies.pipfile import PIPFILE, read_pipfile
from grader.intake.dependencies.pyproject import Pyproject, read_pyproject
from grader.intake.dependencies.requirement import HINT, Line, Refuse, key, not_for_linux, parse_requirement
from grader.intake.dependencies.requirements_txt import MAX_REQUIREMENTS, read_requirements_txt, runtime_file
from grader.intake.project import Project
from grader.intake.submission import Dependencies, EntryPoint, Tree
from grader.intake.wellknown import DISTRIBUTIONS
from grader.text import visible

_MAX_IMPORTS = 100  # each is asked for at the index on its own


@dataclass(slots=True)
class _Found:
    """What the files of one folder declare."""

    requirements: list[Requirement] = field(default_factory=list)
    pins: tuple[str, ...] = ()
    sources: list[str] = field(default_factory=list)
    requires_python: str = ""
    warnings: list[str] = field(default_factory=list)


def read_dependencies(tree: Tree, entry_point: EntryPoint, project: Project) -> Dependencies:
    """Read what a submission declares to need.

    The folder of the project comes first, then those around it; the first in which anything is declared counts. In it a
    lock file wins, then `requirements.txt`, which `pyproject.toml` and `Pipfile` complete. Where nothing is declared,
    the imports tell.

    Args:
        tree: the unpacked files.
        entry_point: which of them are the application.
        project: its pyproject.toml files.

    Returns:
        Requirements as declared, pins as locked.

    Raises:
        DependenciesRejected: a line is more than a name with versions; it is shown with its place. Or there are too
            many, declared or imported.
    """
    warnings: list[str] = []
    for folder in _folders(entry_point):
        found = _in_folder(tree, project, folder)
        warnings += found.warnings
        if found.requirements:
            kept = tuple(_installable(found.requirements, warnings))
            _limit(found.sources[0], kept)
            return Dependencies(
                kept, found.pins, tuple(found.sources), found.requires_python, warnings=tuple(dict.fromkeys(warnings))
            )
    modules = imported_modules(tree, entry_point, project)
    if len(modules) > _MAX_IMPORTS:
        raise DependenciesRejected(
            f"modules of {len(modules):,} other projects are imported, and none is declared", hint=HINT
        )
    requirements = dict.fromkeys(DISTRIBUTIONS.get(module, module) for module in modules)
    return Dependencies(tuple(requirements), imports=modules, warnings=tuple(dict.fromkeys(warnings)))


def _folders(entry_point: EntryPoint) -> list[str]:
    """Where to look: the project's folder, what is around it, then the folders that are imported from."""
    package = entry_point.module.split(".")
    root = entry_point.import_paths[0]
    inner = ["/".join([*([] if root == "." else [root]), *package[:length]]) for length in range(1, len(package))]
    return list(dict.fromkeys([*_upwards(entry_point.directory), *entry_point.import_paths, *inner]))


def _upwards(folder: str) -> Iterator[str]:
    while folder not in {"", "."}:
        yield folder
        folder = folder.rpartition("/")[0]
    yield "."


def _in_folder(tree: Tree, project: Project, folder: str) -> _Found:
    found = _Found()
    pyproject = read_pyproject(tree, project, folder)
    if pyproject:
        found.requires_python = pyproject.requires_python
        found.warnings += pyproject.warnings
    if lock := _lock(tree, folder, pyproject, found.warnings):
        _add_locked(found, tree, folder, lock, pyproject)
    else:
        _add_unlocked(found, tree, folder, pyproject)
    own = pyproject.name if pyproject and pyproject.name not in DISTRIBUTIONS.values() else ""
    found.requirements = [item for item in found.requirements if key(item.name) != own]
    return found


def _lock(tree: Tree, folder: str, pyproject: Pyproject | None, warnings: list[str]) -> Lock | None:
    """The lock file of a folder; the members of a uv workspace have theirs in common, further up."""
    own = [_inside(folder, name) for name in LOCK_FILES]
    common = [_inside(above, "uv.lock") for above in _upwards(folder)] if pyproject and pyproject.name else []
    for path in dict.fromkeys(own + common):
        if path in tree.files:
            try:
                lock = read_lock(tree, path)
            except ValueError as error:
                warnings.append(f"{visible(path)} was left out: {error}")
                continue
            if path in own or (pyproject and lock.holds(pyproject.name)):
                return lock
    return None


def _add_locked(found: _Found, tree: Tree, folder: str, lock: Lock, pyproject: Pyproject | None) -> None:
    declared, source = (pyproject.requirements, pyproject.path) if pyproject else ([], "")
    if lock.path.endswith("Pipfile.lock") and _inside(folder, PIPFILE) in tree.files:
        declared, source = read_pipfile(tree, _inside(folder, PIPFILE), found.warnings), _inside(folder, PIPFILE)
    packages = lock.runtime([key(item.name) for item in declared])
    found.pins = lock.pins(packages)
    if not declared:
        by_name: dict[str, Requirement] = {key(item.name): item for item in map(Requirement, found.pins)}
        for package in packages:
            if package.extras and package.name in by_name:
                by_name[package.name] = _with_extras(by_name[package.name], package.extras, lock.refusal(package.name))
        declared = list(by_name.values())
    found.requirements += declared
    found.sources += [path for path in (source, lock.path) if path]


def _with_extras(requirement: Requirement, extras: Iterable[str], refuse: Refuse) -> Requirement:
    text = str(requirement).removeprefix(requirement.name)
    return parse_requirement(f"{requirement.name}[{','.join(extras)}]{text}", refuse)


def _add_unlocked(found: _Found, tree: Tree, folder: str, pyproject: Pyproject | None) -> None:
    if path := runtime_file(tree, folder):
        declared = read_requirements_txt(tree, path)
        found.requirements += declared.requirements
        found.pins = tuple(dict.fromkeys(map(str, declared.constraints)))
        found.sources += declared.sources
    if pyproject:
        _complete(found, pyproject.requirements, pyproject.path)
    pipfile = _inside(folder, PIPFILE)
    if not found.requirements and pipfile in tree.files:
        _complete(found, read_pipfile(tree, pipfile, found.warnings), pipfile)


def _complete(found: _Found, declared: list[Requirement], source: str) -> None:
    """Add what is declared elsewhere too, unless the name is known: two files of one project may differ in versions."""
    known = {key(item.name) for item in found.requirements}
    added = [item for item in declared if key(item.name) not in known]
    if added:
        found.requirements += added
        found.sources.append(source)


def _installable(requirements: list[Requirement], warnings: list[str]) -> Iterator[str]:
    for requirement in requirements:
        if reason := not_for_linux(requirement):
            warnings.append(f"{requirement.name} is not installed: {reason}")
        else:
            yield str(requirement)


def _limit(source: str, requirements: tuple[str, ...]) -> None:
    if len(requirements) > MAX_REQUIREMENTS:
        raise Line(source, 0, "").refused(f"more than {MAX_REQUIREMENTS} requirements")


def _inside(folder: str, name: str) -> str:
    return name if folder == "." else f"{folder}/{name}"
