"""From a submission to the Python files of it that are compared. Nothing is imported, run, or kept on the disk."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader.errors import ArchiveRejected
from grader.intake.archive import unpack
from grader.intake.entries import reading, shown
from grader.intake.project import read_project
from grader.intake.submission import Tree
from grader.settings import Settings
from grader.similar.tokens import Tokens, plain_text, tokenise
from grader.workspace import workspace

MAX_FILE_BYTES: Final = 256 * 1024
"""Of one file: 6,000 lines and more. What is larger is generated, or data."""
MAX_BYTES: Final = 2 * 1024 * 1024
"""Of all files of a submission that are compared, the smallest first: so large ones cannot push the others out."""
_TESTS: Final = frozenset({"test", "tests"})
# Written by Alembic from the models: the same tables give the same code.
_GENERATED: Final = frozenset({"alembic", "migrations", "site-packages"})


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that is compared.

    Attributes:
        path: relative to the submission's root.
        tokens: what is compared of it.
        packed: its text, compressed, for there may be hundreds of submissions.
    """

    path: str
    tokens: Tokens
    packed: bytes

    @classmethod
    def of(cls, path: str, data: bytes) -> "SourceFile":
        """The file with these contents."""
        text = plain_text(data)
        return cls(path, tokenise(text), zlib.compress(text.encode("utf-8", "replace"), 1))

    @property
    def text(self) -> str:
        """With line feeds, whatever the file has."""
        return zlib.decompress(self.packed).decode("utf-8")


@dataclass(frozen=True, slots=True)
class Code:
    """What is compared of a submission.

    Attributes:
        digest: SHA-256 over all its files, as in a report.
        challenge: `[tool.grader] challenge` in its pyproject.toml.
        files: sorted by path.
        unread: path and reason of each Python file that would have been compared, were it not too large.
    """

    name: str
    digest: str
    challenge: str | None
    files: tuple[SourceFile, ...]
    unread: tuple[tuple[str, str], ...] = ()


def read_code(source: Path, name: str, settings: Settings) -> Code:
    """Unpack a submission, and read what is compared of it.

    Args:
        source: an archive or a folder; a single `.py` file as well.
        name: what to call it.
        settings: the caps on an archive.

    Raises:
        UsageError: `source` cannot be opened.
        ArchiveRejected: it is no archive, or a hostile one.
        InfrastructureError: this machine cannot read or write.
    """
    with workspace() as folder:
        tree = unpack(source, folder, settings)
        challenge = read_project(tree).text(".", "tool", "grader", "challenge")
        chosen, unread = _chosen(tree)
        return Code(name, tree.digest, challenge, tuple(_files(tree, chosen)), unread)


def read_file(source: Path) -> SourceFile:
    """One Python file that belongs to no submission, such as a template that was given out.

    Raises:
        ArchiveRejected: it is too large, or cannot be read.
    """
    with reading(shown(source.name)), source.open("rb") as file:
        data = file.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise ArchiveRejected(f"{source}: a file of Python may have {MAX_FILE_BYTES:,} bytes")
    return SourceFile.of(source.name, data)


def is_compared(path: str) -> bool:
    """Whether a file is a candidate's own code: Python, and neither a test nor generated.

    With names and values gone, all tests of one brief look alike.
    """
    *folders, name = path.lower().split("/")
    is_test = name.startswith(("test_", "tests.", "conftest.")) or name.endswith("_test.py")
    return name.endswith((".py", ".pyw")) and not is_test and (_TESTS | _GENERATED).isdisjoint(folders)


def _chosen(tree: Tree) -> tuple[list[str], tuple[tuple[str, str], ...]]:
    """The files that are compared, and those that are not for their size."""
    sizes = {path: (tree.root / path).stat().st_size for path in tree.files if is_compared(path)}
    chosen, unread, left = [], [], MAX_BYTES
    for path in sorted(sizes, key=lambda path: (sizes[path], path)):
        left -= sizes[path]
        if sizes[path] > MAX_FILE_BYTES:
            unread.append((path, f"larger than {MAX_FILE_BYTES // 1024} KiB"))
        elif left < 0:
            unread.append((path, f"the submission has more than {MAX_BYTES // 1024 // 1024} MiB of Python"))
        else:
            chosen.append(path)
    return sorted(chosen), tuple(unread)


def _files(tree: Tree, chosen: list[str]) -> Iterator[SourceFile]:
    for path in chosen:
        with reading(shown(path)):
            data = (tree.root / path).read_bytes()
        yield SourceFile.of(path, data)
