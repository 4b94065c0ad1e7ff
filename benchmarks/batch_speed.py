"""What grading side by side saves: `python -m benchmarks.batch_speed [SLUG] [SUBMISSIONS]`.

A cohort of correct and of mutated solutions of a challenge is graded in Docker, latency left out, with one pod at a
time and with as many as there are cores; the next pod's start overlaps with checks in both. The ratio is the throughput
with many over the cores times that with one (wanted: at least 0.85, where one pod keeps at most one core busy). Where
checks hardly wait (`receipt-points`), a pod is two busy processes, and the next one starts meanwhile: how busy all
cores were with one bounds what side by side can save.
"""

import csv
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from grader.challenge.mutants import grow, read_mutants, variants
from grader.challenge.pack import load_shipped

WANTED = 0.85
SEED = "1"


def main() -> None:
    """Print both times, then the ratio."""
    slug = sys.argv[1] if len(sys.argv) > 1 else "receipt-points"
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 40
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as name:
        cohort = Path(name, "cohort")
        write_cohort(slug, count, cohort)
        (one, with_one), (many, with_many) = (
            graded(slug, cohort, jobs, Path(name, f"out-{jobs}")) for jobs in (1, cores)
        )
    print(f"{count} submissions of {slug}: {one:.0f} s with one pod at a time, {many:.0f} s with {cores}")
    print(f"all cores were busy for {with_one:.0%} of the time, and for {with_many:.0%}")
    print(f"throughput over {cores} times that of one: {one / many / cores:.2f} (wanted: at least {WANTED:g})")


def write_cohort(slug: str, count: int, folder: Path) -> None:
    """Half of them correct, half of them mutants, each a folder."""
    pack = load_shipped(slug)
    solutions, mutants = list(variants(pack).values()), read_mutants(pack)
    folder.mkdir()
    for number in range(count):
        home = folder / f"candidate-{number:03}"
        if number % 2:
            grow(mutants[number % len(mutants)], solutions[0], home)
        else:
            shutil.copytree(solutions[number % len(solutions)], home)


def graded(slug: str, cohort: Path, jobs: int, out: Path) -> tuple[float, float]:
    """Seconds that the whole command takes, and the share of the machine's processor time that was used meanwhile.

    Raises:
        RuntimeError: some have no verdict.
    """
    words = ["--challenge", slug, "--no-latency", "--seed", SEED, "--quiet", "--jobs", str(jobs), "--out", str(out)]
    began, before = time.perf_counter(), processor_time()
    done = subprocess.run(
        [sys.executable, "-m", "grader", "batch", str(cohort), *words], capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - began
    all_graded(done, out)
    used, idle = (now - then for now, then in zip(processor_time(), before, strict=True))
    return seconds, used / (used + idle)


def all_graded(done: "subprocess.CompletedProcess[str]", out: Path) -> None:
    """Nothing else is throughput: a pod that did not start would look like a slow one.

    Raises:
        RuntimeError: the batch failed, or one has no score.
    """
    if done.returncode:
        raise RuntimeError(f"exit {done.returncode}: {done.stdout}{done.stderr}")
    with (out / "summary.csv").open(encoding="utf-8", newline="") as table:
        odd = [
            row for row in csv.DictReader(table) if row["status"] != "graded" or row["inconclusive"] not in {"", "0"}
        ]
    if odd:
        raise RuntimeError(f"not graded, or not wholly: {odd}")


def processor_time() -> tuple[int, int]:
    """Of all cores since the machine has started: used, and idle (proc_stat(5))."""
    line = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0]
    user, nice, system, idle, iowait, irq, softirq, steal = map(int, line.split()[1:9])
    return user + nice + system + irq + softirq + steal, idle + iowait


if __name__ == "__main__":
    main()
