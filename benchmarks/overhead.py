"""What a run costs beyond what it has to wait for: `python -m benchmarks.overhead [RUNS]`.

The ratio is the wall time of `grader run` on the reference, images warm, over the time until the pod is ready plus the
sum of the check bodies. At most 1.3 is wanted. Also: how long after its exit an application that crashes at import is
reported.
"""

import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.command import Measured, reference_zip, run

WANTED = 1.3


def main() -> None:
    """Print one line a run, then the medians."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with reference_zip() as source:
        run(str(source), "--challenge", "user-directory")
        measured = [run(str(source), "--challenge", "user-directory") for _ in range(runs)]
    for one in measured:
        print(f"wall {one.seconds:6.2f} s  needed {needed(one):6.2f} s  ratio {one.seconds / needed(one):.2f}")
    ratio = statistics.median(one.seconds / needed(one) for one in measured)
    wall = statistics.median(one.seconds for one in measured)
    print(f"median wall {wall:.2f} s, ratio {ratio:.2f} (wanted: at most {WANTED})")
    crash(runs)


def needed(one: Measured) -> float:
    """Seconds until the pod was ready, plus all check bodies."""
    if one.report is None:
        raise RuntimeError("no report")
    return one.report.timings["ready"] + one.report.timings["checks"]


def crash(runs: int) -> None:
    """Time an application that crashes at import, from the start of the command to its end."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "main.py").write_text("from fastapi import FastAPI\n\napp = FastAPI()\nraise RuntimeError\n")
        walls = [run(folder, "--challenge", "user-directory").seconds for _ in range(runs)]
    print(f"crash at import: the whole command takes {statistics.median(walls):.2f} s (median of {runs})")


if __name__ == "__main__":
    main()
