"""Code that is nobody's own: what the challenge gave, and what else the caller says everybody was given."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.challenge.pack import available, load_pack
from grader.errors import ArchiveRejected, UsageError
from grader.places import challenges_dir
from grader.settings import Settings
from grader.similar.prints import every_run
from grader.similar.read import Code, SourceFile, read_code, read_file


@dataclass(frozen=True, slots=True)
class Nobodys:
    """What counts for nothing: all its runs of tokens, and whose they are, in words."""

    runs: frozenset[int] = frozenset()
    words: tuple[str, ...] = ()


def nobodys_code(
    codes: Iterable[Code], challenge: str | None, templates: Sequence[Path], settings: Settings
) -> Nobodys:
    """What a cohort was given.

    Args:
        codes: the cohort; where `challenge` is None, the challenges that they name themselves count.
        challenge: slug or folder of a pack.
        templates: Python files, folders or archives that were given out as well.
        settings: the caps on an archive.

    Raises:
        UsageError: no such challenge, or a template cannot be read.
    """
    starters = dict(_starters(codes, challenge))
    files = [file for folder in starters.values() for file in read_code(folder, "starter", settings).files]
    files += [file for path in templates for file in _template(path, settings)]
    words = [*(f"the starter of {slug}" for slug in starters), *map(str, templates)]
    return Nobodys(frozenset(every_run(files)), tuple(words))


def _starters(codes: Iterable[Code], challenge: str | None) -> Iterator[tuple[str, Path]]:
    """Slug → folder of the starters that there are. A submission names one that ships, and never a folder."""
    if challenge is not None:
        pack = load_pack(challenge)
        found = {pack.rubric.slug: pack.folder}
    else:
        shipped = set(available())
        named = sorted({code.challenge for code in codes if code.challenge in shipped})
        found = {slug: challenges_dir() / slug for slug in named}
    return ((slug, folder / "starter") for slug, folder in found.items() if (folder / "starter").is_dir())


def _template(path: Path, settings: Settings) -> tuple[SourceFile, ...]:
    try:
        if path.suffix == ".py" and path.is_file():
            return (read_file(path),)
        files = read_code(path, "template", settings).files
    except ArchiveRejected as error:
        raise UsageError(
            f"--ignore {path}: {error.message}", hint="name a Python file, a folder or an archive"
        ) from error
    if not files:
        raise UsageError(f"--ignore {path}: there is no Python in it that is compared", hint="tests need no --ignore")
    return files
