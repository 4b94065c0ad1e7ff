"""How far independent solutions and copies lie apart for `grader similar`: `python -m benchmarks.similar_accuracy`.

Every reference solution that ships is built independently of the others of its challenge. Copies of them are made with
all names and texts changed, functions and files in another order, other comments and layout, and with statements put
in. Printed is how much of the shorter one is found in the other, in per cent; the default of `--at-least` has to lie
between the two.
"""

import tempfile
from collections.abc import Iterator
from functools import cache
from itertools import combinations
from pathlib import Path

from benchmarks.copying import copy_of
from grader.challenge.mutants import grow, read_mutants, variants
from grader.challenge.pack import available, load_shipped
from grader.places import references_dir
from grader.settings import Settings
from grader.similar.build import AT_LEAST
from grader.similar.pairs import Shared, shared
from grader.similar.prints import Row, row_of
from grader.similar.read import read_code

WATERED = {"disguised": 0.0, "and every second function watered": 0.5, "and every function watered": 1.0}


def main() -> None:
    """Print each figure on a line."""
    pairs = list(independent())
    print(f"independent, one challenge: highest {highest(pair for pair in pairs if one_challenge(pair))}")
    print(f"independent, different challenges: highest {highest(pair for pair in pairs if not one_challenge(pair))}")
    print(f"--at-least: {AT_LEAST}")
    for title, watered in WATERED.items():
        shares = sorted((in_common_with_copy(source, watered), of(source)) for source in references())
        print(f"copies, {title}: lowest {shown(shares[:2])}; median {shares[len(shares) // 2][0]:.1f}")
    mutants = sorted(in_common_with_mutants())
    print(f"mutants, {len(mutants)} of them: lowest {shown(mutants[:1])}")


def references() -> list[Path]:
    """Every correct solution that ships."""
    return sorted(path for path in references_dir().glob("*/*") if path.is_dir())


def independent() -> Iterator[Shared]:
    """All pairs of them that share anything."""
    return (found for pair in combinations(map(row, references()), 2) for found in shared(pair, 0))


def one_challenge(pair: Shared) -> bool:
    """Whether both are solutions of one challenge."""
    return pair.left.code.name.partition("/")[0] == pair.right.code.name.partition("/")[0]


@cache
def row(source: Path) -> Row:
    """A project's fingerprints."""
    return row_of(read_code(source, of(source), Settings()), frozenset())


def in_common(one: Row, other: Row) -> float:
    """Per cent of the shorter one."""
    found = shared([one, other], 0)
    return 100 * found[0].share if found else 0.0


def in_common_with_copy(source: Path, watered: float, seed: int = 1) -> float:
    """How much a project has in common with a copy of it in disguise."""
    with tempfile.TemporaryDirectory() as folder:
        copy = copy_of(source, Path(folder) / "copy", seed, watered)
        return in_common(row(source), row_of(read_code(copy, "copy", Settings()), frozenset()))


def in_common_with_mutants() -> Iterator[tuple[float, str]]:
    """How much each reference has in common with each mutant of it."""
    for slug in available():
        pack = load_shipped(slug)
        reference = variants(pack)["reference"]
        for mutant in read_mutants(pack):
            with tempfile.TemporaryDirectory() as folder:
                grow(mutant, reference, changed := Path(folder) / "mutant")
                yield (
                    in_common(row(reference), row_of(read_code(changed, "mutant", Settings()), frozenset())),
                    mutant.id,
                )


def of(source: Path) -> str:
    """What a solution is called."""
    return f"{source.parent.name}/{source.name}"


def highest(pairs: Iterator[Shared]) -> str:
    """The three most similar ones."""
    named = [(100 * pair.share, f"{pair.left.code.name} and {pair.right.code.name}") for pair in pairs]
    return shown(sorted(named, reverse=True)[:3])


def shown(shares: list[tuple[float, str]]) -> str:
    """Figures with names."""
    return ", ".join(f"{share:.1f} ({name})" for share, name in shares)


if __name__ == "__main__":
    main()
