"""What it costs to prove a pack: `python -m benchmarks.verify_speed [SLUG]`.

The ratio is the wall time of `grader challenge verify` in the local sandbox over the time of one `grader run` of the
reference, times the number of submissions, divided by the cores. At most 4 is wanted; below 1 is what harness
processes that are kept, and gradings side by side, save.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.command import run
from grader.places import references_dir

WANTED = 4.0
RUNS = 3


def main() -> None:
    """Print the parts, then the ratio."""
    slug = sys.argv[1] if len(sys.argv) > 1 else "user-directory"
    reference = references_dir() / slug / "reference"
    one = statistics.median(run(str(reference), "--challenge", slug, "--sandbox", "local").seconds for _ in range(RUNS))
    whole, submissions = verify(slug)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    print(f"one run of the reference {one:.2f} s (median of {RUNS}), {submissions} submissions, {cores} cores")
    print(f"whole verify {whole:.2f} s, ratio {whole / (one * submissions / cores):.2f} (wanted: at most {WANTED:g})")


def verify(slug: str) -> tuple[float, int]:
    """Verify a pack once: seconds, and how many submissions were graded.

    Raises:
        RuntimeError: it could not be proved.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "proof.json")
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "grader", "challenge", "verify", slug, "--json", str(file)],
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.perf_counter() - began
        if done.returncode:
            raise RuntimeError(f"exit {done.returncode}: {done.stdout}{done.stderr}")
        (proof,) = json.loads(file.read_text(encoding="utf-8"))
    return seconds, len(proof["trials"])


if __name__ == "__main__":
    main()
