"""Mutants: the reference with one seeded defect each, and the checks that must catch it.

    [[mutants]]
    id = "total-of-the-page"
    description = "`total` counts the page instead of all that match."
    edits = [{ file = "app/users.py", find = "total=total", replace = "total=len(items)" }]
    caught_by = ["users.list.total"]

An edit applies only where its `find` stands exactly once in the file, so that a reference that has moved on cannot
turn a mutant into a harmless copy without anybody noticing.
"""

import shutil
import tomllib
from pathlib import Path, PurePosixPath
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from grader.challenge.pack import Pack
from grader.errors import UsageError
from grader.places import references_dir

REFERENCE = "reference"
"""The variant that mutants are made of."""
_LEFT_OUT = shutil.ignore_patterns("__pycache__", ".venv", ".git", ".*_cache", "*.db")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Edit(_Frozen):
    """Replace the one place where `find` stands in `file` (relative to the reference's folder)."""

    file: str
    find: str = Field(min_length=1)
    replace: str

    @model_validator(mode="after")
    def _changes_something_within(self) -> Self:
        path = PurePosixPath(self.file)
        if path.is_absolute() or ".." in path.parts:
            raise ValueError(f"{self.file} is not within the reference")
        if self.find == self.replace:
            raise ValueError(f"the edit of {self.file} changes nothing")
        return self


class Mutant(_Frozen):
    """One seeded defect."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    description: str = Field(min_length=1)
    edits: tuple[Edit, ...] = Field(min_length=1)
    caught_by: tuple[str, ...] = Field(min_length=1)


class _File(_Frozen):
    mutants: tuple[Mutant, ...] = ()


def variants(pack: Pack) -> dict[str, Path]:
    """Name → folder of every correct solution that ships with the pack, the reference first.

    They stand in `reference_solutions/<slug>/`, or in `solutions/` within a pack that lies elsewhere.

    Raises:
        UsageError: there is no reference.
    """
    home = next(
        (path for path in (pack.folder / "solutions", references_dir() / pack.rubric.slug) if path.is_dir()), None
    )
    folders = (path for path in sorted(home.iterdir()) if path.is_dir()) if home else ()
    found = {path.name: path for path in folders if not path.name.startswith((".", "_"))}
    if REFERENCE not in found:
        raise UsageError(
            f"{pack.rubric.slug} has no reference solution",
            hint=f"put one into {pack.folder / 'solutions' / REFERENCE}",
        )
    return {REFERENCE: found.pop(REFERENCE), **found}


def read_mutants(pack: Pack) -> tuple[Mutant, ...]:
    """The mutants of a pack; none if it has no `mutants.toml`.

    Raises:
        UsageError: not valid TOML, a member missing, an id used twice, or a check that does not exist.
    """
    file = pack.folder / "mutants.toml"
    if not file.is_file():
        return ()
    mutants = _parse(file).mutants
    seen: set[str] = set()
    known = {check.id for check in pack.checks}
    for mutant in mutants:
        if mutant.id in seen:
            raise UsageError(f"{file}: two mutants are called {mutant.id}")
        seen.add(mutant.id)
        for check in mutant.caught_by:
            if check not in known:
                raise UsageError(f"{file}: mutant {mutant.id} names check {check}, which does not exist")
    return mutants


def _parse(file: Path) -> _File:
    try:
        return _File.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: not valid TOML: {error}") from error
    except ValidationError as error:
        problem = error.errors()[0]
        raise UsageError(f"{file}: {'.'.join(map(str, problem['loc']))}: {problem['msg']}") from error


def grow(mutant: Mutant, reference: Path, destination: Path) -> None:
    """Copy the reference into a new folder and apply the mutant's edits.

    Raises:
        UsageError: an edit's file is not there, or its text does not stand there exactly once; nothing is written.
    """
    for edit in mutant.edits:
        _edited(mutant, edit, reference / edit.file)
    shutil.copytree(reference, destination, ignore=_LEFT_OUT)
    for edit in mutant.edits:
        target = destination / edit.file
        target.write_text(_edited(mutant, edit, target), encoding="utf-8")


def _edited(mutant: Mutant, edit: Edit, file: Path) -> str:
    if not file.is_file():
        raise UsageError(f"mutant {mutant.id}: {edit.file} is not in the reference", hint=f"looked for {file}")
    text = file.read_text(encoding="utf-8")
    times = text.count(edit.find)
    if times != 1:
        raise UsageError(
            f"mutant {mutant.id}: {edit.file} holds {edit.find!r} {times} times, not once",
            hint="the reference has changed; make the edit fit it again",
        )
    return text.replace(edit.find, edit.replace)
