"""What is said when no application, or more than one, was found."""

from collections.abc import Sequence

from grader.errors import EntryPointRejected
from grader.intake.candidates import USUAL_FILES, Candidate
from grader.intake.reading.meaning import App, Meanings, framework
from grader.intake.reading.source import Source, Value
from grader.intake.reading.sources import Sources, is_aside
from grader.text import visible

MAX_SHOWN = 10
HOW_TO_NAME = "name one with --app module:attribute, or with `entrypoint` under [tool.fastapi] in pyproject.toml"
_MAX_DETAIL = 100


def several_found(candidates: Sequence[Candidate]) -> EntryPointRejected:
    """The error for applications that are equally good; its detail lists up to a hundred."""
    shown = [visible(candidate.shown, limit=200) for candidate in candidates]
    more = f" and {len(shown) - MAX_SHOWN} more" if len(shown) > MAX_SHOWN else ""
    return EntryPointRejected(
        f"several applications are equally good: {', '.join(shown[:MAX_SHOWN])}{more}",
        hint=HOW_TO_NAME,
        detail="\n".join(shown[:_MAX_DETAIL]),
    )


def none_found(sources: Sources, meanings: Meanings) -> EntryPointRejected:
    """The error for a submission without an application; it says what was looked for, and what came near."""
    near = _near_misses(sources, meanings)
    looked = (
        f"looked for a FastAPI instance, or a function without arguments that makes one, in {', '.join(USUAL_FILES)}, "
        f"the same below src/, and all {len(sources.python)} Python files but tests, docs, examples and scripts"
    )
    return EntryPointRejected(
        "no FastAPI application was found" + (f"; {near[0]}" if near else ""),
        hint=HOW_TO_NAME,
        detail="\n".join([looked, *near[:MAX_SHOWN]]),
    )


def _near_misses(sources: Sources, meanings: Meanings) -> list[str]:
    """What comes near an application, most telling first, one line each."""
    if not sources.python:
        return ["there is no Python file"]
    files = [sources.get(path) for path in sources.python]
    return [
        *(f"{_path(file)}: {visible(file.problem, limit=200)}" for file in files if file.problem),
        *(
            f"{_path(file)} makes one {_where(name)}, where no server can find it"
            for file in files
            for name in file.hidden
        ),
        *(line for file in files for line in _of_others(file, meanings)),
        *(line for file in files if is_aside(file.path) for line in _set_aside(file, meanings)),
    ]


def _of_others(file: Source, meanings: Meanings) -> list[str]:
    made = (name for name, bindings in file.names.items() if any(isinstance(item, Value) for item in bindings))
    kinds = ((name, framework(meanings.of(file.path, name))) for name in made)
    return [f"{_path(file)} has {visible(name)}, which is of another kind: {kind}" for name, kind in kinds if kind]


def _set_aside(file: Source, meanings: Meanings) -> list[str]:
    names = [visible(name) for name in file.names if isinstance(meanings.of(file.path, name), App)]
    return [f"{_path(file)} has {name}, but in a folder or file that is not the application's own" for name in names]


def _path(file: Source) -> str:
    return visible(file.path, limit=200)


def _where(function: str) -> str:
    return f"inside {visible(function)}()" if function else 'below `if __name__ == "__main__"`'
