"""What a candidate gets of a pack: brief, contract, the starter at the top of the folder, and a workflow for GitHub."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.challenge.pack import Pack
from grader.errors import UsageError
from grader.places import challenges_dir, examples_dir

SHOWN = ("BRIEF.md", "openapi.yaml")
"""The pack's own files that a candidate reads."""
STARTER = "starter"
WORKFLOW = ".github/workflows/challenge.yml"
"""Runs the public checks in the candidate's own repository; docs/ci.md."""
ACTION = "your-org/grader@v1"
"""What stands in the workflow until somebody says where the grader's repository is."""
_ACTION = re.compile(r"[\w-]+/[\w.-]+(/[\w.-]+)*@[\w./-]+", re.ASCII)
_USES = re.compile(rf"{re.escape(ACTION)}( #.*)?")
_MADE = frozenset({"__pycache__", ".venv", ".git", ".pytest_cache", ".mypy_cache", ".ruff_cache"})
"""Folders that tools leave behind."""


def candidate_files(pack: Pack) -> dict[str, Path]:
    """Name in the candidate's folder → file, sorted by name. No check is among them, and no public one either.

    The workflow is for challenges that come with the grader, as the action finds no others.

    Raises:
        UsageError: the starter has a file of the same name as the brief or the contract.
    """
    starter = pack.folder / STARTER
    found = {path.relative_to(starter).as_posix(): path for path in _files(starter)}
    for name in SHOWN:
        if name in found:
            raise UsageError(f"{found[name]}: the candidate gets the pack's own {name}", hint="remove it")
        found[name] = pack.folder / name
    if pack.public and pack.folder == (challenges_dir() / pack.rubric.slug).resolve():
        found.setdefault(WORKFLOW, examples_dir() / "github" / "candidate.yml")
    return dict(sorted(found.items()))


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink() and not _MADE.intersection(path.relative_to(folder).parts):
            yield path


def export_pack(pack: Pack, folder: Path, action: str = ACTION) -> list[str]:
    """Write what a candidate gets.

    Args:
        pack: the challenge.
        folder: new, or empty.
        action: what the workflow uses, OWNER/REPOSITORY@REF.

    Returns:
        The names of the files, relative to the folder.

    Raises:
        UsageError: the folder holds something, or cannot be written; nothing is left half-written. Or `action` is
            of another form.
    """
    if not _ACTION.fullmatch(action):
        raise UsageError(f"{action!r} is no action", hint="write OWNER/REPOSITORY@REF, such as acme/grader@v1")
    files = candidate_files(pack)
    try:
        with _empty(folder):
            for name, source in files.items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, folder / name)
            if WORKFLOW in files and action != ACTION:
                workflow = folder / WORKFLOW
                workflow.write_text(_USES.sub(action, workflow.read_text(encoding="utf-8")), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written: {error.strerror}", hint="name another folder") from error
    return list(files)


@contextmanager
def _empty(folder: Path) -> Iterator[None]:
    """A folder that is empty at first, and again if the block fails; one that is made here is then gone."""
    existed = folder.exists()
    if existed and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} exists and is no empty folder", hint="name a new one")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        if existed:
            folder.mkdir()
        raise
