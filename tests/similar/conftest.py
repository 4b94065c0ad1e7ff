"""Cohorts on the disk, and what becomes of them."""

import random
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from grader.batch.entries import find_entries
from grader.settings import Settings
from grader.similar.build import AT_LEAST, compare_code, read_cohort
from grader.similar.common import nobodys_code
from grader.similar.model import Similarity
from grader.similar.read import Code, SourceFile


def code(name: str, files: Mapping[str, str] | str) -> Code:
    """A submission as it is read; one text is its main.py."""
    texts = {"main.py": files} if isinstance(files, str) else files
    sources = tuple(SourceFile.of(path, texts[path].encode()) for path in sorted(texts))
    return Code(name, f"digest of {name}", None, sources)


def function(number: int, lines: int = 6) -> str:
    """A function of its own for each number: operands and operators are drawn."""
    draw = random.Random(number)
    body = "".join(f"    b{line} = {_expression(draw)}\n" for line in range(lines))
    return f"def f{number}(a):\n{body}    return a\n\n\n"


def _expression(draw: random.Random) -> str:
    operands = draw.choices(("a", "1", "'x'", "len(a)", "[a]", "a.b", "-a", "(a, 1)"), k=4)
    return "".join(f"{operand} {draw.choice('+-*/%&|^<>')} " for operand in operands) + "a"


@pytest.fixture
def compared(tmp_path: Path) -> Callable[..., Similarity]:
    """Compare what is in a folder, `cohort` by default, as the command does."""

    def made(
        *paths: Path,
        challenge: str | None = None,
        ignore: tuple[Path, ...] = (),
        at_least: float = AT_LEAST,
        salt: bytes | None = None,
    ) -> Similarity:
        cohort = read_cohort(find_entries(paths or [tmp_path / "cohort"]), Settings())
        nobodys = nobodys_code(cohort.codes, challenge, ignore, Settings())
        return compare_code(cohort, nobodys, at_least, salt)

    return made


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., Path]:
    """Write a submission into the cohort: its name, and its files; one text is its main.py."""

    def made(name: str, files: Mapping[str, str | bytes] | str) -> Path:
        root = tmp_path / "cohort" / name
        for path, text in ({"main.py": files} if isinstance(files, str) else files).items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(text if isinstance(text, bytes) else text.encode())
        return root

    return made
