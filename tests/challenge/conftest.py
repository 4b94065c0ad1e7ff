"""Subjects of proofs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.challenge.proof import Kind, Subject
from tests.challenge.played import subject


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., Subject]:
    """A subject whose project begins with `# NAME`."""

    def make(name: str, kind: Kind = Kind.MUTANT, *caught_by: str) -> Subject:
        folder = tmp_path / "builds" / name
        folder.mkdir(parents=True)
        (folder / "main.py").write_text(f"# {name}\nfrom fastapi import FastAPI\napp = FastAPI()\n")
        return subject(kind, name, folder, *caught_by)

    return make
