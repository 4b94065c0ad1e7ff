"""Handing in bytes, and a tree around the run that nothing may touch."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.attacks.attack import Attack, Outcome

KEPT = "keep me\n"


@dataclass(frozen=True)
class Desk:
    """Where archives are written, beside a tree that must stay as it is."""

    attack: Attack
    canary: Path

    def hand_in(self, data: bytes, name: str = "submission.zip", **given: Any) -> Outcome:
        """Write an archive and run `grader run` on it."""
        path = self.canary.parent / name
        path.write_bytes(data)
        return self.attack.archive(path, **given)


@pytest.fixture
def desk(attack: Attack, tmp_path: Path) -> Iterator[Desk]:
    """Where to hand in; nothing beside the run's own folders may have changed afterwards.

    The workspace is `run-0/tmp/grader-…`, so `../../../canary/kept.txt` in an archive means the canary.
    """
    canary = tmp_path / "canary"
    canary.mkdir()
    (canary / "kept.txt").write_text(KEPT)
    (canary / "link").symlink_to("kept.txt")
    before = snapshot(canary)
    yield Desk(attack, canary)
    assert snapshot(canary) == before
    beside = {path.name for path in tmp_path.iterdir() if not path.name.startswith("run-")}
    assert beside <= {"canary", *(path.name for path in tmp_path.glob("submission*"))}


def snapshot(root: Path) -> dict[str, tuple[int, int, str]]:
    """Mode, inode and contents of everything below a folder."""
    return {str(path.relative_to(root)): _state(path) for path in sorted(root.rglob("*"))}


def _state(path: Path) -> tuple[int, int, str]:
    status = path.lstat()
    return status.st_mode, status.st_ino, hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
