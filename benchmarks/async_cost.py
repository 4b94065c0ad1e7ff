"""What async verdicts cost: `python -m benchmarks.async_cost`.

A check that passes waits for the application alone: the median of a whole check (its requests, and the wait at its
gate) is wanted under 50 ms on an idle machine. One that fails waits until nothing more can come.
"""

import statistics
from collections.abc import Iterator

from benchmarks.command import run
from grader.places import examples_dir
from grader.report.model import CheckReport
from grader.verdicts import Verdict

WANTED_MS = 50.0
RUNS = 5


def main() -> None:
    """Print a row for each verdict, then every check of the last run."""
    home = examples_dir() / "async"
    checks = [
        (app.name, check)
        for _ in range(RUNS)
        for app in sorted((home / "apps").iterdir())
        for check in _checks(str(app), str(home / "pack"))
    ]
    for verdict, wanted in ((Verdict.PASSED, f" (wanted: under {WANTED_MS:g})"), (Verdict.FAILED, "")):
        seconds = [check.seconds * 1000 for _, check in checks if check.verdict is verdict]
        middle, most = statistics.median(seconds), max(seconds)
        print(f"{verdict}: median {middle:.0f} ms{wanted}, most {most:.0f} ms, {len(seconds)} checks in {RUNS} runs")
    for app, check in checks[-len(checks) // RUNS :]:
        print(f"  {app:20} {check.id:22} {check.verdict:13} {check.seconds * 1000:7.0f} ms")


def _checks(app: str, pack: str) -> Iterator[CheckReport]:
    report = run(app, "--challenge", pack, "--sandbox", "local", "--seed", "1").report
    yield from report.checks if report else ()


if __name__ == "__main__":
    main()
