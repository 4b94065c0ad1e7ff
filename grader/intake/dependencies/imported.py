"""What a submission imports, for those that declare nothing."""

import sys

from grader.intake.importing import Importer
from grader.intake.project import Project
from grader.intake.reading.sources import Sources, is_aside
from grader.intake.submission import EntryPoint, Tree
from grader.intake.wellknown import DISTRIBUTIONS, foreign_modules


def imported_modules(tree: Tree, entry_point: EntryPoint, project: Project) -> tuple[str, ...]:
    """Find the modules of other distributions that the application needs.

    Only what is reached from the entry point counts, unless modules are loaded by computed names. An import that is
    optional (in a `try`) or may never run (in a function) counts only where its distribution is well known: an unknown
    name that no index has would make the whole submission fail for nothing.

    Args:
        tree: the unpacked files.
        entry_point: where the application begins.
        project: its pyproject.toml files.

    Returns:
        Top-level module names, sorted.
    """
    sources = Sources(tree.root, tree.files)
    foreign = foreign_modules(sources, project)
    paths = ["" if path == "." else path for path in entry_point.import_paths]
    reached = Importer(sources, foreign).run(entry_point.module, paths).modules.values()
    files = {path for path in reached if path.endswith(".py")}
    if any(sources.get(path).loads for path in files):
        files |= {path for path in sources.python if not is_aside(path)}
    found = set()
    for path in files:
        for item in sources.get(path).imports:
            module = item.module.partition(".")[0]
            own = module in sources.homes and module not in foreign
            if not item.level and not own and module not in sys.stdlib_module_names:
                certain = not (item.lazy or item.optional)
                found |= {module} if certain or module in DISTRIBUTIONS else set()
    return tuple(sorted(module for module in found if module.isascii() and module.isidentifier()))
