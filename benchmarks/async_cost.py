"""What async verdicts cost: `python -m benchmarks.async_cost`.

A check that passes waits at its gates for the application alone: until the last call has come that the gate waits for.
The median of that is wanted under 50 ms on an idle machine. The whole check takes longer where it makes many requests,
such as fifty pages one after another. One that fails waits until nothing more can come.
"""

import json
import statistics
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.grade import grade
from grader.places import examples_dir
from grader.report.model import CheckReport
from grader.request import NobodyWatches, Request
from grader.sandbox.local_backend import LocalSandbox
from grader.settings import Settings
from grader.verdicts import Verdict

WANTED_MS = 50.0
RUNS = 5
HOME = examples_dir() / "async"


@dataclass(frozen=True, slots=True)
class Cost:
    """One check of one application: seconds of the whole of it, and of them at gates."""

    app: str
    check: CheckReport
    waited: float


def main() -> None:
    """Print a row for each verdict, then every check of the last run."""
    apps = sorted(path.name for path in (HOME / "apps").iterdir())
    costs = [cost for _ in range(RUNS) for app in apps for cost in costs_of(app)]
    print(f"{RUNS} runs of {len(apps)} applications; waiting at gates, and the whole check, in ms")
    for verdict, wanted in ((Verdict.PASSED, f" (wanted: under {WANTED_MS:g})"), (Verdict.FAILED, "")):
        found = [cost for cost in costs if cost.check.verdict is verdict]
        waited = statistics.median(cost.waited for cost in found) * 1000
        whole = statistics.median(cost.check.seconds for cost in found) * 1000
        print(f"{verdict}: median {waited:.0f}{wanted}, whole {whole:.0f}, {len(found)} checks")
    for cost in costs[-len(costs) // RUNS :]:
        check = cost.check
        print(f"  {cost.app:20} {check.id:22} {check.verdict:13} {cost.waited * 1000:7.0f} {check.seconds * 1000:7.0f}")


def costs_of(app: str) -> Iterator[Cost]:
    """Grade an application of the demonstration once, in the local sandbox."""
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder, "waits.jsonl")
        harness = (sys.executable, str(Path(__file__).with_name("timed_harness.py")), str(notes))
        request = Request(HOME / "apps" / app, str(HOME / "pack"), seed=1, sandbox="local", insight=False)
        report = grade(request, LocalSandbox(Settings(), harness_command=harness), Settings(), NobodyWatches())
        waits = {(line := json.loads(text))["check"]: line["waited"] for text in notes.read_text().splitlines()}
    for check in report.checks:
        yield Cost(app, check, waits[check.id])


if __name__ == "__main__":
    main()
