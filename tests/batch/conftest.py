"""A cohort of tiny submissions, and a sandbox that is played."""

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.batch.entries import Entry
from grader.batch.job import Job, JobMaker, Terms
from grader.settings import Settings
from tests.batch.played import Stage


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """With a cache folder, and so slots, of the test's own."""
    return Settings(cache_dir=tmp_path / "cache", engine_patience=0)


@pytest.fixture
def stage() -> Stage:
    """What plays."""
    return Stage()


@pytest.fixture
def project(tmp_path: Path) -> Callable[[str], Path]:
    """Write a project whose first line is its name."""

    def write(name: str) -> Path:
        folder = tmp_path / "cohort" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "main.py").write_text(f"# {name}\nfrom fastapi import FastAPI\napp = FastAPI()\n")
        return folder

    return write


@pytest.fixture
def jobs(
    project: Callable[[str], Path], make_pack: Callable[..., Path], settings: Settings
) -> Callable[..., list[Job]]:
    """Jobs of projects of these names, graded by the tiny pack with seed 7; named arguments replace terms."""

    def make(*names: str, **terms: object) -> list[Job]:
        asked = Terms(**({"seed": 7, "challenge": str(make_pack())} | terms))  # type: ignore[arg-type]
        maker = JobMaker(asked, settings)
        return [maker.job(Entry(name, project(name))) for name in names]

    return make
