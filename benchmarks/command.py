"""Run `grader` as its users do, and measure the whole process."""

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from grader.places import references_dir
from grader.report.model import Report


@dataclass(frozen=True)
class Measured:
    """One run of the command: wall seconds, peak memory of the largest process in MiB, and its report."""

    seconds: float
    peak_mib: float
    report: Report | None


@contextmanager
def reference_zip(slug: str = "user-directory") -> Iterator[Path]:
    """The reference solution of a challenge, as a candidate would send it."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(shutil.make_archive(f"{folder}/reference", "zip", references_dir() / slug / "reference"))


def run(*words: str) -> Measured:
    """Run `grader run` once.

    Raises:
        RuntimeError: it could not grade.
    """
    with tempfile.TemporaryDirectory() as out:
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "grader", "run", *words, "--out", out], capture_output=True, text=True, check=False
        )
        seconds = time.perf_counter() - began
        written = Path(out, "report.json")
        if not written.is_file():
            raise RuntimeError(f"exit {done.returncode}: {done.stdout}{done.stderr}")
        report = Report.model_validate_json(written.read_text(encoding="utf-8"))
    return Measured(seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, report)
