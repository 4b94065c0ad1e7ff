"""What the rest of the grader knows of a submission."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Tree:
    """The unpacked files of a submission, on the host, never imported.

    Attributes:
        root: folder that holds them (one enclosing folder already unwrapped).
        files: relative POSIX paths, sorted.
        digest: SHA-256 over the sorted paths and contents, hex; the same for a zip, a tar and a folder of equal files.
        total_bytes: sum of the file sizes.
        warnings: what was left out or looked odd, one line each, for people.
        folders: those without a file below them, relative and sorted; an application may want to write there.
    """

    root: Path
    files: tuple[str, ...]
    digest: str
    total_bytes: int
    warnings: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """How the application is started: `uvicorn [--factory] module:attribute`, in `directory`.

    Attributes:
        module: dotted module name, importable with `import_paths`.
        attribute: the FastAPI instance, or the function that makes one.
        factory: whether `attribute` is a function to call.
        directory: working directory, relative to the submission's root ("." is the root).
        import_paths: folders for PYTHONPATH, relative to the root, best first.
        source: where it was found, for people: `--app`, `[tool.fastapi] entrypoint in pyproject.toml`, `app/main.py`.
    """

    module: str
    attribute: str
    factory: bool = False
    directory: str = "."
    import_paths: tuple[str, ...] = (".",)
    source: str = ""

    @property
    def target(self) -> str:
        """The `module:attribute` that uvicorn takes."""
        return f"{self.module}:{self.attribute}"


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What the submission declares that it needs.

    Attributes:
        requirements: PEP 508 lines: names, extras, versions and markers only.
        pins: `name==version` lines of a lock file; they constrain what `requirements` pull in. Often empty.
        sources: the files that were read, relative to the root, in order; empty if nothing was declared.
        requires_python: the declared `requires-python`, or "".
        imports: top-level modules that the sources import and that are neither of the standard library nor their own;
            used only where nothing was declared.
    """

    requirements: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    requires_python: str = ""
    imports: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Submission:
    """A submission that passed intake."""

    name: str
    tree: Tree
    entry_point: EntryPoint
    dependencies: Dependencies
    challenge: str | None = None
    """`[tool.grader] challenge` in its pyproject.toml."""
    warnings: tuple[str, ...] = field(default=())
