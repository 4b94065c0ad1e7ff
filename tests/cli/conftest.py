"""The command as its users run it: a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from grader.report.model import Report


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str
    report: Report | None
    page: str | None
    """`report.html`, where it stands beside the report."""


@pytest.fixture
def grader(tmp_path: Path) -> Callable[..., Ran]:
    """Run `grader` with these words; the report is read from DIR where `--out` was not given."""

    def run(*words: str, env: dict[str, str] | None = None) -> Ran:
        home = tmp_path / "cwd"
        home.mkdir(exist_ok=True)
        done = subprocess.run(
            [sys.executable, "-m", "grader", *words],
            cwd=home,
            env=os.environ | {"COLUMNS": "120", "NO_COLOR": "1"} | (env or {}),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        written = [*home.rglob("report.json")]
        report = Report.model_validate_json(written[0].read_text()) if written else None
        pages = [path.with_suffix(".html") for path in written]
        page = pages[0].read_text(encoding="utf-8") if pages and pages[0].is_file() else None
        return Ran(done.returncode, done.stdout, done.stderr, report, page)

    return run


@pytest.fixture
def full_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk with room for one small file and no more; needs root for its tmpfs."""
    folder = tmp_path / "full"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", str(folder)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("a small tmpfs can only be mounted by root")
    (folder / "filler").write_bytes(b"x" * 4096)
    yield folder
    subprocess.run(["umount", str(folder)], check=True)
